"""The threads that write events, and how long a client waits for one.

A database that hangs, unlike one that is gone, says nothing: whoever asks it waits for as long as
that lasts. Events are written in threads of their own, so that nobody else needs one of those, and
a client that waits in vain is told to come again. What it sent may have been written all the same:
sent again, it counts once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Final, TypeVar

from studio.db.engine import DatabaseSilent

THREADS: Final = 40
"""Those who wait for the disk together share its transactions: the more, the fewer of these."""
PATIENCE_S: Final = 10.0
"""Many times what a transaction takes on a busy database; clients give up at about this time."""

_T = TypeVar("_T")


class WriteThreads:
    """A number of threads. To be used from one server's loop.

    Parameters
    ----------
        patience_s : how long one may wait for a thread and its work together
    """

    def __init__(self, *, threads: int = THREADS, patience_s: float | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="event-write")
        self._free = asyncio.Semaphore(threads)
        self._most = threads
        self._patience_s = patience_s
        self._given_up = 0

    async def run(self, work: Callable[[], _T]) -> _T:
        """What some work returns or raises.

        Raises
        ------
            DatabaseSilent: it did not end in time, and may still be done
        """
        if self._given_up >= self._most:
            raise _late()
        patience_s = PATIENCE_S if self._patience_s is None else self._patience_s
        try:
            async with asyncio.timeout(patience_s):
                await self._free.acquire()
                return await self._begin(work)
        except TimeoutError as late:
            raise _late() from late

    async def _begin(self, work: Callable[[], _T]) -> _T:
        loop = asyncio.get_running_loop()
        done = self._pool.submit(copy_context().run, work)
        over = given_up = False

        def free() -> None:
            nonlocal over
            over = True
            self._free.release()
            self._given_up -= given_up

        def ended(_done: Future[_T]) -> None:
            with suppress(RuntimeError):  # the server has stopped meanwhile
                loop.call_soon_threadsafe(free)

        done.add_done_callback(ended)
        try:
            return await asyncio.wrap_future(done)
        except asyncio.CancelledError:
            given_up = not over
            self._given_up += given_up
            raise


def _late() -> DatabaseSilent:
    return DatabaseSilent("no answer in time")
