"""Which variant a unit sees: stable, and moving as few units as possible when weights change.

Weighted rendezvous hashing. Each (test, unit) gives every variant slot a uniform number u; the
variant with the greatest log(u) / weight is served, which happens with probability weight / sum of
weights. Only units whose winner changes move: dropping an arm moves its own units and no other,
raising an arm's weight moves units to that arm alone.

The unit is hashed once for all tests. Each slot of a test has a random odd multiplier of 64 bits,
and the number of the unit in the slot is the product modulo 2^64. That is a bijection, so each
number is uniform; and over random multipliers the chance of any event in several numbers, of one
test or of many, differs from that of independent uniform numbers by about 2^-32 (the points are a
random lattice of 2^63 points, whose mean squared error for any function is its variance over their
number). A product takes a twentieth of the time of a hash.

In full, for other languages (see `abtest.vectors`): the number of a unit is the blake2b-64 of its
UTF-8; the multiplier of a slot is the blake2b-64 of the test's salt in UTF-8 under a key of one
byte, the slot; both are read with the highest byte first and have their lowest bit set. Of their
product modulo 2^64, x, u is x / 2^64. Of equal scores the first arm's wins.

References
----------
    Schindelhauer and Schomaker 2005, "Weighted distributed hash tables" (logarithmic method)
    Dietzfelbinger et al. 1997, "A reliable randomized algorithm for the closest-pair problem"
    (multiplicative hashing)
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import repeat
from math import inf, log
from operator import mul
from typing import Any, Final, TypeAlias

SLOTS: Final = 20
"""Most variants of a test, dropped ones included."""
HOLDOUT_SLOT: Final = 20
"""Draws the holdout, independently of the variants."""
LAYER_SLOT: Final = 21
"""Draws the place in a layer; the salt is the layer's name."""
SEGMENT_SLOT: Final = 22
"""Draws the share of a segment's rule; the salt is the name that the rule gives it."""
MASK: Final = (1 << 64) - 1
_SCALE: Final = 2.0**-64
_MOST_ONE_BY_ONE: Final = 7
"""Arms up to which a loop in Python is faster than functions over all arms."""
_STRIDE: Final = 128
"""Bits between the multipliers in a key: a product of two 64-bit numbers fits in between."""

Draw: TypeAlias = tuple[Any, ...]
"""A choice made ready: ``draw[0](number, draw)`` is the place of the arm of the number's unit.

The next two are whatever the caller wants to find there, then come the key and the weights. What
stands for an arm is ``draw[~arm]``: the arms are at the end, the first one last. One flat tuple:
what a decision reads then lies together in memory. Closures took a third longer with 2,000 tests,
by waiting for memory.
"""


def unit_number(unit: str) -> int:
    """The odd 64-bit number that stands for a unit in all tests."""
    digest = hashlib.blake2b(unit.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") | 1


def multiplier(salt: str, slot: int) -> int:
    """The odd 64-bit multiplier of a slot of a test."""
    text = salt.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, key=bytes([slot]), digest_size=8).digest()
    return int.from_bytes(digest, "big") | 1


def key_of(salt: str, slots: Sequence[int]) -> int:
    """The multipliers of several slots in one number, so that one product serves them all."""
    return sum(multiplier(salt, slot) << _STRIDE * place for place, slot in enumerate(slots))


def choose(salt: str, unit: str, arms: Sequence[tuple[int, float]]) -> int:
    """The slot that the unit is served; for one decision, where speed is of no concern.

    Parameters
    ----------
        arms : (slot, weight) with weights above 0, at least one; weights need not sum to 1
    """
    slots, weights = zip(*arms, strict=True)
    draw = draw_of(key_of(salt, slots), weights, slots)
    slot: int = draw[~draw[0](unit_number(unit), draw)]
    return slot


def draw_of(
    key: int,
    weights: Sequence[float],
    arms: Sequence[object] = (),
    *,
    one: object = None,
    other: object = None,
) -> Draw:
    """The choice among arms by their weights, each above 0; the key has their slots' multipliers.

    There is a function for two arms, one for three, one for several and one for many, and others
    without logarithms for arms of the same weight.
    """
    draw, *fields = _choice(weights)
    return draw, one, other, key, *fields, *reversed(arms)


