"""Which variant a unit sees: stable, and moving as few units as possible when weights change.

Weighted rendezvous hashing. Each (test salt, unit) gives every variant slot a uniform number u; the
variant with the least -log(u) / weight is served, which happens with probability weight / sum of
weights. Only units whose winner changes move: dropping an arm moves its own units and no other,
raising an arm's weight moves units to that arm alone.

In full, for other languages (see `abtest.vectors`): key = blake2b-256 of the salt; digest =
blake2b-512 of the unit under that key; slot s = bytes 3s to 3s+2 of the digest, the highest first;
u = (slot + 1/2) / 2^24. Texts are UTF-8. Of equal scores the first arm's wins.

References
----------
    Schindelhauer and Schomaker 2005, "Weighted distributed hash tables" (logarithmic method)
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

SLOTS = 20
"""Most variants of a test, dropped ones included."""
HOLDOUT_SLOT = 20
"""The one slot left of the 21 in a digest: it draws the holdout independently of the variants."""
_BYTES_PER_SLOT = 3
_SCALE = 1.0 / (1 << 24)


def salt_key(salt: str) -> bytes:
    """The hash key of a test's salt; blake2b takes at most 64 bytes, so it is hashed itself."""
    return hashlib.blake2b(salt.encode("utf-8", "surrogatepass"), digest_size=32).digest()


def unit_digest(key: bytes, unit: str) -> bytes:
    """64 bytes that decide all that concerns the unit in the test."""
    return hashlib.blake2b(unit.encode("utf-8", "surrogatepass"), key=key, digest_size=64).digest()


def slot_number(digest: bytes, slot: int) -> float:
    """The uniform number of a slot, in the open range (0, 1), in steps of 2^-24."""
    start = _BYTES_PER_SLOT * slot
    return (int.from_bytes(digest[start : start + _BYTES_PER_SLOT], "big") + 0.5) * _SCALE


def slot_place(digest: bytes, slot: int) -> int:
    """The 24 bits behind the number of a slot."""
    start = _BYTES_PER_SLOT * slot
    return int.from_bytes(digest[start : start + _BYTES_PER_SLOT], "big")


def choose(digest: bytes, arms: Sequence[tuple[int, float]]) -> int:
    """The slot that the unit is served.

    Parameters
    ----------
        arms : (slot, weight) with weights above 0, at least one; weights need not sum to 1
    """
    best, least = arms[0][0], math.inf
    for slot, weight in arms:
        score = -math.log(slot_number(digest, slot)) / weight
        if score < least:
            best, least = slot, score
    return best


def in_holdout(digest: bytes, share: float) -> bool:
    """Whether the unit belongs to the share that a promotion leaves on the control."""
    return slot_number(digest, HOLDOUT_SLOT) < share
