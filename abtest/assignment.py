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
from math import log
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
_STRIDE: Final = 128
"""Bits between the multipliers in a key: a product of two 64-bit numbers fits in between."""

Draw: TypeAlias = tuple[Any, ...]
"""A choice made ready: ``draw[0](number, draw)`` is the outcome of the unit of that number.

One flat tuple: what a decision reads then lies together in memory. The same as a closure took a
third longer with 2,000 tests, by waiting for memory.
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
    slot: int = draw[0](unit_number(unit), draw)
    return slot


def draw_of(key: int, weights: Sequence[float], outcomes: Sequence[object]) -> Draw:
    """The choice among arms by their weights, each above 0; the key has their slots' multipliers.

    There is a function for two arms, one for three and one for many, and one each without
    logarithms for arms of the same weight.
    """
    if len(weights) == 1:
        return _only, outcomes[0]
    if len(set(weights)) == 1:
        if len(weights) == 2:
            return _even_pair, key, *outcomes
        return _even, key, *_fields(len(weights)), tuple(outcomes)
    if len(weights) == 2:
        return _pair, key, weights[0] / weights[1], *outcomes
    inverse = [1.0 / weight for weight in weights]
    if len(weights) == 3:
        return _triple, key, *inverse, *outcomes
    return _many, key, *_fields(len(weights)), tuple(inverse), tuple(outcomes)


def holdout_draw(salt: str, share: float, held: object, others: object) -> Draw:
    """The choice between the share that a promotion leaves on the control, and all others."""
    return _held, multiplier(salt, HOLDOUT_SLOT), share, held, others


def in_holdout(salt: str, unit: str, share: float) -> bool:
    """Whether a unit belongs to the share that a promotion leaves on the control."""
    draw = holdout_draw(salt, share, True, False)  # noqa: FBT003 - the two outcomes
    return draw[0](unit_number(unit), draw) is True


def _only(_number: int, draw: Draw) -> object:
    return draw[1]


def _held(number: int, draw: Draw) -> object:
    _, key, share, held, others = draw
    return held if (number * key & MASK) * _SCALE < share else others


def _even_pair(number: int, draw: Draw) -> object:
    _, key, first, second = draw
    product = number * key
    return first if product & MASK >= product >> _STRIDE & MASK else second


def _pair(number: int, draw: Draw) -> object:
    # u0^(1/w0) >= u1^(1/w1), with the one power that is needed.
    _, key, power, first, second = draw
    product = number * key
    other = (product >> _STRIDE & MASK) * _SCALE
    return first if (product & MASK) * _SCALE >= other**power else second


def _triple(number: int, draw: Draw) -> object:
    _, key, per_first, per_second, per_third, first, second, third = draw
    product = number * key
    zero = log((product & MASK) * _SCALE) * per_first
    one = log((product >> _STRIDE & MASK) * _SCALE) * per_second
    two = log((product >> 2 * _STRIDE & MASK) * _SCALE) * per_third
    if zero >= one:
        return first if zero >= two else third
    return second if one >= two else third


def _even(number: int, draw: Draw) -> object:
    _, key, numbers, length, outcomes = draw
    drawn = numbers((number * key).to_bytes(length, "little"))
    return outcomes[drawn.index(max(drawn))]


def _many(number: int, draw: Draw) -> object:
    _, key, numbers, length, inverse, outcomes = draw
    drawn = numbers((number * key).to_bytes(length, "little"))
    scores = [log(x * _SCALE) * per for x, per in zip(drawn, inverse, strict=True)]
    return outcomes[scores.index(max(scores))]


@lru_cache(maxsize=SLOTS)
def _fields(arms: int) -> tuple[Callable[[bytes], tuple[int, ...]], int]:
    """What reads each product modulo 2^64 of so many arms, and how many bytes it reads.

    Eight bytes, the lowest first; the next eight are left out.
    """
    return struct.Struct("<" + "Q8x" * arms).unpack, arms * _STRIDE // 8
