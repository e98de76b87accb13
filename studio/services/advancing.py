"""Finds the periods that are over, and closes each in a transaction of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from abtest import Action
from studio.db import changes
from studio.db import periods as rows
from studio.db.engine import Connection, DatabaseFault, DatabaseGone, Engine, reading, writing
from studio.db.periods import OpenPeriod
from studio.db.records import TestRecord
from studio.services import acting
from studio.services.counting import Counter
from studio.services.errors import ActionRefused, TestNotFound
from studio.services.experiment_analysis import DAY_S
from studio.services.experiment_options import TestOptions
from studio.services.period_ages import PeriodAges
from studio.services.test_change import Change
from studio.services.watching import WATCH_DAYS

_LOG = logging.getLogger(__name__)

MISDATED_S = 300.0
"""A period that begins later than this from now was opened while the clock was wrong."""
FIRST_PAUSE_S = 60.0
LONGEST_PAUSE_S = 3600.0
"""How long a test is left alone after it could not be advanced: doubled each time."""
MOST_GONE = 3
"""So many tests in a row that the database fails at, and it is not one of them that ails: each may
wait for half a minute."""


class Advancing:
    """Closes periods that have lasted their time; every process may, and each is closed once.

    Parameters
    ----------
        clock     : seconds since the epoch; it may be set back and forward
        monotonic : seconds that nobody can set
    """

    def __init__(
        self, engine: Engine, *, clock: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._monotonic = monotonic
        self._ages = PeriodAges(monotonic)
        self._counter = Counter(engine)
        self._failures: dict[str, int] = {}
        self._not_before_s: dict[str, float] = {}
        self._gone = 0

    def advance_due(self, *, who: str) -> tuple[TestRecord, ...]:
        """Close all periods that are over.

        Raises
        ------
            DatabaseGone
        """
        self._gone = 0
        with reading(self._engine) as connection:
            periods = self._open(connection)
        self._ages.look_at(periods)
        advanced = [self._advance(period, who=who) for period in periods if self._calls(period)]
        return tuple(test for test in advanced if test is not None)

    def _open(self, connection: Connection, test_id: str | None = None) -> list[OpenPeriod]:
        since_s = self._clock() - WATCH_DAYS * DAY_S
        return rows.open_periods(connection, watched_since_s=since_s, test_id=test_id)

    def _calls(self, period: OpenPeriod) -> bool:
        """Whether something is to be done about a period, and not only a moment ago in vain."""
        if self._not_before_s.get(period.test_id, 0.0) > self._monotonic():
            return False
        return self._is_misdated(period) or self._is_over(period)

    def _is_misdated(self, period: OpenPeriod) -> bool:
        return period.started_s > self._clock() + MISDATED_S

    def _is_over(self, period: OpenPeriod) -> bool:
        age_s = self._ages.age_s(
            period.test_id, period.number, started_s=period.started_s, now_s=self._clock()
        )
        return age_s >= _lasts_s(period)

    def _advance(self, period: OpenPeriod, *, who: str) -> TestRecord | None:
        """One test; what ails it must not keep the others waiting."""
        try:
            advanced = self._close(period, who=who)
        except (ActionRefused, TestNotFound):
            return None  # a person came first
        except DatabaseGone as fault:
            # Two that waited for each other, a lock that was not got in time: others may go on.
            self._gone += 1
            if self._gone >= MOST_GONE or not self._answers():
                raise
            self._leave_alone(period.test_id, fault)
            return None
        except Exception as fault:  # noqa: BLE001 - the outermost loop of work on many tests
            self._leave_alone(period.test_id, fault)
            return None
        self._gone = 0
        self._failures.pop(period.test_id, None)
        self._not_before_s.pop(period.test_id, None)
        if advanced is not None:
            _LOG.info("test_advanced", extra={"test": advanced.id, "state": str(advanced.state)})
        return advanced

    def _answers(self) -> bool:
        """Whether the database can be asked at all."""
        try:
            with reading(self._engine) as connection:
                changes.version(connection)
        except DatabaseFault:
            return False
        return True

    def _close(self, seen: OpenPeriod, *, who: str) -> TestRecord | None:
        # Decisions rest on all that was sent before them.
        self._counter.settle()
        with writing(self._engine) as connection:
            change = Change(connection, seen.test_id, Action.ADVANCE, who=who, now_s=self._clock())
            # Another scheduler, or a person, may have come first.
            now = [one for one in self._open(connection, seen.test_id) if one.number == seen.number]
            if not now:
                return None
            if self._is_misdated(now[0]):
                _move_back(change, now_s=self._clock())
                return None
            if not self._is_over(now[0]):
                return None
            acting.close_period(change)
            return change.current()

    def _leave_alone(self, test_id: str, fault: Exception) -> None:
        failures = self._failures.get(test_id, 0) + 1
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_S)
        self._failures[test_id] = failures
        self._not_before_s[test_id] = self._monotonic() + pause_s
        _LOG.error(
            "test_not_advanced",
            extra={"test": test_id, "why": str(fault), "again_in_s": pause_s},
            exc_info=fault,
        )


def _lasts_s(period: OpenPeriod) -> float:
    """How long a period lasts; one whose options cannot be read is due, and tells so then."""
    lasts_s = period.options.get("period_s", TestOptions().period_s)
    lasts_s = float(lasts_s) if isinstance(lasts_s, int | float) else 0.0
    return max(lasts_s, DAY_S) if period.promoted else lasts_s


def _move_back(change: Change, *, now_s: float) -> None:
    """Let the periods that were opened under a clock that was ahead begin now."""
    started_s = [period.started_s for period in change.test.periods]
    numbers: Sequence[int] = [period.number for period in change.test.periods]
    rows.move_back(change.connection, change.test.id, numbers, latest_s=now_s)
    change.now_s = now_s
    change.audit("clock_corrected", was_s=started_s[-1], is_s=now_s)
