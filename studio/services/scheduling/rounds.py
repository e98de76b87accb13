"""Work of many tenants in a few threads: each piece in its own time, and never twice at once.

::

    rounds = Rounds(threads=4)
    rounds.add("acme", Duty(name="count-events", every_s=0.5, run=counter.catch_up))
    rounds.stop(timeout_s=30.0)

A tenant costs no thread of its own. Whoever works long holds one of the threads and no more than
that; the others go on with what is due.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from studio.services.scheduling.duty import Duty

_LOG = logging.getLogger(__name__)

TOLD_EVERY_S: Final = 60.0
"""How often a piece of work that goes on failing is told of."""


@dataclass(order=True, slots=True)
class _Piece:
    """A duty of a tenant and when it is due next; pieces that are due at once come in turn."""

    due_s: float
    number: int
    tenant: str = field(compare=False)
    duty: Duty = field(compare=False)
    may: Callable[[], bool] = field(compare=False)
    failures: int = field(default=0, compare=False)
    told_s: float = field(default=float("-inf"), compare=False)
    over: bool = field(default=False, compare=False)


class Rounds:
    """Does pieces of work again and again until it is stopped.

    A piece whose work returns True has more to do, and is due again at once, behind all others that
    are. One that fails is tried again with growing pauses, and holds up no other.

    Parameters
    ----------
        threads : at most; none is started before there is work for it
    """

    def __init__(
        self, *, threads: int, name: str = "rounds", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = threads
        self._name = name
        self._clock = clock
        self._changed = threading.Condition()
        self._pieces: list[_Piece] = []
        self._running: list[_Piece] = []
        self._threads: list[threading.Thread] = []
        self._count = 0
        self._ended = False

    def add(self, tenant: str, duty: Duty, *, may: Callable[[], bool] = lambda: True) -> None:
        """Do a piece of work from now on.

        Parameters
        ----------
            may : asked whenever it is due, such as whether this process leads
        """
        with self._changed:
            if self._ended:
                return
            self._count += 1
            piece = _Piece(self._clock(), self._count, tenant, duty, may)
            heapq.heappush(self._pieces, piece)
            if len(self._threads) < min(self._most, self._count):
                name = f"{self._name}-{len(self._threads) + 1}"
                thread = threading.Thread(target=self._work, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()

    def drop(self, tenant: str) -> None:
        """Begin none of a tenant's pieces again; what runs goes on to its end."""
        with self._changed:
            self._pieces = [piece for piece in self._pieces if piece.tenant != tenant]
            heapq.heapify(self._pieces)
            for piece in self._running:
                piece.over = piece.over or piece.tenant == tenant

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return len(self._threads)

    def stop(self, *, timeout_s: float) -> bool:
        """Begin nothing more, and wait for what runs; whether it all ended in time."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        until_s = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(until_s - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (piece := self._next()) is not None:
            wait_s = self._done(piece)
            with self._changed:
                self._running = [one for one in self._running if one is not piece]
                if piece.over:
                    continue
                self._count += 1  # behind all others that are due
                piece.due_s, piece.number = self._clock() + wait_s, self._count
                heapq.heappush(self._pieces, piece)
                self._changed.notify()

    def _next(self) -> _Piece | None:
        """The piece that is due, once one is; None when all is over."""
        with self._changed:
            while not self._ended:
                wait_s = self._pieces[0].due_s - self._clock() if self._pieces else None
                if wait_s is not None and wait_s <= 0.0:
                    piece = heapq.heappop(self._pieces)
                    self._running.append(piece)
                    return piece
                self._changed.wait(wait_s)
        return None

    def _done(self, piece: _Piece) -> float:
        """Do a piece of work; how long to wait before it is done again."""
        try:
            more = piece.duty.run() if piece.may() else None
        except Exception as fault:  # noqa: BLE001 - a worker's outermost loop: other work must go on
            piece.failures += 1
            self._tell(piece)
            return piece.duty.backoff_s(piece.failures, fault)
        piece.failures, piece.told_s = 0, float("-inf")
        return 0.0 if more is True else piece.duty.every_s

    def _tell(self, piece: _Piece) -> None:
        now_s = self._clock()
        if now_s - piece.told_s < TOLD_EVERY_S:
            return
        piece.told_s = now_s
        told = {"duty": piece.duty.name, "tenant": piece.tenant, "failures": piece.failures}
        _LOG.exception("duty_failed", extra=told)
