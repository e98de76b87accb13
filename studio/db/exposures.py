"""From what a unit did to what counts: the counting rule, as a pure function.

A **trial** of the statistics is a unit that saw an image in a period: it counts one impression
there, however often it saw it, and at most one click and one conversion. So clicks never exceed
impressions, refreshing a page makes no evidence, and the trials of a period are as independent as
its shoppers. (A shopper who returns on another day is another trial; the few who return often, and
always or never click, make the intervals slightly too narrow.)

A click or conversion is credited to the latest period, up to its own, in which the unit had seen
that variant: a click just after midnight belongs to the evening's impression. It counts if it came
within the attribution window, which begins with the trial's first impression. Without any such
impression it waits, and counts as soon as the impression comes. All of this depends on the set of
events alone, never on their order.
"""

from __future__ import annotations

import logging
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from studio.db.events import EventType
from studio.db.records import PeriodRecord

_LOG = logging.getLogger(__name__)

DAY_S: Final = 86_400.0
LATE_S: Final = 86_400.0
"""How long after the end of a test a click or conversion may still follow an impression."""

MOST_MICROS: Final = 10**17
"""Most money of one sale, unit or count: a hundred thousand million in the merchant's unit. What is
beyond is cut off, since a sum that no column holds would halt the counting of everything."""

TrialKey = tuple[int, int]
"""(period, day of the trial's first impression, counted from 1970-01-01)."""


class Thread(msgspec.Struct, array_like=True, gc=False):
    """What one unit did with one variant in one segment, by period.

    Parameters
    ----------
        seen    : when it first saw it
        clicked : when it first clicked
        sold    : what it bought when, in millionths; bargains of the same moment are one
    """

    variant: str
    segment: str
    seen: dict[int, float] = {}
    clicked: dict[int, float] = {}
    sold: dict[int, dict[float, int]] = {}

    def take(self, kind: EventType, *, period: int, at_s: float, value_micros: int = 0) -> None:
        """Add one event."""
        if kind == "conversion":
            sales = self.sold.setdefault(period, {})
            money = sales.get(at_s, 0) + value_micros
            sales[at_s] = bounded(money)
            if sales[at_s] != money:
                told = {"variant": self.variant, "segment": self.segment, "at_s": at_s}
                _LOG.warning("money_cut", extra={**told, "lost_micros": money - sales[at_s]})
            return
        times = self.seen if kind == "impression" else self.clicked
        times[period] = min(times.get(period, math.inf), at_s)


def bounded(micros: int) -> int:
    """Money that can be kept."""
    return max(-MOST_MICROS, min(micros, MOST_MICROS))


