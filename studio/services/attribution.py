"""Young trials of a running test: how many of their conversions have come, and what they are worth.

Safe, and usual, is to leave them out until their attribution window has closed. A test may correct
for what is still to come instead: each trial counts for the share of conversions that has come at
its age, with the delays fitted to those of the test itself. Days and periods tell the ages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from abtest import (
    AgedCell,
    AgedDelays,
    Cell,
    DelayCurve,
    DelayUnknown,
    delays_alike,
    fit_delay,
    matured_cells,
)
from abtest.told_numbers import chance_words
from studio.db.delays import DelayKey, bin_delay_s, delays_of
from studio.db.engine import Connection
from studio.db.exposures import DAY_S
from studio.db.records import TestRecord
from studio.services.counted_days import CountedDay
from studio.services.experiment_analysis import CellOf, cell_of
from studio.services.experiment_options import TestOptions

ALIKE: Final = 1e-4
"""Delays that are less probable than this, were they the same after all images, are not corrected
for: an image after which shoppers take longer would look worse than it is."""
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What became of the wish to count young trials.

    Parameters
    ----------
        curve : of the delays; None where they are not known, and windows must close
        why   : they are not known
        cells : by (segment, variant, period), all trials for what they are worth
        young : trials whose window is open
        worth : as many whose window is closed
    """

    curve: DelayCurve | None
    why: str = ""
    cells: Mapping[CellOf, Cell] = field(default_factory=dict)
    young: int = 0
    worth: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """How old trials are that began on a day of a time zone, between two moments."""

    zone: ZoneInfo
    now_s: float

    def ages(self, day: int, from_s: float, until_s: float | None) -> tuple[float, float]:
        """Age of the youngest and by how much the oldest may be older, in days."""
        begin_s = max(from_s, _midnight_s(day, self.zone))
        end_s = min(_midnight_s(day + 1, self.zone), self.now_s)
        end_s = max(end_s if until_s is None else min(end_s, until_s), begin_s)
        return max(self.now_s - end_s, 0.0) / DAY_S, (end_s - begin_s) / DAY_S


def correction_of(
    connection: Connection,
    test: TestRecord,
    options: TestOptions,
    days: Sequence[CountedDay],
    *,
    now_s: float,
) -> Correction | None:
    """How a test's young trials count at `now_s`; None where they wait for their window."""
    if options.attribution != "corrected" or not test.periods:
        return None
    clock = _Clock(zone=ZoneInfo(options.timezone), now_s=now_s)
    late = list(_late(test, days, delays_of(connection, test.id), clock))
    odds = delays_alike(late)
    if odds < ALIKE:
        why = f"conversions do not come equally late after each image (p {chance_words(odds)})"
        return Correction(curve=None, why=why)
    try:
        curve = fit_delay([_pooled(one) for one in late], window_days=options.attribution_days)
    except DelayUnknown as unknown:
        return Correction(curve=None, why=unknown.why)
    return _corrected(test, days, curve, clock)


def _corrected(
    test: TestRecord, days: Sequence[CountedDay], curve: DelayCurve, clock: _Clock
) -> Correction:
    young = [cell for day in days if not day.closed for cell in _aged(test, day, clock)]
    closed = [cell for day in days if day.closed for cell in _aged(test, day, clock)]
    worth = sum(cell.trials for cell in matured_cells(young, curve).values())
    return Correction(
        curve=curve,
        cells={
            (segment, variant, int(period)): cell
            for (segment, variant, period), cell in matured_cells([*closed, *young], curve).items()
        },
        young=sum(one.cell.impressions for one in young),
        worth=worth,
    )


def _aged(test: TestRecord, day: CountedDay, clock: _Clock) -> Iterator[AgedCell]:
    """What was counted of a day, with its age: that part of a period which lies in the day."""
    spans = {period.number: (period.started_s, period.ended_s) for period in test.periods}
    for count in day.counts:
        age_days, span_days = clock.ages(day.number, *spans[count.period])
        yield AgedCell(
            key=(count.segment, count.variant, str(count.period)),
            cell=cell_of(count),
            age_days=age_days,
            span_days=span_days,
        )


def _late(
    test: TestRecord,
    days: Sequence[CountedDay],
    found: Mapping[DelayKey, int],
    clock: _Clock,
) -> Iterator[dict[str, AgedDelays]]:
    """How late the conversions of each day's trials came, by variant."""
    bins: defaultdict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    for (variant, began, number), often in found.items():
        bins[variant, began][number] = often
    for day in days:
        age_days, span_days = clock.ages(
            day.number, test.periods[0].started_s, test.periods[-1].ended_s
        )
        shown: defaultdict[str, int] = defaultdict(int)
        for count in day.counts:
            shown[count.variant] += count.impressions
        yield {
            variant: AgedDelays(
                age_days=age_days,
                span_days=span_days,
                impressions=impressions,
                # The middle of a bin may be later than now; what is in it is not.
                delays_days=tuple(
                    min(bin_delay_s(number) / DAY_S, age_days + span_days)
                    for number in bins[variant, day.number]
                ),
                delay_counts=tuple(bins[variant, day.number].values()),
            )
            for variant, impressions in shown.items()
        }


def _pooled(of_variants: Mapping[str, AgedDelays]) -> AgedDelays:
    """All variants of a day together."""
    every = list(of_variants.values())
    often: defaultdict[float, int] = defaultdict(int)
    for one in every:
        for delay, count in zip(one.delays_days, one.delay_counts, strict=True):
            often[delay] += count
    return AgedDelays(
        age_days=every[0].age_days,
        span_days=every[0].span_days,
        impressions=sum(one.impressions for one in every),
        delays_days=tuple(often),
        delay_counts=tuple(often.values()),
    )


def _midnight_s(day: int, zone: ZoneInfo) -> float:
    """When a local day begins, seconds since 1970."""
    local = datetime.combine(_EPOCH + timedelta(days=day), time.min, tzinfo=zone)
    return local.astimezone(UTC).timestamp()
