"""Test vectors of the assignment, for a second implementation in any language.

`assignment.json` beside this file is an object of four lists. Texts are UTF-8 when they are
hashed; digests are in hexadecimal; all arithmetic is in 64-bit floats.

- `digests`: `salt` and `unit` give `key` (blake2b of 32 bytes of the salt, no key) and `digest`
  (blake2b of 64 bytes of the unit, under that key).
- `choices`: in the test of `salt`, `unit` is served `slot` of `arms`, a list of [slot, weight].
- `holdouts`: after a promotion with a holdout of `share`, `unit` is `held` on the control or not.
- `layers`: in `layer`, `unit` has the bucket `bucket` of ten thousand: the key is that of the salt
  "layer:" followed by the layer's name, and the bucket is floor(p 10000 / 2^24) with p the first
  three bytes of the digest, the highest first.

`python -m abtest.vectors` prints the file anew; a test holds the two to each other.

References
----------
    RFC 7693, "The BLAKE2 Cryptographic Hash and Message Authentication Code (MAC)"
"""

from __future__ import annotations

from abtest.assignment import choose, in_holdout, salt_key, unit_digest
from abtest.layers import layer_bucket, layer_key

__all__ = ["Vectors", "vectors"]

Vectors = dict[str, list[dict[str, object]]]

_SALTS = ("packshot", "test-7", "", "3f2a9c", "测试", "a salt that is a good deal longer " * 5)
_UNITS = ("shopper-1", "shopper-2", "0", "张伟", "Ünïcode 🛒", "u" * 300)
_ARMS: tuple[tuple[tuple[int, float], ...], ...] = (
    ((0, 0.5), (1, 0.5)),
    ((0, 0.5), (1, 0.3), (2, 0.2)),
    ((0, 0.9), (1, 0.05), (2, 0.05)),
    ((1, 0.3), (2, 0.2)),
    ((0, 1.0), (3, 3.0), (19, 2.0)),
    ((4, 1.0),),
    tuple((slot, 1.0 + slot) for slot in range(20)),
)
_SHARES = (0.01, 0.05, 0.5)
_LAYERS = ("checkout", "首页")


def vectors() -> Vectors:
    """The vectors, computed."""
    pairs = [(salt, unit) for salt in _SALTS for unit in _UNITS]
    return {
        "digests": [_digest(salt, unit) for salt, unit in pairs],
        "choices": [_choice(salt, unit, arms) for salt, unit in pairs for arms in _ARMS],
        "holdouts": [_holdout(salt, unit, share) for salt, unit in pairs for share in _SHARES],
        "layers": [
            {"layer": layer, "unit": unit, "bucket": layer_bucket(layer_key(layer), unit)}
            for layer in _LAYERS
            for unit in _UNITS
        ],
    }


def _digest(salt: str, unit: str) -> dict[str, object]:
    key = salt_key(salt)
    return {"salt": salt, "unit": unit, "key": key.hex(), "digest": unit_digest(key, unit).hex()}


def _choice(salt: str, unit: str, arms: tuple[tuple[int, float], ...]) -> dict[str, object]:
    slot = choose(unit_digest(salt_key(salt), unit), arms)
    return {"salt": salt, "unit": unit, "arms": [list(arm) for arm in arms], "slot": slot}


def _holdout(salt: str, unit: str, share: float) -> dict[str, object]:
    held = in_holdout(unit_digest(salt_key(salt), unit), share)
    return {"salt": salt, "unit": unit, "share": share, "held": held}