class Tally(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A contribution to the counts of a cell, or a change of one.

    `value_squares` sums the square of each unit's money, in millionths squared.
    """

    impressions: int = 0
    clicks: int = 0
    conversions: int = 0
    value_micros: int = 0
    value_squares: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            impressions=self.impressions + other.impressions,
            clicks=self.clicks + other.clicks,
            conversions=self.conversions + other.conversions,
            value_micros=bounded(self.value_micros + other.value_micros),
            value_squares=self.value_squares + other.value_squares,
        )

    def __neg__(self) -> Tally:
        return Tally(
            impressions=-self.impressions,
            clicks=-self.clicks,
            conversions=-self.conversions,
            value_micros=-self.value_micros,
            value_squares=-self.value_squares,
        )


ZERO: Final = Tally()
SHOWN: Final = Tally(impressions=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingRule:
    """How the events of one test are counted.

    Parameters
    ----------
        periods  : in order of time
        window_s : attribution window; infinite for none
        zone     : whose midnight ends a day; None for UTC
        keeps_delays : whether it is kept how late conversions come
    """

    periods: Sequence[PeriodRecord]
    window_s: float = math.inf
    zone: ZoneInfo | None = None
    keeps_delays: bool = False

    def period_at(self, at_s: float, *, exposure: bool) -> int | None:
        """The number of the period that a time falls in; None before the first and too late.

        Clicks and conversions may follow the last period for the window's time, a day at least
        and a day if there is no window.
        """
        place = bisect_right(self.periods, at_s, key=_started_s) - 1
        if place < 0:
            return None
        period = self.periods[place]
        # Between two periods lies nothing, so that what is outside of one is after the last.
        if period.ended_s is None or at_s < period.ended_s:
            return period.number
        return None if exposure or at_s >= period.ended_s + self.late_s else period.number

    @property
    def late_s(self) -> float:
        """How long after the end clicks and conversions are taken."""
        return LATE_S if math.isinf(self.window_s) else max(LATE_S, self.window_s)

    def day_of(self, at_s: float) -> int:
        """The day that a time falls in, counted from 1970-01-01."""
        if self.zone is None:
            return int(at_s // DAY_S)
        offset = datetime.fromtimestamp(at_s, UTC).astimezone(self.zone).utcoffset()
        return int((at_s + (0.0 if offset is None else offset.total_seconds())) // DAY_S)


def _started_s(period: PeriodRecord) -> float:
    return period.started_s


def tallies(thread: Thread, rule: CountingRule) -> dict[TrialKey, Tally]:
    """What one unit contributes with one variant.

    Examples
    --------
    >>> night = Thread("oak", "everyone", seen={1: 86_390.0}, clicked={2: 86_410.0})
    >>> tallies(night, CountingRule(periods=()))[1, 0].clicks
    1
    """
    if not thread.clicked and not thread.sold:
        return {(period, rule.day_of(at_s)): SHOWN for period, at_s in thread.seen.items()}
    return {
        (period, rule.day_of(trial.first_s)): trial.tally()
        for period, trial in _credited(thread, rule).items()
    }


def delays(thread: Thread, rule: CountingRule) -> list[tuple[int, float]]:
    """The day of each trial of one unit and variant that bought, and after how many seconds.

    Examples
    --------
    >>> late = Thread("oak", "everyone", seen={1: 86_390.0}, sold={2: {86_410.0: 990_000}})
    >>> delays(late, CountingRule(periods=()))
    [(0, 20.0)]
    """
    return [
        (rule.day_of(trial.first_s), trial.delay_s)
        for trial in _credited(thread, rule).values()
        if trial.delay_s is not None
    ]


def _credited(thread: Thread, rule: CountingRule) -> dict[int, _Trial]:
    """The trials of a thread by period, each with what came of it."""
    credited: dict[int, _Trial] = {}
    trial: _Trial | None = None
    for period in sorted({*thread.seen, *thread.clicked, *thread.sold}):
        if period in thread.seen:
            trial = credited[period] = _Trial(thread.seen[period], rule.window_s)
        if trial is not None:
            trial.credit(thread.clicked.get(period, math.inf), thread.sold.get(period, {}))
    return credited


class _Trial:
    """One trial while it is credited."""

    __slots__ = ("_clicked", "_converted_s", "_micros", "_until_s", "first_s")

    def __init__(self, first_s: float, window_s: float) -> None:
        self.first_s = first_s
        self._until_s = first_s + window_s
        self._clicked = False
        self._converted_s = math.inf
        self._micros = 0

    def credit(self, clicked_s: float, sales: dict[float, int]) -> None:
        self._clicked |= clicked_s <= self._until_s and math.isfinite(clicked_s)
        for at_s, micros in sales.items():
            if at_s <= self._until_s:
                self._converted_s = min(self._converted_s, at_s)
                self._micros += micros

    @property
    def delay_s(self) -> float | None:
        """From the first sight to the first purchase; 0 where clocks say that it came before."""
        if self._converted_s == math.inf:
            return None
        return max(self._converted_s - self.first_s, 0.0)

    def tally(self) -> Tally:
        micros = bounded(self._micros)
        return Tally(
            impressions=1,
            clicks=int(self._clicked),
            conversions=int(self._converted_s < math.inf),
            value_micros=micros,
            # All that a unit bought is one order: what varies is what a shopper spends.
            value_squares=micros**2,
        )
