"""Late conversions where only counts are kept: by day of the exposure, and by length of the delay.

A running test keeps no list of its exposures. Of each day it knows how many there were and what
became of them, and how many conversions came after which delay. That is enough to fit the delays
(`abtest.delay_fit`), to count young exposures for the share of their conversions that has come, and
to see whether conversions come equally late after each image: the correction takes them to.

References
----------
    Landis, Heyman and Koch 1978, "Average partial association in three-way contingency tables"
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from abtest.cells import EMPTY, Cell, CellKey
from abtest.delay import DelayCurve
from abtest.errors import InvalidCounts
from abtest.quadrature import Floats

_LEAST_DELAY_DAYS = 1e-6
_LEAST_SPREAD = 1e-9
"""Of logarithms; below are the rounding errors of delays that are all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedCell:
    """Counts of a part of a cell, whose exposures are of about the same age.

    Parameters
    ----------
        age_days  : of the youngest exposure, 0 or more
        span_days : by how much the oldest may be older, 0 or more
    Raises          InvalidCounts
    """

    key: CellKey
    cell: Cell
    age_days: float
    span_days: float = 0.0

    def __post_init__(self) -> None:
        _check_ages(self.age_days, self.span_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedDelays:
    """How late the conversions of exposures came that are of about the same age.

    Parameters
    ----------
        age_days, span_days : as in `AgedCell`
        impressions         : exposed units
        delays_days         : from exposure to conversion
        delay_counts        : how many conversions had each
    Raises                    InvalidCounts
    """

    age_days: float
    span_days: float = 0.0
    impressions: int
    delays_days: tuple[float, ...] = ()
    delay_counts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_ages(self.age_days, self.span_days)
        if len(self.delays_days) != len(self.delay_counts):
            why = f"{len(self.delay_counts)} of {len(self.delays_days)} delays"
            raise InvalidCounts("delay_counts", why)
        if not all(0.0 <= delay < math.inf for delay in self.delays_days):
            raise InvalidCounts("delays_days", "a delay is not a number of 0 or more")
        if not 0 <= min(self.delay_counts, default=0) <= sum(self.delay_counts) <= self.impressions:
            why = f"{sum(self.delay_counts)} conversions of {self.impressions} impressions"
            raise InvalidCounts("delay_counts", why)


def _check_ages(age_days: float, span_days: float) -> None:
    for name, days in (("age_days", age_days), ("span_days", span_days)):
        if not 0.0 <= days < math.inf:
            raise InvalidCounts(name, f"{days} is not a number of 0 or more")


def matured_cells(parts: Iterable[AgedCell], curve: DelayCurve) -> dict[CellKey, Cell]:
    """Cells in which each exposure counts for the share of its conversions that has come.

    Parameters
    ----------
        curve : with an attribution window, after which all of its conversions have come
    """
    shares: dict[tuple[float, float], float] = {}
    cells: dict[CellKey, Cell] = {}
    for part in parts:
        ages = (part.age_days, part.span_days)
        if ages not in shares:
            shares[ages] = curve.mean_share(*ages)
        matured = replace(part.cell, matured=shares[ages] * part.cell.impressions)
        cells[part.key] = cells.get(part.key, EMPTY) + matured
    return cells


def delays_alike(cohorts: Sequence[Mapping[str, AgedDelays]]) -> float:
    """How well the delays agree with conversions that come equally late after each variant.

    Variants are compared within each cohort, by the mean logarithm of the delay: whatever their
    rates are, and however old the cohort is, those that have come came equally late.

    Parameters
    ----------
        cohorts : for each span of time, what was shown in it by variant
    Returns     p-value; 1 where nothing can be compared
    """
    names = sorted({name for cohort in cohorts for name in cohort})
    excess, spread = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for cohort in cohorts:
        sums, moments = _association(cohort, names)
        excess, spread = excess + sums, spread + moments
    rank = int(np.linalg.matrix_rank(spread, tol=max(_LEAST_SPREAD, 1e-9 * float(spread.trace()))))
    if rank == 0:
        return 1.0
    distance = float(excess @ np.linalg.pinv(spread, rcond=1e-9, hermitian=True) @ excess)
    return float(stats.chi2.sf(distance, rank))


def _association(cohort: Mapping[str, AgedDelays], names: Sequence[str]) -> tuple[Floats, Floats]:
    """By how much each variant's sum of scores exceeds what is expected; and the covariances."""
    place = {name: number for number, name in enumerate(names)}
    every = [
        (place[name], delay, count)
        for name, late in cohort.items()
        for delay, count in zip(late.delays_days, late.delay_counts, strict=True)
    ]
    arm = np.array([number for number, _, _ in every], dtype=np.intp)
    score = np.log(np.maximum([delay for _, delay, _ in every], _LEAST_DELAY_DAYS))
    often = np.array([count for _, _, count in every], dtype=np.float64)
    total = float(often.sum())
    if total < 2:
        return np.zeros(len(names)), np.zeros((len(names), len(names)))
    share = np.zeros(len(names))
    np.add.at(share, arm, often / total)
    deviation = score - float(often @ score) / total
    excess = np.zeros(len(names))
    np.add.at(excess, arm, often * deviation)
    # Of a random permutation of the scores among the conversions.
    variance = float(often @ deviation**2) * total / (total - 1.0)
    return excess, variance * (np.diag(share) - np.outer(share, share))
