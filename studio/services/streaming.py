"""Events by way of a stream: intakes append what they checked, counters move it to the database.

::

    intake                          stream                       counter
    read_event, each by itself  ->  append, on disk  ->  read or claim, write by id, let go

What was acknowledged lies on the stream's disk until it lies in the database. A counter that is
killed between the two leaves its entries to another, which writes them once more: events are told
by their ids, so that nothing counts twice. Where the server lost the stream, that is said, with
how much waited when it was last seen; intakes that live send it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from studio.db.events import EventRecord
from studio.services.counting import Underway
from studio.services.errors import EventsBusy
from studio.services.scheduling.scheduler import Count
from studio.streams import Backlog, Entry, StreamFull, StreamGone, Waiting

_LOG = logging.getLogger(__name__)

EVENTS_OF_ENTRY: Final = 500
"""Events of one entry: a larger one is read, written and let go of as slowly as a batch of them."""
ENTRIES_OF_STEP: Final = 20
"""Entries of one transaction: 10,000 events, which SQLite writes in half a second."""

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(list[EventRecord])


class Appending(Protocol):
    """The intake's side of a stream, see `studio.streams.intake.StreamIntake`."""

    def append(self, payload: bytes, *, events: int) -> str:
        """Write one entry and wait until it is on disk; its id. Raises StreamFull, StreamGone."""
        ...

    def waiting(self) -> Waiting:
        """What is not in the database yet. Raises StreamGone."""
        ...


class Taking(Protocol):
    """The counters' side, see `studio.streams.group.CounterGroup`.

    Every method raises StreamGone; None: the server lost the stream.
    """

    def take(self, reader: str, *, most: int, wait_s: float) -> list[Entry] | None:
        """Entries that no counter has, or that one has left behind."""
        ...

    def done(self, ids: Sequence[str]) -> None:
        """Let go of entries that are in the database."""
        ...

    def set_aside(self, entry: Entry, *, why: str) -> None:
        """Keep an entry that cannot be read for a person to look at."""
        ...

    def backlog(self) -> Backlog | None:
        """What waits."""
        ...

    def open_group(self) -> bool:
        """Begin, or begin anew."""
        ...


Write = Callable[[Sequence[EventRecord]], int]
"""Puts events into the database, durably and each id once; how many were new."""


class StreamedEvents:
    """The intake's log where there is a stream."""

    def __init__(self, stream: Appending) -> None:
        self._stream = stream

    def append(self, events: Sequence[EventRecord]) -> None:
        """Return once all are on disk.

        Raises
        ------
            EventsBusy : counters are behind; some may be written, all may be sent again
            StreamGone : as above
        """
        for start in range(0, len(events), EVENTS_OF_ENTRY):
            part = list(events[start : start + EVENTS_OF_ENTRY])
            try:
                self._stream.append(_ENCODER.encode(part), events=len(part))
            except StreamFull as full:
                raise EventsBusy(retry_after_s=full.retry_after_s) from full

    def underway(self) -> Underway:
        """What is not in the log yet; unknown where the stream does not answer."""
        try:
            found = self._stream.waiting()
        except StreamGone:
            return Underway(batches=None)
        return Underway(batches=found.entries, oldest_s=found.oldest_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What one step brought to the database.

    Parameters
    ----------
        entries   : read, or claimed from counters that died
        events    : in these
        new       : of these, not known before
        lost      : entries that were waiting when the server lost the stream; 0 where it did not
    """

    entries: int = 0
    events: int = 0
    new: int = 0
    lost: int = 0


class StreamMover:
    """One counter's reading of the stream; many may run, on any machine.

    Parameters
    ----------
        name  : of this counter, unlike that of any other that runs
        count : lets a metric grow, such as `studio.api.metrics.Metrics.add`
    """

    def __init__(
        self, stream: Taking, write: Write, *, name: str, count: Count | None = None
    ) -> None:
        self._stream = stream
        self._count = count
        self._write = write
        self._name = name
        self._seen: Backlog | None = None
        self._held: list[Entry] = []

    def step(self, *, wait_s: float = 0.0) -> Moved:
        """Move what waits, at most `ENTRIES_OF_STEP` entries.

        Raises
        ------
            StreamGone, DatabaseFault : nothing is lost, call it again
        """
        # What could not be written is this counter's until it dies: it tries that again first.
        entries = self._held or self._stream.take(self._name, most=ENTRIES_OF_STEP, wait_s=wait_s)
        if entries is None:
            return Moved(lost=self._begin_anew())
        self._held = entries
        readable = [(entry, events) for entry in entries if (events := self._read(entry))]
        events = [event for _, some in readable for event in some]
        new = self._write(events) if events else 0
        self._stream.done([entry.id for entry, _ in readable])
        self._held = []
        if self._count is not None:
            self._count("packshot_stream_events_total", len(events))
        return Moved(entries=len(entries), events=len(events), new=new, lost=self._look())

    def catch_up(self) -> int:
        """Move all that waits; how many events.

        Raises
        ------
            StreamGone, DatabaseFault
        """
        events = 0
        while (moved := self.step()).entries or moved.lost:
            events += moved.events
        return events

    @property
    def seen_waiting(self) -> int | None:
        """Entries that waited when this counter last looked; None before it did."""
        return None if self._seen is None else self._seen.entries

    def waiting(self) -> int:
        """Entries that are not in the database yet.

        Raises
        ------
            StreamGone
        """
        found = self._stream.backlog()
        return 0 if found is None else found.entries

    def _read(self, entry: Entry) -> list[EventRecord]:
        try:
            return _DECODER.decode(entry.payload)
        except (msgspec.DecodeError, msgspec.ValidationError) as fault:
            told = {"entry": entry.id, "events": entry.events, "why": str(fault)}
            _LOG.error("stream_entry_unreadable", extra=told)
            self._stream.set_aside(entry, why=str(fault))
            return []

    def _look(self) -> int:
        """Remember what waits; entries that waited and are gone, where the stream began anew."""
        now, before = self._stream.backlog(), self._seen
        if now is None or (before is not None and now.added < before.added):
            return self._begin_anew()
        self._seen = now
        return 0

    def _begin_anew(self) -> int:
        """Make the group, and say what is lost; at the very first there is nothing to lose."""
        made = self._stream.open_group()
        before, self._seen = self._seen, self._stream.backlog()
        if before is None:
            return 0
        told = {"waiting": before.entries, "held": before.held, "group_made": made}
        _LOG.error("stream_lost", extra=told)
        if self._count is not None:
            self._count("packshot_stream_lost_entries_total", before.entries)
        return before.entries
