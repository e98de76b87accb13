"""Who moves counts: bots are found, left out of statistics, shown, and let in again on request.

::

    traffic = Traffic(engine, clock=time.time)
    traffic.search_paced()                           # by a scheduler
    traffic.search()                                 # today and, early, yesterday
    traffic.report(test).units                       # who is left out, and why
    traffic.include(test, unit, who="key 3f2a")      # a person's word stands, whatever rules say

A unit is left out of a test when it broke a rule of `abtest.BotRules` on any day, as long as no
person said otherwise. What it did before leaves the counts in the transaction that says so, and
what it does later never reaches them; its events stay in the log, and it counts again in full when
it is let in. The decision depends on the events and the rules alone, so that counts which are
rebuilt from the archive agree.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from abtest.health import BotRules
from studio.db import changes, event_log
from studio.db import excluded as rows
from studio.db import tests as test_rows
from studio.db.counting import unit_changes
from studio.db.engine import Connection, Engine, reading, writing
from studio.db.excluded import LeftOut, UnitDayRecord, UnitDecision, UnitKey
from studio.db.log_reading import events_of_day
from studio.db.text import is_storable
from studio.services.bot_search import UnitDayFound, UnitDayKey, search
from studio.services.errors import TestNotFound, UnitInvalid
from studio.services.experiment_analysis import DAY_S
from studio.services.experiment_options import TestOptions
from studio.services.rules import rule_of

_LOG = logging.getLogger(__name__)

MAX_UNIT_CHARS = 256
MAX_WHY_CHARS = 2000
SHARE = 0.05
"""Of a processor, that searches take: 2.8 µs an event and search, so that a day of a million
events is searched every minute, and one of a hundred million every hour and a half."""
MAX_REST_S = 3 * 3600.0
_EARLY_S = 6 * 3600.0
"""So long after midnight the day before is searched too: late events of it still come."""


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
    """The use cases around units that are no people."""

    def __init__(
        self, engine: Engine, *, clock: Callable[[], float], rules: BotRules | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._rules = rules or BotRules()
        self._next_s = 0.0
        self._searched: tuple[int, int] | None = None

    def search_paced(self) -> int:
        """As `search`, where something new was counted, and it does not take all of a processor.

        A search goes through whole days. It rests for as long as keeps it to `SHARE` of the time.
        """
        began_s = self._clock()
        with reading(self._engine) as connection:
            seen = (event_log.counted_to(connection), int(began_s // DAY_S))
        # A clock that was set back must not put searches off for as long.
        rested = not self._next_s - MAX_REST_S < began_s < self._next_s
        if seen == self._searched or not rested:
            return 0
        changed = self.search()
        ended_s = self._clock()
        self._searched = seen
        self._next_s = ended_s + min((ended_s - began_s) / SHARE, MAX_REST_S)
        return changed

    def search(self) -> int:
        """Look through the days that are still filling; how many units changed sides."""
        now_s = self._clock()
        days = {int(now_s // DAY_S), int((now_s - _EARLY_S) // DAY_S)}
        return sum(self.search_day(day) for day in sorted(days))

    def search_day(self, day: int) -> int:
        """Look through one UTC day (days since 1970); how many units changed sides.

        The day's events must still be in the log.
        """
        with reading(self._engine) as connection:
            watched = {key for key, each in rows.decided(connection).items() if each.excluded}
            found = search(
                lambda: events_of_day(connection, day), rules=self._rules, watched=watched
            )
        with writing(self._engine) as connection:
            event_log.lead_counting(connection, wait=True)
            return self._apply(connection, day, found)

    def _apply(
        self, connection: Connection, day: int, found: Mapping[UnitDayKey, UnitDayFound]
    ) -> int:
        before = rows.decided(connection)
        rows.replace_day(connection, day, [_record(key, each) for key, each in found.items()])
        own = {key for key, each in before.items() if each.who is None}
        guilty = rows.units_with_signs(connection, own | {key[:2] for key in found})
        new = guilty - before.keys()
        cleared = own - guilty
        for test_id, units in _by_test(new).items():
            _move(connection, test_id, units, excluded=True)
        for test_id, units in _by_test(cleared).items():
            _move(connection, test_id, units, excluded=False)
        rows.drop_decisions(connection, cleared)
        now_s = self._clock()
        rows.put_decisions(
            connection,
            [
                UnitDecision(
                    test_id=test_id,
                    unit=unit,
                    excluded=True,
                    who=None,
                    why="; ".join(sign.text for sign in found[test_id, unit, day].signs),
                    at_s=now_s,
                )
                for test_id, unit in sorted(new)
            ],
        )
        for test_id, units in _by_test(new).items():
            told = {"test": test_id, "units": len(units), "day": day}
            _LOG.info("units_left_out", extra=told)
        return len(new) + len(cleared)

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
                _move(connection, test_id, {unit}, excluded=excluded)
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


def _by_test(keys: Iterable[UnitKey]) -> dict[str, set[str]]:
    grouped: defaultdict[str, set[str]] = defaultdict(set)
    for test_id, unit in keys:
        grouped[test_id].add(unit)
    return grouped


def _move(connection: Connection, test_id: str, units: Iterable[str], *, excluded: bool) -> None:
    """Take what units did out of the counts, or put it back; nobody else counts meanwhile."""
    test = test_rows.lock_test(connection, test_id)
    if test is None:
        return
    rule = rule_of(test, TestOptions.from_dict(test.options))
    moved = unit_changes(connection, test_id, units, rule)
    (-moved if excluded else moved).put(connection, test_id)


def _record(key: UnitDayKey, found: UnitDayFound) -> UnitDayRecord:
    test_id, unit, day = key
    return UnitDayRecord(
        test_id=test_id,
        unit=unit,
        day=day,
        impressions=found.impressions,
        clicks=found.clicks,
        signs=tuple(asdict(sign) for sign in found.signs),
    )


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
