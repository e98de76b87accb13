"""Ids of events, made where the event happens, so that it counts once however often it is sent."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

_RANDOM_BITS = 74


def event_id(now_s: float | None = None, random: Callable[[int], bytes] = os.urandom) -> str:
    """A UUID of version 7 as 32 hex digits: milliseconds since the epoch, then 74 random bits.

    Ids of one time lie close together, which keeps a database's index of them compact.

    References
    ----------
        RFC 9562, section 5.7

    Examples
    --------
    >>> event_id(1_790_000_000.0, random=lambda count: bytes(count))
    '01a0c4506c0070008000000000000000'
    """
    milliseconds = int((time.time() if now_s is None else now_s) * 1000) & ((1 << 48) - 1)
    noise = int.from_bytes(random(10), "big") & ((1 << _RANDOM_BITS) - 1)
    high, low = noise >> 62, noise & ((1 << 62) - 1)
    return f"{milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low:032x}"
