"""The end of a server that was told to stop, whatever of it hangs."""

from __future__ import annotations

import os
import threading
import time

import structlog

from studio.api.crew import END_S

_LOG = structlog.get_logger("studio.api")


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
