"""Units that are no people: searched day by day, and left out of the tests that they were in.

::

    search = TrafficSearch(engine, clock=time.time)
    search.search_paced()                            # by a scheduler
    search.search()                                  # today and, early, yesterday

A unit is left out of a test when it broke a rule of `abtest.BotRules` on any day, as long as no
person said otherwise (see `studio.services.traffic`). The decision depends on the events and the
rules alone, so that counts which are rebuilt from the archive agree.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

from abtest.health import BotRules
from studio.db import event_log
from studio.db import excluded as rows
from studio.db.engine import Connection, Engine, reading, writing
from studio.db.excluded import UnitDayRecord, UnitDecision, UnitKey
from studio.db.log_reading import events_of_day
from studio.services.bot_search import UnitDayFound, UnitDayKey, search
from studio.services.experiment_analysis import DAY_S
from studio.services.traffic import move_units

_LOG = logging.getLogger(__name__)

SHARE = 0.05
"""Of a processor, that searches take: 2.8 µs an event and search, so that a day of a million
events is searched every minute, and one of a hundred million every hour and a half."""
MAX_REST_S = 3 * 3600.0
_EARLY_S = 6 * 3600.0
"""So long after midnight the day before is searched too: late events of it still come."""


class TrafficSearch:
    """Looks through whole days of the log for who broke a rule."""

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
            move_units(connection, test_id, units, excluded=True)
        for test_id, units in _by_test(cleared).items():
            move_units(connection, test_id, units, excluded=False)
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


def _by_test(keys: Iterable[UnitKey]) -> dict[str, set[str]]:
    grouped: defaultdict[str, set[str]] = defaultdict(set)
    for test_id, unit in keys:
        grouped[test_id].add(unit)
    return grouped


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
