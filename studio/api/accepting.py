"""Which process of a crew takes a new connection: the one that holds the fewest.

All of them listen on one socket, and the kernel wakes all for each connection. Left to themselves,
whoever happens to run takes all that are waiting, and keeps them for as long as they are kept
alive: eight connections that came together were all held by one process of four. So each process
tells the others how many it holds, in memory that they share, and takes one at a time. One that
holds more than another lets it go first, and is not long in doubt about one that does not come: a
process that hangs or is being replaced costs a connection `PATIENCE_S`, once a second.
"""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import select
import socket
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog

_LOG = structlog.get_logger("studio.api")

PATIENCE_S: Final = 0.1
"""How long nobody may take a connection before the one that holds more does: many times what an
idle process needs to wake up on a busy machine."""
HURRY_S: Final = 1.0
"""For how long all is taken after somebody did not come."""
_GLANCE_S: Final = 0.001
_AGAIN_S: Final = 1.0
"""After this time a process that could open no more files tries again."""
_FULL: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
_NOT_HERE: Final = 2**31 - 1
"""Stands for the connections of a process that takes none."""

CAN_SHARE: Final = hasattr(select, "poll")
"""Windows has neither that nor loops that watch a listening socket."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One process's part of a crew's connections, and what it knows of the others'.

    Each process writes its own places only. It can be handed to a process that is being started.

    Parameters
    ----------
        own   : its place
        held  : connections of each; `_NOT_HERE` for who takes none
        taken : how many each has ever taken, modulo 2**32
    """

    own: int
    held: MutableSequence[int]
    taken: MutableSequence[int]

    @classmethod
    def of_crew(cls, processes: int) -> list[Share]:
        """One for each process of a crew."""
        shared = multiprocessing.get_context("spawn")
        held = shared.RawArray("i", [_NOT_HERE] * processes)
        taken = shared.RawArray("I", processes)
        return [cls(own=own, held=held, taken=taken) for own in range(processes)]

    def holds(self, count: int) -> None:
        """Tell the others how many connections this process holds."""
        self.held[self.own] = count

    def leave(self) -> None:
        """Tell the others that this process takes no more."""
        self.held[self.own] = _NOT_HERE

    @property
    def has_more(self) -> bool:
        """Whether another holds fewer, by more than one and an eighth of what that one holds.

        Exact shares would have connections that last for one request wait for each other.
        """
        least = min(self.held)
        return self.held[self.own] > least + 1 + least // 8

    @property
    def all_taken(self) -> int:
        """Grows whenever any of them takes a connection."""
        return sum(self.taken)


class Held(set[_T]):
    """The connections of a process, which tells the others of each change.

    Parameters
    ----------
        coming : connections that were taken and are not in here yet
    """

    def __init__(self, share: Share) -> None:
        super().__init__()
        self._share = share
        self._coming = 0
        self._here = False

    def begin(self) -> None:
        """From now on, connections are taken."""
        self._here = True
        self._tell()

    def end(self) -> None:
        """From now on, none are."""
        self._here = False
        self._share.leave()

    def expect(self, more: int) -> None:
        """So many more, or fewer, were taken and are not in here yet."""
        self._coming += more
        self._tell()

    def add(self, connection: _T) -> None:
        """One that has begun."""
        super().add(connection)
        self._tell()

    def discard(self, connection: object) -> None:
        """One that has ended."""
        super().discard(connection)
        self._tell()

    def _tell(self) -> None:
        if self._here:
            self._share.holds(len(self) + self._coming)


class Acceptor:
    """Takes connections from a socket that others take from as well, one at a time.

    It has what the server wants of one of asyncio's: `close` and `wait_closed`.

    Parameters
    ----------
        held       : where the protocols note themselves
        protocol   : makes one for each connection
        patience_s : how long nobody may take a connection before this one does
    """

    def __init__(
        self,
        listening: socket.socket,
        *,
        share: Share,
        held: Held[Any],
        protocol: Callable[[], asyncio.Protocol],
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._listening = listening
        self._share = share
        self._held = held
        self._protocol = protocol
        self._patience_s = patience_s
        self._loop = asyncio.get_running_loop()
        self._later: asyncio.TimerHandle | None = None
        self._hurried_until_s = 0.0
        self._beginning: set[asyncio.Task[None]] = set()
        self._poll = select.poll()
        self._poll.register(listening, select.POLLIN)
        listening.settimeout(0)
        self._open = True
        held.begin()
        self._loop.add_reader(listening, self._take)

    def close(self) -> None:
        """Take no more; those that wait are the others'."""
        if self._open:
            self._open = False
            self._pause()
            self._held.end()

    async def wait_closed(self) -> None:
        """Until those that were taken have begun."""
        while self._beginning:
            await asyncio.wait(self._beginning)

    def _pause(self) -> None:
        self._loop.remove_reader(self._listening)
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def _go_on(self) -> None:
        self._later = None
        self._loop.add_reader(self._listening, self._take)

    def _take(self) -> None:
        """A connection waits: take it, or let somebody else."""
        now_s = self._loop.time()
        if self._share.has_more and now_s >= self._hurried_until_s:
            self._pause()
            self._wait(self._share.all_taken, now_s)
            return
        self._accept()

    def _wait(self, taken: int, since_s: float) -> None:
        """Look again in a moment, for as long as others take what comes."""
        self._later = self._loop.call_later(_GLANCE_S, self._look, taken, since_s)

    def _look(self, taken: int, since_s: float) -> None:
        now_s, now_taken = self._loop.time(), self._share.all_taken
        if not self._share.has_more or not self._poll.poll(0):
            self._go_on()
        elif now_taken != taken:
            self._wait(now_taken, now_s)
        elif now_s - since_s < self._patience_s:
            self._wait(taken, since_s)
        else:
            self._hurried_until_s = now_s + HURRY_S
            self._go_on()

    def _accept(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another took it, or its client has gone
        except OSError as fault:
            if fault.errno not in _FULL:
                raise
            _LOG.error("connection_not_taken", why=fault.strerror, again_in_s=_AGAIN_S)
            self._pause()
            self._later = self._loop.call_later(_AGAIN_S, self._go_on)
            return
        connection.settimeout(0)
        self._share.taken[self._share.own] = (self._share.taken[self._share.own] + 1) % 2**32
        self._held.expect(1)
        task = self._loop.create_task(self._begin(connection))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _begin(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError as fault:
            connection.close()
            _LOG.info("connection_not_begun", why=fault.strerror)
        finally:
            self._held.expect(-1)
