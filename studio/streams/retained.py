"""What an intake has appended and no counter has let go of yet, to be sent again if it is lost."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 32 * 2**20
"""Held at most; of a longer backlog the oldest entries are then the server's alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An appended entry; `place` is its id as two numbers, which rise."""

    place: tuple[int, int]
    payload: bytes
    events: int


def place_of(name: bytes) -> tuple[int, int]:
    """An entry's id as numbers.

    Examples
    --------
    >>> place_of(b"1750000000000-3")
    (1750000000000, 3)
    """
    moment, _, number = name.partition(b"-")
    return int(moment), int(number)


class Retained:
    """Entries in the order of their ids. Safe to use from several threads."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._sent: deque[Sent] = deque()
        self._bytes = 0

    def add(self, sent: Sent) -> None:
        """Hold an entry; the oldest go where there is no room."""
        with self._lock:
            self._sent.append(sent)
            self._bytes += len(sent.payload)
            while self._bytes > self._most_bytes:
                self._drop_first()

    def give_back(self, sent: Sequence[Sent]) -> None:
        """Hold again what was taken and not sent, before all that came since."""
        with self._lock:
            self._sent.extendleft(reversed(sent))
            self._bytes += sum(len(each.payload) for each in sent)

    def done_before(self, place: tuple[int, int]) -> None:
        """Let go of all that is older than the server's oldest entry."""
        with self._lock:
            while self._sent and self._sent[0].place < place:
                self._drop_first()

    def take_all(self) -> list[Sent]:
        """All that is held, which is held no longer."""
        with self._lock:
            found = list(self._sent)
            self._sent.clear()
            self._bytes = 0
        return found

    def _drop_first(self) -> None:
        self._bytes -= len(self._sent.popleft().payload)
