"""The end of a process that was told to stop, whatever of it hangs."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

import structlog

from studio.api.crew import END_S

_LOG = structlog.get_logger("studio.api")

STOP_S: Final = 20.0
"""How long images that are being made, and recurring work, may take to end, all of them together.
What has not ended then is left: another process does it anew. Whoever starts processes commonly
gives them half a minute to stop."""
Stop: TypeAlias = Callable[[float], bool]
"""Ends something within so many seconds; whether it did."""


def end_in_time(stopping: threading.Event, *, drain_s: float = 0.0) -> None:
    """See to it that this process has ended so long after it began to stop; returns at once.

    The interpreter waits for threads that ask a database, and one that hangs answers none. Nothing
    is lost by leaving them: what was not written was not acknowledged.

    Parameters
    ----------
        drain_s : how long it goes on taking connections; `END_S` comes after that
    """
    limit_s = END_S + drain_s

    def end() -> None:
        stopping.wait()
        time.sleep(limit_s)
        busy = sorted(thread.name for thread in threading.enumerate() if not thread.daemon)
        _LOG.error("stopped_while_busy", waited_s=limit_s, threads=busy)
        os._exit(0)

    threading.Thread(target=end, name="end-in-time", daemon=True).start()


class Stops:
    """What is to be ended together."""

    def __init__(self) -> None:
        self._stops: dict[str, Stop] = {}

    def add(self, name: str, stop: Stop) -> None:
        """Have something ended at the end, too.

        Parameters
        ----------
            name : for the log
        """
        self._stops[name] = stop

    def end(self, *, within_s: float) -> None:
        """End all at once. What takes longer, such as what waits for a database, is left."""
        busy = set(self._stops)

        def end(name: str, stop: Stop) -> None:
            try:
                ended = stop(within_s)
            except Exception:  # noqa: BLE001 - outermost loop of a thread; the others must end
                _LOG.exception("stop_failed", what=name)
                ended = True
            if ended:
                busy.discard(name)

        until_s = time.monotonic() + within_s
        threads = [
            threading.Thread(target=end, args=told, name=f"stop-{told[0]}", daemon=True)
            for told in self._stops.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(until_s - time.monotonic(), 0.0))
        if busy:
            _LOG.warning("still_busy", what=sorted(busy), waited_s=within_s)


@contextmanager
def ended_together(*, within_s: float = STOP_S) -> Iterator[Stops]:
    """Begin things within the block, and add how they end; they all do so after it."""
    stops = Stops()
    try:
        yield stops
    finally:
        stops.end(within_s=within_s)
