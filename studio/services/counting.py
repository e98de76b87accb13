"""Counting the log: what the intake wrote durably becomes the counts that statistics read.

::

    counter = Counter(engine)
    counter.step()      # one piece of the log; a server calls it over and over
    counter.settle()    # all that was in the log at this moment; whoever reads counts calls it

A chunk of the log comes off the list of what waits in the same transaction that moves the counts:
killed at any moment, a counter has either counted it or not touched it. One counter works at a
time, of however many processes there are.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Final

from studio.db import event_log
from studio.db.counting import count
from studio.db.engine import Connection, Engine, reading, writing
from studio.db.excluded import excluded_units
from studio.db.exposures import CountingRule
from studio.db.records import TestRecord
from studio.db.tests import load_tests
from studio.services.experiment_options import TestOptions
from studio.services.rules import rule_of

_LOG = logging.getLogger(__name__)

STEP_EVENTS: Final = 20_000
"""Most events of a transaction, unless one chunk has more: SQLite's other writers wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far the counts follow the log.

    Parameters
    ----------
        counted_to_s : every event that was received before is counted
        waiting      : events in the log that are not counted yet
        streamed     : batches in the stream that are not in the log yet; None where the stream does
                       not answer, so that nobody knows how far the counts go
    """

    counted_to_s: float
    waiting: int
    streamed: int | None = 0

    def behind(self, underway: Underway) -> Freshness:
        """The same where events come by a stream; it was looked at before the log."""
        oldest_s = self.counted_to_s if underway.oldest_s is None else underway.oldest_s
        counted_to_s = min(self.counted_to_s, oldest_s)
        return replace(self, counted_to_s=counted_to_s, streamed=underway.batches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """What was taken and is on its way to the log.

    Parameters
    ----------
        batches  : how many; None where that cannot be said
        oldest_s : when the first of them was taken; None where there is none
    """

    batches: int | None = 0
    oldest_s: float | None = None


NOTHING: Final = Underway()


class Counter:
    """Whoever counts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def step(self, *, wait: bool = False) -> int:
        """Count a piece of the log; how many events that were.

        Parameters
        ----------
            wait : for another counter at work; else 0 is returned
        Raises     DatabaseFault: nothing was counted
        """
        with writing(self._engine) as connection:
            if not event_log.lead_counting(connection, wait=wait):
                return 0
            chunks = event_log.take_waiting(connection, most_events=STEP_EVENTS)
            if not chunks:
                return 0
            events = [event for chunk in chunks for event in chunk.events]
            # The tests stay locked: no period may end between the look at a test and its counts.
            tests = load_tests(connection, {event.test_id for event in events}, lock=True)
            rules = {test_id: _rule_of(test) for test_id, test in tests.items()}
            excluded = excluded_units(connection, rules.keys())
            outside = count(connection, events, rules, excluded=excluded)
        if outside:
            _LOG.warning("events_outside_periods", extra={"events": outside})
        return len(events)

    def catch_up(self) -> None:
        """Count until little waits, or another counter is at work.

        The few that come meanwhile are left for the next call: a step costs less for each event the
        more of them share it.
        """
        while self.step() >= STEP_EVENTS // 2:
            pass

    def settle(self) -> None:
        """Count all that is in the log now; what comes meanwhile may wait."""
        with reading(self._engine) as connection:
            last = event_log.last_waiting(connection)
        while last and self._waits(last):
            self.step(wait=True)

    def _waits(self, last: int) -> bool:
        with reading(self._engine) as connection:
            first = event_log.first_waiting(connection)
        return first is not None and first <= last

    def freshness(self, *, now_s: float) -> Freshness:
        """How far the counts follow the log."""
        with reading(self._engine) as connection:
            return freshness_of(connection, now_s=now_s)


def freshness_of(connection: Connection, *, now_s: float) -> Freshness:
    """The same, within a transaction that reads counts."""
    behind = event_log.backlog(connection)
    oldest_s = now_s if behind.oldest_s is None else behind.oldest_s
    return Freshness(counted_to_s=min(oldest_s, now_s), waiting=behind.events)


def _rule_of(test: TestRecord) -> CountingRule:
    return rule_of(test, TestOptions.from_dict(test.options))
