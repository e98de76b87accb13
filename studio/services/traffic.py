"""Who moves counts: bots are left out of statistics, shown, and let in again on request.

::

    traffic = Traffic(engine, clock=time.time)
    traffic.report(test).units                       # who is left out, and why
    traffic.include(test, unit, who="key 3f2a")      # a person's word stands, whatever rules say

What a unit did leaves the counts in the transaction that leaves it out, and what it does later
never reaches them; its events stay in the log, and it counts again in full when it is let in.
`studio.services.traffic_search` finds those who are no people.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from studio.db import changes, event_log
from studio.db import excluded as rows
from studio.db import tests as test_rows
from studio.db.counting import unit_changes
from studio.db.engine import Connection, Engine, reading, writing
from studio.db.excluded import LeftOut, UnitDayRecord, UnitDecision
from studio.db.text import is_storable
from studio.services.errors import TestNotFound, UnitInvalid
from studio.services.experiment_options import TestOptions
from studio.services.rules import rule_of

_LOG = logging.getLogger(__name__)

MAX_UNIT_CHARS = 256
MAX_WHY_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitReport:
    """A unit that was decided on, and what it did on the days that were searched."""

    decision: UnitDecision
    days: tuple[UnitDayRecord, ...]

    @property
    def impressions(self) -> int:
        """Each event once, however often it was sent."""
        return sum(day.impressions for day in self.days)

    @property
    def clicks(self) -> int:
        """As `impressions`."""
        return sum(day.clicks for day in self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficReport:
    """Who is left out of a test's statistics, and who was let in by a person."""

    test_id: str
    left_out: LeftOut
    units: tuple[UnitReport, ...]


class Traffic:
    """What a person decides about units, and what is decided of them."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    def exclude(self, test_id: str, unit: str, *, who: str, why: str = "") -> TrafficReport:
        """Leave a unit out of a test's statistics, whatever the rules say.

        Raises
        ------
            TestNotFound, UnitInvalid
        """
        return self._decide(test_id, unit, excluded=True, who=who, why=why)

    def include(self, test_id: str, unit: str, *, who: str, why: str = "") -> TrafficReport:
        """Let a unit count, whatever the rules say.

        Raises
        ------
            TestNotFound, UnitInvalid
        """
        return self._decide(test_id, unit, excluded=False, who=who, why=why)

    def report(self, test_id: str) -> TrafficReport:
        """Who is left out, why, and how much each did.

        Raises
        ------
            TestNotFound
        """
        with reading(self._engine) as connection:
            if test_rows.find_test(connection, test_id) is None:
                raise TestNotFound(test_id=test_id)
            return _report(connection, test_id)

    def _decide(
        self, test_id: str, unit: str, *, excluded: bool, who: str, why: str
    ) -> TrafficReport:
        _check(unit, why)
        with writing(self._engine) as connection:
            event_log.lead_counting(connection, wait=True)
            if test_rows.lock_test(connection, test_id) is None:
                raise TestNotFound(test_id=test_id)
            out = (test_id, unit) in rows.excluded_units(connection, [test_id])
            if out != excluded:
                move_units(connection, test_id, {unit}, excluded=excluded)
            now_s = self._clock()
            decision = UnitDecision(
                test_id=test_id, unit=unit, excluded=excluded, who=who, why=why, at_s=now_s
            )
            rows.put_decisions(connection, [decision])
            changes.add_audit(
                connection,
                test_id,
                at_s=now_s,
                who=who,
                action="exclude_unit" if excluded else "include_unit",
                detail={"unit": unit, "reason": why},
            )
            return _report(connection, test_id)


def move_units(
    connection: Connection, test_id: str, units: Iterable[str], *, excluded: bool
) -> None:
    """Take what units did out of the counts, or put it back; nobody else counts meanwhile."""
    test = test_rows.lock_test(connection, test_id)
    if test is None:
        return
    rule = rule_of(test, TestOptions.from_dict(test.options))
    moved = unit_changes(connection, test_id, units, rule)
    (-moved if excluded else moved).put(connection, test_id)


def _report(connection: Connection, test_id: str) -> TrafficReport:
    days: defaultdict[str, list[UnitDayRecord]] = defaultdict(list)
    for day in rows.days_of(connection, test_id):
        days[day.unit].append(day)
    return TrafficReport(
        test_id=test_id,
        left_out=rows.left_out_of(connection, test_id),
        units=tuple(
            UnitReport(decision=each, days=tuple(days[each.unit]))
            for each in rows.decisions_of(connection, test_id)
        ),
    )


def _check(unit: str, why: str) -> None:
    if not 0 < len(unit) <= MAX_UNIT_CHARS or not is_storable(unit):
        raise UnitInvalid(
            field="unit", why=f"an id of 1 to {MAX_UNIT_CHARS} characters is expected"
        )
    if len(why) > MAX_WHY_CHARS or not is_storable(why):
        raise UnitInvalid(field="reason", why=f"at most {MAX_WHY_CHARS} characters are kept")
