"""Writers of one process take turns, in the order in which they come."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that is handed on in the order of asking.

    SQLite lets one writer in at a time, and the others look again after pauses of up to 0.1 s: who
    writes all the time keeps them out for seconds. Other processes it must still wait for.
    """

    def __init__(self) -> None:
        self._waiting: deque[threading.Lock] = deque()
        self._guard = threading.Lock()
        self._taken = False

    @contextmanager
    def turn(self, *, timeout_s: float) -> Iterator[None]:
        """Hold the lock for the block; after the timeout go on without it."""
        own = self._ask()
        held = own is None or own.acquire(timeout=timeout_s) or not self._give_up(own)
        try:
            yield
        finally:
            if held:
                self._hand_on()

    def _ask(self) -> threading.Lock | None:
        """None where the lock is free and now ours; else what opens when it is our turn."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return None
            own = threading.Lock()
            own.acquire()
            self._waiting.append(own)
            return own

    def _give_up(self, own: threading.Lock) -> bool:
        """Leave the line; False where our turn has come at this very moment."""
        with self._guard:
            if own in self._waiting:
                self._waiting.remove(own)
                return True
            return False

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
