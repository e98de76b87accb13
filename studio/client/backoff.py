"""How long to wait before trying again."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from studio.client.messages import Answer

MAX_RETRY_AFTER_S = 300.0
"""Longest wait that a server may ask for; a slip of its clock must not silence its clients."""


class Backoff:
    """Doubling waits with full jitter, so that clients that failed together do not return together.

    Parameters
    ----------
        first_s, most_s : bounds of the first wait and of every wait
        random          : a number in [0, 1)

    References
    ----------
        Brooker 2015, "Exponential Backoff And Jitter"

    Examples
    --------
    >>> backoff = Backoff(first_s=1, most_s=10, random=lambda: 0.5)
    >>> [backoff.next_s() for _ in range(5)]
    [0.75, 1.5, 3.0, 6.0, 7.5]
    >>> backoff.reset()
    >>> backoff.next_s()
    0.75
    """

    def __init__(self, *, first_s: float, most_s: float, random: Callable[[], float]) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._random = random
        self._failures = 0

    def next_s(self) -> float:
        """The wait after one more failure: between half the bound and the bound."""
        bound_s = min(self._first_s * 2.0 ** min(self._failures, 60), self._most_s)
        self._failures += 1
        return bound_s * (0.5 + 0.5 * self._random())

    def reset(self) -> None:
        """Begin anew after a success."""
        self._failures = 0


def retry_after_s(answer: Answer, now_s: float | None = None) -> float | None:
    """The wait that an answer asks for, at most `MAX_RETRY_AFTER_S`; None where it names none.

    Parameters
    ----------
        now_s : the time, seconds since the epoch, for answers that name a date

    Examples
    --------
    >>> retry_after_s(Answer(status=429, headers={"retry-after": "7"}))
    7.0
    >>> late = {"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}
    >>> retry_after_s(Answer(status=503, headers=late), now_s=40.0)
    60.0
    """
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) <= 9:
        return min(float(text), MAX_RETRY_AFTER_S)
    try:
        at_s = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    now_s = time.time() if now_s is None else now_s
    return min(max(at_s - now_s, 0.0), MAX_RETRY_AFTER_S)
