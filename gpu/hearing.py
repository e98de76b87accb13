"""Whether the job of this thread was asked to stop, for whatever waits deep below its handler."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gpu.errors import JobCancelled

_HERE = threading.local()


@contextmanager
def hearing(cancelled: Callable[[], bool]) -> Iterator[None]:
    """Let what waits on this thread inside the block hear that it shall stop."""
    before = getattr(_HERE, "cancelled", None)
    _HERE.cancelled = cancelled
    try:
        yield
    finally:
        _HERE.cancelled = before


def hears() -> bool:
    """Whether somebody may ask this thread to stop, so that it must not wait for long at once."""
    return getattr(_HERE, "cancelled", None) is not None


def raise_if_asked_to_stop() -> None:
    """Stop waiting where the thread's job was cancelled; on a thread without a job, nothing.

    Raises
    ------
        JobCancelled
    """
    cancelled: Callable[[], bool] | None = getattr(_HERE, "cancelled", None)
    if cancelled is not None and cancelled():
        raise JobCancelled
