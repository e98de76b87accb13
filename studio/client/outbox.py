"""Events that wait in memory for their turn; bounded, and safe to fill from any thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence


class Outbox:
    """A bounded queue of events as lines of JSON.

    Parameters
    ----------
        limit : most events held; above it, new ones are refused
        batch : at so many the sender is woken, and at the first, so that it can set its alarm
        clock : monotonic seconds
        wake  : wakes the sender
    """

    def __init__(
        self, *, limit: int, batch: int, clock: Callable[[], float], wake: Callable[[], None]
    ) -> None:
        self._limit = limit
        self._batch = batch
        self._clock = clock
        self._wake = wake
        self._lines: deque[tuple[float, bytes]] = deque()
        self._taken_since_s = 0.0
        self._shut = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, line: bytes) -> bool:
        """Queue an event; False where the queue is full or shut and the event is lost."""
        with self._lock:
            count = len(self._lines) + 1
            if count > self._limit or self._shut:
                return False
            self._lines.append((self._clock(), line))
        if count in (1, self._batch, self._limit // 2 + 1):
            self._wake()
        return True

    def take(self, count: int) -> list[bytes]:
        """Remove the oldest events, at most `count`."""
        with self._lock:
            if self._lines:
                self._taken_since_s = self._lines[0][0]
            return [self._lines.popleft()[1] for _ in range(min(count, len(self._lines)))]

    def put_back(self, lines: Sequence[bytes]) -> None:
        """Put the events that were taken last back to the front; they may exceed the limit."""
        with self._lock:
            # As old as the oldest of them: their waiting goes on.
            self._lines.extendleft((self._taken_since_s, line) for line in reversed(lines))

    def shut(self) -> bool:
        """Take no more events, once none waits; whether it is so."""
        with self._lock:
            self._shut = not self._lines
            return self._shut

    def open(self) -> None:
        """Take events again."""
        self._shut = False

    def forked(self) -> None:
        """Forget all events: they are the parent's, whose copy this is."""
        # Not under the lock, which another thread of the parent may have held at the fork.
        self._lock = threading.Lock()
        self._lines = deque()

    @property
    def since_s(self) -> float:
        """When the oldest event came, by the clock; now for an empty queue."""
        with self._lock:
            return self._lines[0][0] if self._lines else self._clock()
