"""Taking in events: each is checked by itself, written durably, and counted once.

::

    events = Events(engine, clock=time.time)
    taken = events.accept([{"id": "e-81", "type": "click", ...}, ...])
    taken.accepted, taken.duplicates, taken.rejected
    events.counter.settle()

When `accept` returns, its events are in the log, on disk; the counts follow, see
`studio.services.counting`. An id that is sent again within a week, to whichever process, changes
nothing. See `studio.db.exposures` for what counts, and `studio.services.event_reading` for what an
event is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from studio.db import event_log
from studio.db.engine import Engine, reading, writing
from studio.db.events import EventRecord
from studio.db.exposures import DAY_S
from studio.services.counting import Counter
from studio.services.errors import BatchTooLarge
from studio.services.event_lines import lines_of, quick_body
from studio.services.event_reading import QuickEvent, Rejected, quick, read_event, test_of
from studio.services.group_commit import GroupCommit
from studio.services.known_tests import Known, KnownTests

__all__ = ["MAX_EVENTS", "Events", "Rejected", "Taken"]

MAX_EVENTS: Final = 10_000
"""Most events of one call: a transaction of that size holds the writer's lock for a while."""
MAX_HELD: Final = 50_000
"""Most events in memory that wait for the disk, about 50 MB; callers beyond are sent away."""
_CHECKED_AT_ONCE: Final = 2
"""Callers that read and check at once: one thread runs at a time anyway, and the more of them want
to, the less the one gets that counts."""
_LOG_DAYS: Final = 14
"""How long raw events stay in the log, once they are counted and every reader has read them."""
_ID_PARTS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a batch; the three add up to what was sent.

    Parameters
    ----------
        accepted   : newly written
        duplicates : known already, or twice in the batch; nothing was changed
        rejected   : with the reason of each
    """

    accepted: int
    duplicates: int
    rejected: tuple[Rejected, ...]


@dataclass(slots=True, kw_only=True)
class _Batch:
    """Events of one call on their way into the log."""

    raws: Sequence[object]
    lines: Sequence[int] | None
    names: set[str]
    now_s: float
    known: Known | None = None
    valid: dict[bytes, EventRecord] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    new: int = 0

    def read(self, known: Known) -> None:
        """Check the events against the tests as they are known."""
        self.known, self.valid, self.rejected = known, {}, []
        tests = known.of(self.names)
        for place, raw in enumerate(self.raws):
            event = quick(raw, tests, now_s=self.now_s) if type(raw) is QuickEvent else None
            found = read_event(raw, tests, now_s=self.now_s) if event is None else event
            if type(found) is EventRecord:
                self.valid.setdefault(event_log.digest_of(found.id), found)
            elif isinstance(found, Rejected):
                line = None if self.lines is None else self.lines[place]
                self.rejected.append(replace(found, line=line))

    @property
    def taken(self) -> Taken:
        duplicates = len(self.raws) - len(self.rejected) - self.new
        return Taken(accepted=self.new, duplicates=duplicates, rejected=tuple(self.rejected))


class Events:
    """The intake of events. Safe to call from several threads, which share their transactions.

    Parameters
    ----------
        append : writes valid events durably to somewhere that brings them to `write`; None for the
                 log itself. Ids that are known are then told apart only in `write`
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        append: Callable[[Sequence[EventRecord]], None] | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._append = append
        self._known = KnownTests(engine)
        self._line = GroupCommit(self._write, most_held=MAX_HELD, most_group=MAX_EVENTS)
        self._checking = threading.BoundedSemaphore(_CHECKED_AT_ONCE)
        self._days: frozenset[int] = frozenset()
        self.counter = Counter(engine)

    def accept(self, raw_events: Sequence[object]) -> Taken:
        """Take what is valid and new.

        Raises
        ------
            BatchTooLarge: more than `MAX_EVENTS`; nothing was taken
            EventsBusy: too much waits for the disk; nothing was taken
            DatabaseFault: nothing was taken
        """
        return self._accept(raw_events)

    def accept_body(self, body: bytes) -> Taken | None:
        """Take the JSON of ``{"events": [...]}``; None where it is not that, and nothing was taken.

        Raises
        ------
            BatchTooLarge, EventsBusy, DatabaseFault
        """
        with self._checking:
            events = quick_body(body)
        return None if events is None else self._accept(events)

    def accept_lines(self, lines: Sequence[bytes], *, first: int = 1) -> Taken:
        """Take JSON lines, the first of which has a number; blank ones are passed over.

        Raises
        ------
            BatchTooLarge, EventsBusy, DatabaseFault
        """
        return self._accept(*lines_of(lines, first=first))

    def _accept(self, raws: Sequence[object], lines: Sequence[int] | None = None) -> Taken:
        if len(raws) > MAX_EVENTS:
            raise BatchTooLarge(what="events", count=len(raws), limit=MAX_EVENTS)
        names = {test for raw in raws if (test := test_of(raw)) is not None}
        batch = _Batch(raws=raws, lines=lines, names=names, now_s=self._clock())
        if raws:
            known = self._known.look(names)
            with self._checking:
                batch.read(known)
            self._submit(batch)
        return batch.taken

    def write(self, records: Sequence[EventRecord]) -> int:
        """Put valid events into the log, each id once; how many were new.

        Raises
        ------
            DatabaseFault: nothing was written
        """
        valid = {event_log.digest_of(record.id): record for record in records}
        received_s = self._clock()
        self._make_room(int(received_s // DAY_S))
        with writing(self._engine) as connection:
            return len(valid) - len(event_log.append(connection, valid, received_s=received_s))

    def forget(self) -> int:
        """Remove what is older than it must be kept, in small transactions; how many rows."""
        today = int(self._clock() // DAY_S)
        forgotten = 0
        for part in range(_ID_PARTS):
            with writing(self._engine) as connection:
                forgotten += event_log.forget_ids(
                    connection,
                    before_day=today - event_log.KEPT_DAYS,
                    part=part,
                    parts=_ID_PARTS,
                )
        with writing(self._engine) as connection:
            return forgotten + event_log.forget_chunks(connection, before_day=today - _LOG_DAYS)

    def _submit(self, batch: _Batch) -> None:
        if self._append is None:
            self._line.submit(batch, size=len(batch.raws))
            return
        with reading(self._engine) as connection:
            known = self._known.fresh(connection, batch.names)
        if batch.known is not known:
            batch.read(known)
        if batch.valid:
            self._append(list(batch.valid.values()))
        batch.new = len(batch.valid)

    def _write(self, batches: Sequence[_Batch]) -> None:
        """One transaction for all."""
        received_s = self._clock()
        self._make_room(int(received_s // DAY_S))
        names = set().union(*(batch.names for batch in batches))
        every: dict[bytes, EventRecord] = {}
        own: list[list[bytes]] = []
        with writing(self._engine) as connection:
            known = self._known.fresh(connection, names)
            for batch in batches:
                if batch.known is not known:
                    batch.read(known)
                own.append([digest for digest in batch.valid if digest not in every])
                every.update((digest, batch.valid[digest]) for digest in own[-1])
            before = event_log.append(connection, every, received_s=received_s)
        for batch, digests in zip(batches, own, strict=True):
            batch.new = sum(digest not in before for digest in digests)

    def _make_room(self, day: int) -> None:
        """Let the database prepare a day of the log, once a day and process."""
        if day not in self._days:
            with writing(self._engine) as connection:
                event_log.make_partition(connection, day)
            self._days = frozenset({day})
