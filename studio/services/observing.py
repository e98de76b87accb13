"""What the database knows of a test beyond its counts, for the engine's checks of health."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

from abtest import AgeCell, Cell, Counts, Day, Metric, Observed, UnitDay, unit_traffic
from studio.db.engine import Connection
from studio.db.excluded import excluded_units
from studio.db.records import PeriodRecord, TestRecord
from studio.db.traffic import ExposureRecord, exposures_by_unit
from studio.services.experiment_analysis import DAY_S

MOST_EXPOSURES = 10_000
"""Of a test: an analysis must not take longer the longer a test runs. A share of 1% of the units
is then known to within a tenth of itself. Ids of units are taken to be random."""
_DAY_LENGTHS_S = (0.75 * DAY_S, 1.25 * DAY_S)


def observed_of(
    connection: Connection, test: TestRecord, counts: Counts, *, metric: Metric
) -> Observed:
    """Days, units and returning units of a test's own periods."""
    periods = {period.number: period for period in test.periods if not period.after_promotion}
    left_out = excluded_units(connection, [test.id])
    exposures = [
        exposure
        for exposure in exposures_by_unit(connection, test.id, most=MOST_EXPOSURES)
        if exposure.period in periods and (test.id, exposure.unit) not in left_out
    ]
    return Observed(
        days=_days(test, tuple(periods.values()), counts),
        units=unit_traffic(_unit_days(exposures)) if exposures else None,
        ages=tuple(_ages(exposures, periods, metric=metric)),
    )


def _days(test: TestRecord, periods: Sequence[PeriodRecord], counts: Counts) -> tuple[Day, ...]:
    """The closed periods that are about a day long; none where most are not."""
    low, high = _DAY_LENGTHS_S
    daily = [
        period
        for period in periods
        if period.ended_s is not None and low <= period.ended_s - period.started_s <= high
    ]
    closed = [period for period in periods if period.ended_s is not None]
    if test.started_s is None or len(daily) < 2 or 2 * len(daily) < len(closed):
        return ()
    cells: dict[str, dict[tuple[str, str], Cell]] = {str(period.number): {} for period in daily}
    for (segment, variant, period_id), cell in counts.cells.items():
        if period_id in cells:
            cells[period_id][segment, variant] = cell
    return tuple(
        Day(
            number=round((period.started_s - test.started_s) / DAY_S),
            weekday=datetime.fromtimestamp(period.started_s + DAY_S / 2, UTC).weekday(),
            cells=cells[str(period.number)],
        )
        for period in daily
    )


def _unit_days(exposures: Iterable[ExposureRecord]) -> Iterator[UnitDay]:
    """Of each unit, segment and period; only whether it saw and clicked is known, not how often."""
    for _, rows in groupby(exposures, key=lambda exposure: exposure.unit):
        seen: dict[tuple[str, int], dict[str, tuple[int, int]]] = {}
        for row in rows:
            seen.setdefault((row.segment, row.period), {})[row.variant] = (1, int(row.clicked))
        for (segment, period), variants in seen.items():
            yield UnitDay(segment=segment, period=str(period), variants=variants)


def _ages(
    exposures: Iterable[ExposureRecord], periods: Mapping[int, PeriodRecord], *, metric: Metric
) -> Iterator[AgeCell]:
    """Trials by whole days since the unit first saw any of the test's images."""
    shown: Counter[tuple[str, int]] = Counter()
    clicked: Counter[tuple[str, int]] = Counter()
    for _, rows in groupby(exposures, key=lambda exposure: exposure.unit):
        of_unit = list(rows)
        first_s = min(periods[row.period].started_s for row in of_unit)
        for row in of_unit:
            age = int((periods[row.period].started_s - first_s) / DAY_S + 0.5)
            shown[row.variant, age] += 1
            clicked[row.variant, age] += row.clicked if metric == "click_rate" else row.converted
    for (variant, age), impressions in sorted(shown.items()):
        yield AgeCell(
            variant=variant,
            age_days=age,
            impressions=impressions,
            clicks=clicked[variant, age],
        )
