"""What is known of a test's traffic beyond its counts, as values that any source can fill in."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from abtest.cells import Cell
from abtest.counts import Counts
from abtest.errors import InvalidCounts
from abtest.health.bots import HEAVY_CLICKS, HEAVY_IMPRESSIONS

_DAY_LENGTHS = (0.75, 1.25)
"""In days: a period of such a length stands for one day; shorter ones are cut off or still open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What was counted on one day.

    Parameters
    ----------
        number  : days since the test's first; a number that is missing is a day without a line
        weekday : 0 for Monday to 6 for Sunday, None where it is not known
        cells   : by (segment, variant)
    Raises        InvalidCounts
    """

    number: int
    weekday: int | None
    cells: Mapping[tuple[str, str], Cell]

    def __post_init__(self) -> None:
        if self.number < 0:
            raise InvalidCounts("day", f"number {self.number} is negative")
        if self.weekday is not None and not 0 <= self.weekday <= 6:
            raise InvalidCounts(f"day {self.number}", f"weekday {self.weekday} is not 0 to 6")

    @property
    def impressions(self) -> int:
        """Of all segments and variants."""
        return sum(cell.impressions for cell in self.cells.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDay:
    """What one unit did in one segment and period: raw events, each id once.

    Parameters
    ----------
        variants : variant to (impressions, clicks)
    """

    segment: str
    period: str
    variants: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTraffic:
    """What the units of a test did, added up over unit-days.

    Parameters
    ----------
        unit_days     : units that saw an image, each day anew
        in_several    : of these, units that saw two or more variants in one segment and period
        heavy         : of these, units with more than `HEAVY_IMPRESSIONS` or `HEAVY_CLICKS`
        clicked       : clicks that count, one of a unit, variant and day
        heavy_clicked : of these, clicks of heavy units
        impressions   : raw
    Raises              InvalidCounts
    """

    unit_days: int
    in_several: int
    heavy: int = 0
    clicked: int = 0
    heavy_clicked: int = 0
    impressions: int = 0

    def __post_init__(self) -> None:
        for part, whole in (
            ("in_several", "unit_days"), ("heavy", "unit_days"), ("heavy_clicked", "clicked")
        ):  # fmt: skip
            if not 0 <= getattr(self, part) <= getattr(self, whole):
                why = f"{getattr(self, part)} of {getattr(self, whole)} ({whole})"
                raise InvalidCounts(part, why)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTraffic:
    """What became of the events that were sent.

    Parameters
    ----------
        received : events read
        repeated : of these, such whose id had been read before; they are counted once
        orphans  : of these, clicks and conversions of units that no impression is known of
    Raises         InvalidCounts
    """

    received: int
    repeated: int = 0
    orphans: int = 0

    def __post_init__(self) -> None:
        for name in ("repeated", "orphans"):
            if not 0 <= getattr(self, name) <= self.received:
                raise InvalidCounts(name, f"{getattr(self, name)} of {self.received} events")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeCell:
    """Trials of a variant by whole days since the unit's first exposure to the test.

    Parameters
    ----------
        clicks : successes of the metric analysed
    Raises       InvalidCounts
    """

    variant: str
    age_days: int
    impressions: int
    clicks: int

    def __post_init__(self) -> None:
        if self.age_days < 0 or not 0 <= self.clicks <= self.impressions:
            where = f"{self.variant}, age {self.age_days}"
            raise InvalidCounts(where, f"{self.clicks} clicks of {self.impressions} impressions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """All that is known beyond the counts; what is left out is not checked.

    Parameters
    ----------
        days : complete days in order; empty takes the periods that are about a day long
    """

    days: tuple[Day, ...] = ()
    units: UnitTraffic | None = None
    events: EventTraffic | None = None
    ages: tuple[AgeCell, ...] = ()


def unit_traffic(unit_days: Iterable[UnitDay]) -> UnitTraffic:
    """Add up what units did; the units stream through, only sums are held.

    Examples
    --------
    >>> human = UnitDay(segment="all", period="1", variants={"white": (2, 1)})
    >>> crawler = UnitDay(segment="all", period="1", variants={"white": (900, 0), "oak": (900, 0)})
    >>> found = unit_traffic([human, crawler])
    >>> found.unit_days, found.in_several, found.heavy
    (2, 1, 1)
    """
    several = heavy = clicked = heavy_clicked = impressions = number = 0
    for one in unit_days:
        number += 1
        shown = sum(seen for seen, _ in one.variants.values())
        clicks = sum(clicks for _, clicks in one.variants.values())
        counting = sum(seen > 0 and clicks > 0 for seen, clicks in one.variants.values())
        is_heavy = shown > HEAVY_IMPRESSIONS or clicks > HEAVY_CLICKS
        several += sum(seen > 0 for seen, _ in one.variants.values()) > 1
        heavy += is_heavy
        clicked += counting
        heavy_clicked += counting if is_heavy else 0
        impressions += shown
    return UnitTraffic(
        unit_days=number,
        in_several=several,
        heavy=heavy,
        clicked=clicked,
        heavy_clicked=heavy_clicked,
        impressions=impressions,
    )


def days_of(counts: Counts) -> tuple[Day, ...]:
    """The periods that stand for days; none where most periods are longer or shorter than a day.

    A date as a period's id, such as 2026-03-01, gives its weekday and its distance from the first;
    other periods follow each other.
    """
    low, high = _DAY_LENGTHS
    daily = [period for period in counts.periods if low <= period.days <= high]
    if len(daily) < 2 or len(daily) < 0.5 * len(counts.periods):
        return ()
    cells: dict[str, dict[tuple[str, str], Cell]] = {period.id: {} for period in daily}
    for key, cell in counts.cells.items():
        of_period = cells.get(key[2])
        if of_period is not None:
            of_period[key[:2]] = cell
    dates = [_ordinal(period.id) for period in daily]
    dated = [date for date in dates if date is not None]
    if len(dated) < len(daily):
        return tuple(
            Day(number=number, weekday=None, cells=cells[period.id])
            for number, period in enumerate(daily)
        )
    first = min(dated)
    days = (
        Day(number=date - first, weekday=(date - 1) % 7, cells=cells[period.id])
        for date, period in zip(dated, daily, strict=True)
    )
    return tuple(sorted(days, key=lambda day: day.number))


def _ordinal(name: str) -> int | None:
    try:
        return datetime.date.fromisoformat(name).toordinal()
    except ValueError:
        return None
