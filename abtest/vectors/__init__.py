"""Test vectors of the assignment, for a second implementation in any language.

`assignment.json` beside this file is an object of five lists. Texts are UTF-8 when they are hashed;
64-bit numbers are 16 hexadecimal digits; scores are computed in 64-bit floats.

- `units`: `unit` has the number `number`: its blake2b-64, the highest byte first, with the lowest
  bit set.
- `multipliers`: `slot` of the test of `salt` has the multiplier `number`: the blake2b-64 of the
  salt under a key of one byte that is the slot, read and made odd in the same way.
- `choices`: in the test of `salt`, `unit` is served `slot` of `arms`, a list of [slot, weight]: of
  x = number of the unit times multiplier modulo 2^64, the greatest log(x / 2^64) / weight.
- `holdouts`: after a promotion with a holdout of `share`, `unit` is `held` on the control or not:
  x / 2^64 < share, in slot 20.
- `layers`: in `layer`, `unit` has the bucket `bucket` of ten thousand: floor(x 10000 / 2^64), in
  slot 21 of the salt that is the layer's name.

`python -m abtest.vectors` prints the file anew; a test holds the two to each other.

References
----------
    RFC 7693, "The BLAKE2 Cryptographic Hash and Message Authentication Code (MAC)"
"""

from __future__ import annotations

from abtest.assignment import HOLDOUT_SLOT, LAYER_SLOT, choose, in_holdout, multiplier, unit_number
from abtest.layers import layer_bucket, layer_key

__all__ = ["Vectors", "vectors"]

Vectors = dict[str, list[dict[str, object]]]

_SALTS = ("packshot", "test-7", "", "3f2a9c", "测试", "a salt that is a good deal longer " * 5)
_UNITS = ("shopper-1", "shopper-2", "0", "张伟", "Ünïcode 🛒", "u" * 300)
_SLOTS = (0, 1, 19, HOLDOUT_SLOT, LAYER_SLOT)
_ARMS: tuple[tuple[tuple[int, float], ...], ...] = (
    ((0, 0.5), (1, 0.5)),
    ((0, 0.7), (2, 0.3)),
    ((0, 0.5), (1, 0.3), (2, 0.2)),
    ((0, 0.9), (1, 0.05), (2, 0.05)),
    ((1, 0.3), (2, 0.2)),
    ((0, 1.0), (3, 3.0), (19, 2.0)),
    ((4, 1.0),),
    tuple((slot, 1.0) for slot in range(5)),
    tuple((slot, 1.0 + slot) for slot in range(20)),
)
_SHARES = (0.01, 0.05, 0.5)
_LAYERS = ("checkout", "首页")


def vectors() -> Vectors:
    """The vectors, computed."""
    pairs = [(salt, unit) for salt in _SALTS for unit in _UNITS]
    return {
        "units": [{"unit": unit, "number": _hex(unit_number(unit))} for unit in _UNITS],
        "multipliers": [
            {"salt": salt, "slot": slot, "number": _hex(multiplier(salt, slot))}
            for salt in _SALTS
            for slot in _SLOTS
        ],
        "choices": [_choice(salt, unit, arms) for salt, unit in pairs for arms in _ARMS],
        "holdouts": [_holdout(salt, unit, share) for salt, unit in pairs for share in _SHARES],
        "layers": [
            {
                "layer": layer,
                "unit": unit,
                "bucket": layer_bucket(layer_key(layer), unit_number(unit)),
            }
            for layer in _LAYERS
            for unit in _UNITS
        ],
    }


def _hex(number: int) -> str:
    return f"{number:016x}"


def _choice(salt: str, unit: str, arms: tuple[tuple[int, float], ...]) -> dict[str, object]:
    slot = choose(salt, unit, arms)
    return {"salt": salt, "unit": unit, "arms": [list(arm) for arm in arms], "slot": slot}


def _holdout(salt: str, unit: str, share: float) -> dict[str, object]:
    held = in_holdout(salt, unit, share)
    return {"salt": salt, "unit": unit, "share": share, "held": held}
