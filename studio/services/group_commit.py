"""Batches of several callers in one transaction: they share the one wait for the disk.

While a group is written, those who come meanwhile gather, and the first of them writes all of
theirs next. Nobody waits for more than two transactions, and one caller alone waits for none. What
is held in memory meanwhile has a limit, above which callers are sent away.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from studio.services.errors import EventsBusy

_T = TypeVar("_T")

_RETRY_AFTER_S = 1.0


class _Place(Generic[_T]):
    """A batch in line, and what became of it."""

    __slots__ = ("batch", "done", "fault", "size")

    def __init__(self, batch: _T, size: int) -> None:
        self.batch = batch
        self.size = size
        self.done = False
        self.fault: BaseException | None = None


class GroupCommit(Generic[_T]):
    """A line of batches. Safe to call from several threads.

    Parameters
    ----------
        write      : writes some batches in one transaction, all or none
        most_held  : sum of the sizes of batches that may be in line or being written
        most_group : sum of the sizes of one transaction, unless a single batch has more
    """

    def __init__(
        self, write: Callable[[Sequence[_T]], None], *, most_held: int, most_group: int
    ) -> None:
        self._write = write
        self._most_held = most_held
        self._most_group = most_group
        self._line: deque[_Place[_T]] = deque()
        self._held = 0
        self._writing = False
        self._changed = threading.Condition()

    def submit(self, batch: _T, *, size: int) -> None:
        """Return once the batch is written.

        Raises
        ------
            EventsBusy: too much is held already; nothing was written
            Exception: what `write` raised; nothing of its group was written
        """
        place = _Place(batch, size)
        with self._changed:
            if self._held and self._held + size > self._most_held:
                raise EventsBusy(retry_after_s=_RETRY_AFTER_S)
            self._held += size
            self._line.append(place)
            while not place.done and (self._writing or self._line[0] is not place):
                self._changed.wait()
            group = [] if place.done else self._take()
        if group:
            self._write_group(group)
        if place.fault is not None:
            raise place.fault

    def _take(self) -> list[_Place[_T]]:
        """The first of the line, as many as fit; the caller writes them."""
        self._writing = True
        group = [self._line.popleft()]
        size = group[0].size
        while self._line and size + self._line[0].size <= self._most_group:
            group.append(self._line.popleft())
            size += group[-1].size
        return group

    def _write_group(self, group: Sequence[_Place[_T]]) -> None:
        fault: BaseException | None = None
        try:
            self._write([place.batch for place in group])
        except BaseException as error:  # noqa: BLE001 - handed to every caller whose batch it was
            fault = error
        with self._changed:
            for place in group:
                place.done, place.fault = True, fault
                self._held -= place.size
            self._writing = False
            self._changed.notify_all()
