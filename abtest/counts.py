"""Sufficient statistics of a test: what is left of its events.

A `Cell` holds the counts of one (segment, variant, period). A `Period` is a span of constant
allocation, a day in practice, and carries the weights that were in force. `Counts` refuses
numbers that no test can have produced, and adds up in any order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from abtest.cells import EMPTY, Cell, CellKey
from abtest.errors import InvalidCounts

EVERYONE = "everyone"
"""The segment of a unit that no rule matched."""

OVERALL = "overall"
"""All segments together; no segment may bear this name."""

WEIGHT_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A span of constant allocation.

    Parameters
    ----------
        id              : name, unique in the test
        weights         : variant to share of traffic, sums to 1
        segment_weights : weights of segments that had an allocation of their own
        days            : length in days, 0 or more
    Raises                InvalidCounts
    """

    id: str
    weights: Mapping[str, float]
    segment_weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    days: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.days) and self.days >= 0):
            raise InvalidCounts(f"period {self.id!r}", f"{self.days} days is not a length")
        for name, weights in (("weights", self.weights), *self.segment_weights.items()):
            _check_weights(f"period {self.id!r}, {name}", weights)

    def weights_for(self, segment: str) -> Mapping[str, float]:
        """The allocation that was in force for a segment."""
        return self.segment_weights.get(segment, self.weights)


def _check_weights(where: str, weights: Mapping[str, float]) -> None:
    for variant, weight in weights.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise InvalidCounts(where, f"weight {weight} of {variant!r} is not a share")
    if abs(sum(weights.values()) - 1.0) > WEIGHT_TOLERANCE:
        raise InvalidCounts(where, f"weights sum to {sum(weights.values())}, not to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of counts as a file or table gives it."""

    segment: str
    variant: str
    period: str
    impressions: int
    clicks: int
    conversions: int = 0
    value: float = 0.0
    value_squares: float | None = None

    @property
    def cell(self) -> Cell:
        """The numbers of the line.

        Raises
        ------
            InvalidCounts: no test can have produced them
        """
        return Cell(
            impressions=self.impressions,
            clicks=self.clicks,
            conversions=self.conversions,
            value=self.value,
            value_squares=self.value_squares,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """All counts of one test.

    Parameters
    ----------
        variants : two or more names, in the merchant's order
        periods  : in order of time
        cells    : by (segment, variant, period); a missing cell is an empty one
        segments : names in order of priority; segments met in `cells` alone follow
    Raises         InvalidCounts

    Examples
    --------
    >>> day = Period(id="1", weights={"a": 0.5, "b": 0.5})
    >>> cells = {("everyone", "a", "1"): Cell(impressions=10, clicks=2)}
    >>> counts = Counts(variants=("a", "b"), periods=(day,), cells=cells)
    >>> (counts + counts).total("a").clicks
    4
    """

    variants: tuple[str, ...]
    periods: tuple[Period, ...]
    cells: Mapping[CellKey, Cell]
    segments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._check_names()
        variants, periods = set(self.variants), {period.id for period in self.periods}
        for segment, variant, period in self.cells:
            where = f"cell ({segment}, {variant}, {period})"
            if variant not in variants:
                raise InvalidCounts(where, f"unknown variant; the test has {sorted(variants)}")
            if period not in periods:
                raise InvalidCounts(where, f"unknown period; the test has {sorted(periods)}")
        if any(segment == OVERALL for segment, _, _ in self.cells):
            raise InvalidCounts("segments", f"{OVERALL!r} is the name of all segments together")
        met = sorted({segment for segment, _, _ in self.cells} - set(self.segments))
        object.__setattr__(self, "segments", (*self.segments, *met))

    def _check_names(self) -> None:
        if len(self.variants) < 2:
            raise InvalidCounts(
                "variants", f"{len(self.variants)} given; a test compares 2 or more"
            )
        if len(set(self.variants)) < len(self.variants):
            raise InvalidCounts("variants", "a name occurs twice")
        if len({period.id for period in self.periods}) < len(self.periods):
            raise InvalidCounts("periods", "an id occurs twice")
        for period in self.periods:
            for weights in (period.weights, *period.segment_weights.values()):
                unknown = set(weights) - set(self.variants)
                if unknown:
                    raise InvalidCounts(f"period {period.id!r}", f"weights of unknown {unknown}")

    def __add__(self, other: Counts) -> Counts:
        if self.variants != other.variants:
            raise InvalidCounts("variants", f"{self.variants} cannot be added to {other.variants}")
        ours = {period.id: period for period in self.periods}
        for period in other.periods:
            if ours.setdefault(period.id, period).weights != period.weights:
                raise InvalidCounts(f"period {period.id!r}", "has different weights in the two")
        cells = dict(self.cells)
        for key, cell in other.cells.items():
            cells[key] = cells.get(key, EMPTY) + cell
        segments = tuple(dict.fromkeys((*self.segments, *other.segments)))
        return Counts(
            variants=self.variants, periods=tuple(ours.values()), cells=cells, segments=segments
        )

    def cell(self, segment: str, variant: str, period: str) -> Cell:
        """The counts of one cell, empty where nothing was counted."""
        return self.cells.get((segment, variant, period), EMPTY)

    def total(self, variant: str, *, segment: str | None = None) -> Cell:
        """The counts of a variant over all periods, in one segment or in all."""
        cells = (
            cell
            for (cell_segment, cell_variant, _), cell in self.cells.items()
            if cell_variant == variant and segment in (None, cell_segment)
        )
        return sum(cells, EMPTY)

    @property
    def days(self) -> float:
        """Length of all periods together, in days."""
        return math.fsum(period.days for period in self.periods)


def counts_from_rows(
    rows: Iterable[Row], *, weights: Mapping[str, Mapping[str, float]] | None = None
) -> Counts:
    """Counts from lines in any order; lines of the same cell add up.

    Parameters
    ----------
        rows    : at least two variants among them
        weights : period to the weights in force; a period without is taken as evenly split
    Raises        InvalidCounts
    """
    lines = list(rows)
    variants = tuple(dict.fromkeys(row.variant for row in lines))
    even = {variant: 1 / len(variants) for variant in variants}
    cells: dict[CellKey, Cell] = {}
    for row in lines:
        key = (row.segment, row.variant, row.period)
        cells[key] = cells.get(key, EMPTY) + _cell_of(row)
    known = weights or {}
    periods = tuple(
        Period(id=period, weights=known.get(period, even))
        for period in dict.fromkeys(row.period for row in lines)
    )
    return Counts(variants=variants, periods=periods, cells=cells)


def _cell_of(row: Row) -> Cell:
    try:
        return row.cell
    except InvalidCounts as error:
        where = f"{row.segment}, {row.variant}, {row.period}, {error.where}"
        raise InvalidCounts(where, error.why) from error
