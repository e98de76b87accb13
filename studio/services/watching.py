"""Promotions in force, watched: the winner against the holdout since it was promoted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from abtest import Aftermath, Cell, Direction, Metric, WatchedDay, WatchOptions, aftermath
from studio.db.records import CountRecord, PeriodRecord, PromotionRecord, TestRecord
from studio.services.experiment_analysis import cells_of, segment_names

WATCH_DAYS = 60
"""A promotion is watched day by day for so long; afterwards its last period stays open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What became of one promotion; `segment` is None for all segments."""

    segment: str | None
    found: Aftermath


def watches_of(
    test: TestRecord, counts: Iterable[CountRecord], *, metric: Metric, direction: Direction
) -> tuple[Watch, ...]:
    """Each promotion in force whose winner is not the control itself.

    Parameters
    ----------
        counts : of days whose attribution window is closed; of all days where orders are known to
                 come equally late after all images
    """
    cells = cells_of(counts)
    return tuple(
        Watch(
            segment=promotion.segment,
            found=_watched(test, promotion, cells, metric=metric, direction=direction),
        )
        for promotion in test.standing
        if promotion.variant != test.control
    )


def _watched(
    test: TestRecord,
    promotion: PromotionRecord,
    cells: dict[tuple[str, str, int], Cell],
    *,
    metric: Metric,
    direction: Direction,
) -> Aftermath:
    segments = segment_names(test) if promotion.segment is None else (promotion.segment,)
    nothing = Cell(impressions=0)
    days = [
        WatchedDay(
            label=_label(period),
            arms={
                segment: (
                    cells.get((segment, promotion.variant, period.number), nothing),
                    cells.get((segment, test.control, period.number), nothing),
                )
                for segment in segments
            },
        )
        for period in _since(test.periods, promotion)
    ]
    return aftermath(
        [day for day in days if _was_seen(day)],
        winner=promotion.variant,
        control=test.control,
        metric=metric,
        options=WatchOptions(direction=direction),
    )


def _was_seen(day: WatchedDay) -> bool:
    """Whether it had any shopper: one that has only just begun is not watched yet."""
    return any(cell.impressions for pair in day.arms.values() for cell in pair)


def _since(periods: Sequence[PeriodRecord], promotion: PromotionRecord) -> list[PeriodRecord]:
    """The periods that a promotion was in force in: it opens one of its own."""
    return [period for period in periods if period.started_s >= promotion.at_s]


def _label(period: PeriodRecord) -> str:
    return f"{datetime.fromtimestamp(period.started_s, UTC):%Y-%m-%d}"
