"""From a test's rows to the engine's counts, and from its analysis to the next period."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from abtest import (
    EVERYONE,
    AbtestError,
    Analysis,
    Cell,
    Counts,
    Metric,
    Observed,
    Period,
    TestState,
    analyse,
    effective_arms,
    even_weights,
)
from studio.db import tests as rows
from studio.db.counts import counts_of
from studio.db.engine import Connection
from studio.db.records import CountRecord, PeriodRecord, TestRecord
from studio.services.experiment_options import TestOptions

_LOG = logging.getLogger(__name__)

MICRO = 1e-6
DAY_S = 86_400.0
CellOf = tuple[str, str, int]
"""(segment, variant, period)."""

_ROUNDED = 1e-3
"""Share of the squares of orders that sums of floats may lose."""


def analysis_of(
    test: TestRecord, counts: Counts, options: TestOptions, *, observed: Observed
) -> Analysis | None:
    """What the counts of `counts_table` say; None before the start."""
    if not counts.periods:
        return None
    dropped = frozenset(v.name for v in test.variants if v.dropped_s is not None)
    return analyse(
        counts,
        options=options.analysis(control=test.control, dropped=dropped),
        observed=observed,
    )


def counts_table(test: TestRecord, cells: Mapping[CellOf, Cell], *, now_s: float) -> Counts:
    """The engine's counts of a test's own periods, the open one up to `now_s`.

    What was counted after a promotion is left out: it belongs to the holdout.

    Parameters
    ----------
        cells : such as `cells_of`
    """
    periods = tuple(period for period in test.periods if not period.after_promotion)
    numbers = {period.number for period in periods}
    return Counts(
        variants=tuple(variant.name for variant in test.variants),
        periods=tuple(
            Period(
                id=str(period.number),
                weights=period.weights,
                segment_weights=period.segment_weights,
                days=max((period.ended_s or now_s) - period.started_s, 0.0) / DAY_S,
            )
            for period in periods
        ),
        cells={
            (segment, variant, str(period)): cell
            for (segment, variant, period), cell in cells.items()
            if period in numbers
        },
        segments=segment_names(test),
    )


def cells_of(counts: Iterable[CountRecord]) -> dict[CellOf, Cell]:
    """Counts by (segment, variant, period), those of several days together."""
    cells: dict[CellOf, Cell] = {}
    for count in counts:
        key = (count.segment, count.variant, count.period)
        cell = cell_of(count)
        cells[key] = cells[key] + cell if key in cells else cell
    return cells


def cell_of(count: CountRecord) -> Cell:
    """One row of counts as the engine takes it."""
    return Cell(
        impressions=count.impressions,
        clicks=count.clicks,
        conversions=count.conversions,
        value=count.value_micros * MICRO,
        value_squares=_squares(count),
    )


def _squares(count: CountRecord) -> float | None:
    """The squares of orders; None too where rounding left less than the orders themselves give."""
    if count.value_squares is None or not count.conversions:
        return count.value_squares and 0.0
    least = (count.value_micros * MICRO) ** 2 / max(count.conversions, 1)
    lost = count.value_squares < least * (1.0 - _ROUNDED)
    return None if lost else max(count.value_squares, least)


def past_tests(
    connection: Connection, metric: Metric, *, most: int, now_s: float
) -> list[list[tuple[float, float]]]:
    """Effective successes and trials of the images of the newest tests that ended.

    A test that this version cannot read, such as one of a newer version, teaches nothing and keeps
    no new one from being created.
    """
    ended = [state for state in TestState if state not in (TestState.DRAFT, TestState.RUNNING)]
    ids = rows.list_ids(connection, states=ended)[:most]
    found = []
    for test_id, test in rows.load_tests(connection, ids).items():
        try:
            cells = cells_of(counts_of(connection, test_id))
            table = counts_table(test, cells, now_s=now_s)
            arms = effective_arms(table, table.variants, segments=table.segments, metric=metric)
        except AbtestError as fault:
            _LOG.warning("past_test_unreadable", extra={"test": test_id, "why": str(fault)})
            continue
        found.append([(arm.successes_effective, arm.trials_effective) for arm in arms])
    return found


def segment_names(test: TestRecord) -> tuple[str, ...]:
    """The test's segments in order of priority, and "everyone" for units of none."""
    return (*(segment.name for segment in test.segments), EVERYONE)


def even_split(test: TestRecord, *, at_s: float) -> PeriodRecord:
    """The first period: the same share for each variant."""
    return PeriodRecord(
        number=1,
        started_s=at_s,
        ended_s=None,
        weights=even_weights(test.live_variants),
        segment_weights={},
    )


def next_split(
    test: TestRecord, analysis: Analysis | None, options: TestOptions, *, at_s: float
) -> PeriodRecord:
    """The next period, its traffic split as the allocation rule wants it."""
    first = even_split(test, at_s=at_s)
    if analysis is None:
        return first
    segment_weights: dict[str, dict[str, float]] = {}
    if options.scope == "segment":
        segment_weights = {
            name: group.next_weights(options.allocation)
            for name, group in analysis.segments.items()
        }
    # A segment that has its winner already is served that, and what is counted must say so.
    for promotion in test.standing:
        if promotion.segment is not None:
            segment_weights[promotion.segment] = served_split(
                promotion.variant, test.control, options.holdout
            )
    return PeriodRecord(
        number=test.periods[-1].number + 1 if test.periods else 1,
        started_s=at_s,
        ended_s=None,
        weights=analysis.overall.next_weights(options.allocation),
        segment_weights=segment_weights,
    )


def served_split(winner: str, control: str, holdout: float) -> dict[str, float]:
    """What is served after a promotion: the winner, and the control to the holdout."""
    if winner == control or holdout <= 0:
        return {winner: 1.0}
    return {winner: 1.0 - holdout, control: holdout}
