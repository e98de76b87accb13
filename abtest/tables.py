"""Counts as arrays: one pass over the cells, then every group of segments by indexing.

A test of 20 images, 50 segments and 60 days has 60,000 cells; looking each up anew for every group
would cost more than all the statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal, assert_never

import numpy as np
from numpy.typing import NDArray

from abtest.cells import Cell
from abtest.counts import Counts
from abtest.quadrature import Floats

Metric = Literal["click_rate", "conversion_rate", "conversion_per_click", "value_per_impression"]
"""What is compared.

click_rate           : clicks per impression
conversion_rate      : conversions per impression
conversion_per_click : conversions per visit to the product: clicks, or conversions where they are
                       more (who bought was there). Whoever clicked was chosen by the image, so that
                       this describes an image and does not prove it better
value_per_impression : money per impression
"""

METRICS: tuple[Metric, ...] = (
    "click_rate", "conversion_rate", "conversion_per_click", "value_per_impression",
)  # fmt: skip

_NOWHERE = -1
_Plan = tuple[list[int], NDArray[np.bool_], NDArray[np.intp], int]


class _Numbers:
    """The numbers of all cells as arrays, each filled in when it is first asked for.

    Clicks need no money, and guardrails look at many pairs of variants of the same cells.
    """

    def __init__(
        self, cells: Sequence[Cell], *, place: NDArray[np.intp], shape: tuple[int, int, int]
    ) -> None:
        self._cells, self._place, self._shape = cells, place, shape
        self._known: dict[str, Floats] = {}

    def of(self, name: str) -> Floats:
        """One number of every cell, (segments, periods, variants); not to be written to."""
        if name not in self._known:
            table = np.zeros(self._shape)
            table.flat[self._place] = [_READ[name](cell) for cell in self._cells]
            table.flags.writeable = False
            self._known[name] = table
        return self._known[name]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountTable:
    """The cells of the compared variants; each of its numbers is (segments, periods, variants).

    Parameters
    ----------
        counts   : that it was made of
        variants : names, in the order of the last axis
        segments : names, in the order of the first axis
        stratum  : (segments, periods), number of the allocation in force among these variants; -1
                   where it served none of them
        numbers  : of all variants that were counted
        columns  : of these variants in `numbers`; None for all
    """

    counts: Counts
    variants: tuple[str, ...]
    segments: Mapping[str, int]
    stratum: NDArray[np.intp]
    numbers: _Numbers
    columns: NDArray[np.intp] | None = None

    @classmethod
    def of(cls, counts: Counts, variants: Sequence[str]) -> CountTable:
        """The table of some variants; cells of others (dropped ones) are left out."""
        segments = {name: place for place, name in enumerate(counts.segments)}
        periods = {period.id: place for place, period in enumerate(counts.periods)}
        columns = {name: place for place, name in enumerate(counts.variants)}
        days, arms = len(periods), len(columns)
        of_segment = {name: place * days * arms for name, place in segments.items()}
        of_period = {name: place * arms for name, place in periods.items()}
        whole = cls(
            counts=counts,
            variants=counts.variants,
            segments=segments,
            stratum=_strata(counts, counts.variants),
            numbers=_Numbers(list(counts.cells.values()), place=np.array([
                of_segment[segment] + of_period[period] + columns[variant]
                for segment, variant, period in counts.cells
            ], dtype=np.intp), shape=(len(segments), days, arms)),
        )  # fmt: skip
        return whole.only(variants)

    def only(self, variants: Sequence[str]) -> CountTable:
        """The same as `of` for some of its variants, without reading the other cells again."""
        if tuple(variants) == self.variants:
            return self
        chosen = np.array([self.variants.index(name) for name in variants], dtype=np.intp)
        return CountTable(
            counts=self.counts,
            variants=tuple(variants),
            segments=self.segments,
            stratum=_strata(self.counts, variants),
            numbers=self.numbers,
            columns=chosen if self.columns is None else self.columns[chosen],
        )

    @property
    def impressions(self) -> Floats:
        """Exposed units."""
        return self._read("impressions")

    @property
    def clicks(self) -> Floats:
        """Of them that clicked."""
        return self._read("clicks")

    @property
    def conversions(self) -> Floats:
        """Of them that bought."""
        return self._read("conversions")

    @property
    def matured(self) -> Floats:
        """Impressions, as far as their conversions have come."""
        return self._read("matured")

    @property
    def value(self) -> Floats:
        """Money."""
        return self._read("value")

    @property
    def value_squares(self) -> Floats:
        """Squares of each buyer's money, NaN where they are not known."""
        return self._read("value_squares")

    def _read(self, name: str) -> Floats:
        table = self.numbers.of(name)
        return table if self.columns is None else table[:, :, self.columns]

    def trials(self, metric: Metric) -> Floats:
        """What the metric is a share of."""
        match metric:
            case "click_rate":
                return self.impressions
            case "conversion_rate" | "value_per_impression":
                return self.matured
            case "conversion_per_click":
                return np.maximum(self.clicks, self.conversions)
            case _:
                assert_never(metric)

    def successes(self, metric: Metric) -> Floats:
        """What the metric counts; of money, the conversions that it comes from."""
        return self.clicks if metric == "click_rate" else self.conversions

    def stacked(self, groups: Sequence[Sequence[str]], *arrays: Floats) -> tuple[Floats, ...]:
        """Each array added up into the strata of each group, (groups, strata, variants).

        Parameters
        ----------
            groups : names of the segments of each
            arrays : of this table
        """
        plans = self._plans(groups)
        most = max((size for *_, size in plans), default=1)
        stacks = tuple(np.zeros((len(groups), most, array.shape[2])) for array in arrays)
        for number, (rows, used, local, size) in enumerate(plans):
            for stack, array in zip(stacks, arrays, strict=True):
                cells = array[rows].reshape(-1, array.shape[2])[used]
                if size == 1:
                    stack[number, 0] = cells.sum(axis=0)
                elif size == len(local):
                    stack[number, local] = cells
                else:
                    np.add.at(stack[number], local, cells)
        return stacks

    def _plans(self, groups: Sequence[Sequence[str]]) -> list[_Plan]:
        """`_plan` of each group, made once for single segments that were served alike."""
        known: dict[bytes, _Plan] = {}
        found = []
        for group in groups:
            if len(group) != 1:
                found.append(self._plan(group))
                continue
            row = self.segments[group[0]]
            key = self.stratum[row].tobytes()
            if key not in known:
                known[key] = self._plan(group)
            found.append(([row], *known[key][1:]))
        return found

    def _plan(self, group: Sequence[str]) -> _Plan:
        """Rows of a group, which of their periods count, their strata, and how many there are."""
        rows = [self.segments[name] for name in group]
        stratum = self.stratum[rows].ravel()
        used = stratum != _NOWHERE
        # An allocation that served none of these variants compares nothing.
        names, local = np.unique(stratum[used], return_inverse=True)
        return rows, used, local.reshape(-1), max(len(names), 1)


