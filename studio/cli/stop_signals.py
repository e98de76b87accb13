"""Hearing that a process is to end, and ending by then whatever hangs."""

from __future__ import annotations

import queue
import signal
import sys
import threading
from types import FrameType
from typing import Final

from studio.api.ending import end_in_time

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_GLANCE_S: Final = 0.5
"""How often a waiting main thread looks up, so that a signal is heard on every platform."""


class StopSignals:
    """Hears SIGTERM and SIGINT from now on. To be told to stop is no failure: the exit code is 0.

    A process that is told before it works ends at once. One that works ends what it does, and has
    ended after `studio.api.ending.END_S` whatever of it waits for a database that hangs.
    """

    def __init__(self) -> None:
        self._works = False
        # Not an Event: its lock may be held by this very thread when the handler runs.
        self._numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._heard = threading.Event()
        threading.Thread(target=self._pass_on, name="told", daemon=True).start()
        end_in_time(self._heard)
        for number in SIGNALS:
            signal.signal(number, self._hear)

    def begin_work(self) -> None:
        """Leave it to who waits to end from now on."""
        self._works = True

    def wait(self) -> None:
        """Return once it was told."""
        while not self._heard.wait(_GLANCE_S):
            pass

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self._numbers.put(number)
        if not self._works:
            sys.exit(0)

    def _pass_on(self) -> None:
        self._numbers.get()
        self._heard.set()