def holdout_draw(
    salt: str,
    share: float,
    arms: Sequence[object] = (),
    *,
    one: object = None,
    other: object = None,
) -> Draw:
    """The choice between the share that a promotion leaves on the control, 0, and all others, 1."""
    return _held, one, other, multiplier(salt, HOLDOUT_SLOT), share, *reversed(arms)


def in_holdout(salt: str, unit: str, share: float) -> bool:
    """Whether a unit belongs to the share that a promotion leaves on the control."""
    return _held(unit_number(unit), holdout_draw(salt, share)) == 0


def _choice(weights: Sequence[float]) -> Draw:
    """The function of a draw, and what it needs beside the key."""
    if len(weights) == 1:
        return (_only,)
    if len(set(weights)) == 1:
        few = {2: _even_pair, 3: _even_triple}.get(len(weights))
        return (_even, *_fields(len(weights))) if few is None else (few,)
    if len(weights) == 2:
        return _pair, weights[0] / weights[1]
    # The heaviest has the power 1: were all of them large, all numbers would become 0.
    powers = tuple(max(weights) / weight for weight in weights)
    if len(weights) == 3:
        return _triple, *powers
    if len(weights) <= _MOST_ONE_BY_ONE:
        return _several, powers
    return _many, *_fields(len(weights)), powers


def _only(_number: int, _draw: Draw) -> int:
    return 0


def _held(number: int, draw: Draw) -> int:
    return 0 if (number * draw[3] & MASK) * _SCALE < draw[4] else 1


def _even_pair(number: int, draw: Draw) -> int:
    product = number * draw[3]
    return 0 if product & MASK >= product >> _STRIDE & MASK else 1


def _pair(number: int, draw: Draw) -> int:
    # u0^(1/w0) >= u1^(1/w1), with the one power that is needed.
    product = number * draw[3]
    other: float = ((product >> _STRIDE & MASK) * _SCALE) ** draw[4]
    return 0 if (product & MASK) * _SCALE >= other else 1


def _triple(number: int, draw: Draw) -> int:
    product = number * draw[3]
    zero = log((product & MASK) * _SCALE) * draw[4]
    one = log((product >> _STRIDE & MASK) * _SCALE) * draw[5]
    two = log((product >> 2 * _STRIDE & MASK) * _SCALE) * draw[6]
    if zero >= one:
        return 0 if zero >= two else 2
    return 1 if one >= two else 2


def _even_triple(number: int, draw: Draw) -> int:
    product = number * draw[3]
    zero = product & MASK
    one = product >> _STRIDE & MASK
    two = product >> 2 * _STRIDE & MASK
    if zero >= one:
        return 0 if zero >= two else 2
    return 1 if one >= two else 2


def _even(number: int, draw: Draw) -> int:
    drawn: tuple[int, ...] = draw[4]((number * draw[3]).to_bytes(draw[5], "little"))
    return drawn.index(max(drawn))


def _several(number: int, draw: Draw) -> int:
    product = number * draw[3]
    best, most = 0, -inf
    for place, power in enumerate(draw[4]):
        score = log((product & MASK) * _SCALE) * power
        if score > most:
            best, most = place, score
        product >>= _STRIDE
    return best


def _many(number: int, draw: Draw) -> int:
    # Without a loop of ours: u^(1/w) is ordered as log(u)/w is.
    drawn = draw[4]((number * draw[3]).to_bytes(draw[5], "little"))
    scores = list(map(pow, map(mul, drawn, repeat(_SCALE)), draw[6]))
    return scores.index(max(scores))


@lru_cache(maxsize=SLOTS)
def _fields(arms: int) -> tuple[Callable[[bytes], tuple[int, ...]], int]:
    """What reads each product modulo 2^64 of so many arms, and how many bytes it reads.

    Eight bytes, the lowest first; the next eight are left out.
    """
    return struct.Struct("<" + "Q8x" * arms).unpack, arms * _STRIDE // 8