def impressions_of(counts: Counts) -> Floats:
    """Impressions of all variants, (segments, periods, variants)."""
    return CountTable.of(counts, counts.variants).impressions


def _squares(cell: Cell) -> float:
    if cell.value_squares is not None:
        return cell.value_squares
    return float("nan") if cell.conversions else 0.0


_READ: Mapping[str, Callable[[Cell], float]] = {
    "impressions": attrgetter("impressions"),
    "clicks": attrgetter("clicks"),
    "conversions": attrgetter("conversions"),
    "matured": attrgetter("trials"),
    "value": attrgetter("value"),
    "value_squares": _squares,
}


def _strata(counts: Counts, variants: Sequence[str]) -> NDArray[np.intp]:
    numbers: dict[tuple[float, ...], int] = {(): _NOWHERE}

    def number(weights: Mapping[str, float]) -> int:
        key = _allocation_key(weights, variants)
        return numbers.setdefault(key, len(numbers) - 1)

    usual = [number(period.weights) for period in counts.periods]
    table = np.tile(np.array(usual, dtype=np.intp), (len(counts.segments), 1))
    for column, period in enumerate(counts.periods):
        for row, segment in enumerate(counts.segments):
            if segment in period.segment_weights:
                table[row, column] = number(period.segment_weights[segment])
    return table


def _allocation_key(weights: Mapping[str, float], variants: Sequence[str]) -> tuple[float, ...]:
    """The weights of the compared arms relative to each other, rounded so that sums agree."""
    total = sum(weights.get(variant, 0.0) for variant in variants)
    if total <= 0:
        return ()
    return tuple(round(weights.get(variant, 0.0) / total, 9) for variant in variants)
