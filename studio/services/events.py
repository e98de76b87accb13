"""Taking in events: each is checked by itself, written durably, and counted once.

::

    events = Events(engine, clock=time.time)
    taken = events.accept([{"id": "e-81", "type": "click", ...}, ...])
    taken.accepted, taken.duplicates, taken.rejected

When `accept` returns, its events are on disk and in the counts: both move in one transaction. An
id that is sent again, today or next year, changes nothing. See `studio.db.exposures` for what
counts, and `studio.services.event_reading` for what an event is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from studio.db.engine import Engine, writing
from studio.db.events import EventRecord, insert_new, move_counts
from studio.db.tests import load_tests
from studio.services.event_reading import Rejected, read_event, test_of
from studio.services.experiment_errors import BatchTooLarge

__all__ = ["MAX_EVENTS", "Events", "Rejected", "Taken"]

MAX_EVENTS = 10_000
"""Most events of one call: a transaction of that size holds the writer's lock for seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a batch; the three add up to what was sent.

    Parameters
    ----------
        accepted   : newly written and counted
        duplicates : known already, or twice in the batch; nothing was changed
        rejected   : with the reason of each
    """

    accepted: int
    duplicates: int
    rejected: tuple[Rejected, ...]


class Events:
    """The intake of events."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    def accept(self, raw_events: Sequence[object]) -> Taken:
        """Take what is valid and new.

        Raises
        ------
            BatchTooLarge: more than `MAX_EVENTS`; nothing was taken
        """
        if len(raw_events) > MAX_EVENTS:
            raise BatchTooLarge(what="events", count=len(raw_events), limit=MAX_EVENTS)
        named = {test for raw in raw_events if (test := test_of(raw)) is not None}
        with writing(self._engine) as connection:
            # The tests stay locked: no period may end, and nobody may count the same units,
            # between the look at a test and the change of its counts.
            tests = load_tests(connection, named, lock=True)
            now_s = self._clock()
            read = [read_event(raw, tests, now_s=now_s) for raw in raw_events]
            valid = {event.id: event for event in read if isinstance(event, EventRecord)}
            new = insert_new(connection, list(valid.values()))
            move_counts(connection, new)
        rejected = tuple(event for event in read if isinstance(event, Rejected))
        duplicates = len(raw_events) - len(rejected) - len(new)
        return Taken(accepted=len(new), duplicates=duplicates, rejected=rejected)
