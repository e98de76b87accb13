"""Sample-ratio check: whether each variant got the traffic that its weight promised.

A cache that pins one arm, a bot or a broken redirect shows here before it shows anywhere else. On
the Upworthy archive a chi-square at p < .001 flags 67% of the tests that a cache broke, and
0.45% of the rest.

A test of sixty periods would be flagged once in seventeen by chance at that limit, so the smallest
p-value is corrected for the number of checks (Sidak). A small but lasting fault, which no single
period shows, is looked for in all periods together, and a fault that strikes one segment alone (a
cache of one country's pages) in each segment over all periods.

References
----------
    Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from abtest.counts import Counts, Period
from abtest.health.finding import HealthFinding
from abtest.quadrature import Floats
from abtest.tables import impressions_of

MIN_EXPECTED = 5.0
"""Cochran's rule: below five expected impressions an arm the chi-square is not one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """The check of one period, of one segment, or of all together.

    Parameters
    ----------
        period      : id; "all periods" for all together
        chi_square  : statistic, over segments with weights of their own
        p_value     : probability of as large a one by chance; 1 where there is too little traffic
        impressions : counted
        segment     : name, None for all segments together
    """

    period: str
    chi_square: float
    p_value: float
    impressions: int
    segment: str | None = None

    @property
    def where(self) -> str:
        """What was checked, in words."""
        if self.segment is not None:
            return f"segment {self.segment}"
        return self.period if self.period == ALL_PERIODS else f"period {self.period}"


ALL_PERIODS = "all periods"


def sample_ratios(counts: Counts, shown: Floats | None = None) -> tuple[SampleRatio, ...]:
    """The sample ratio of each period, all segments together.

    `shown` is `impressions_of(counts)`, for those who read many cells for several checks.
    """
    shown = impressions_of(counts) if shown is None else shown
    return tuple(
        _of_period(period.id, _served(counts, period, shown[:, i]))
        for i, period in enumerate(counts.periods)
    )


def sample_ratio_overall(counts: Counts, shown: Floats | None = None) -> SampleRatio:
    """The sample ratio of all periods together, each held to its own weights."""
    shown = impressions_of(counts) if shown is None else shown
    excess = np.zeros(len(counts.variants))
    covariance = np.zeros((len(counts.variants), len(counts.variants)))
    impressions = 0
    for i, period in enumerate(counts.periods):
        for served in _served(counts, period, shown[:, i]):
            share, total = served.shares, served.shown.sum()
            excess += served.shown - share * total
            covariance += total * (np.diag(share) - np.outer(share, share))
            impressions += int(total)
    freedom, chi_square = 0, 0.0
    if impressions:
        # The excess lies in the covariance's range, so that its pseudo-inverse loses nothing.
        inverse, freedom = _inverse(covariance)
        chi_square = float(excess @ inverse @ excess)
    return _sample_ratio(ALL_PERIODS, chi_square, freedom, impressions=impressions)


def sample_ratios_by_segment(
    counts: Counts, shown: Floats | None = None
) -> tuple[SampleRatio, ...]:
    """The sample ratio of each segment, all periods together; none where there is one segment."""
    if len(counts.segments) < 2 or not counts.periods:
        return ()
    shares = _shares(counts)
    shown = np.where(shares > 0, impressions_of(counts) if shown is None else shown, 0.0)
    totals = shown.sum(axis=2)
    expected = np.einsum("sp,spv->sv", totals, shares)
    squares = np.einsum("sp,spi,spj->sij", totals, shares, shares)
    return tuple(
        _of_segment(
            segment, expected[i], shown[i].sum(axis=0), squares[i],
            whole=bool((shares[i, totals[i] > 0] > 0).all()),
        )
        for i, segment in enumerate(counts.segments)
    )  # fmt: skip


def _shares(counts: Counts) -> Floats:
    """What each variant's share was to be, (segments, periods, variants)."""

    def row(weights: Mapping[str, float]) -> list[float]:
        return [weights.get(variant, 0.0) for variant in counts.variants]

    usual = np.array([row(period.weights) for period in counts.periods])
    shares = np.tile(usual, (len(counts.segments), 1, 1))
    for j, period in enumerate(counts.periods):
        for i, segment in enumerate(counts.segments):
            if segment in period.segment_weights:
                shares[i, j] = row(period.segment_weights[segment])
    return shares


def _of_segment(
    segment: str, expected: Floats, shown: Floats, squares: Floats, *, whole: bool
) -> SampleRatio:
    """One segment's check; `expected` and `shown` are (variants,).

    `squares` is the sum over periods of impressions times the outer square of the shares.
    """
    usable = (expected >= MIN_EXPECTED).sum() > 1
    chi_square, freedom = 0.0, 0
    if usable and (expected[expected > 0] >= MIN_EXPECTED).all():
        covariance = np.diag(expected) - squares
        chi_square, freedom = _pull(covariance, shown - expected, whole=whole)
    found = _sample_ratio(ALL_PERIODS, chi_square, freedom, impressions=int(shown.sum()))
    return replace(found, segment=segment)


def _pull(covariance: Floats, excess: Floats, *, whole: bool) -> tuple[float, int]:
    """What an excess is worth in chi-square, and its freedom.

    `whole` says that every period served all of them: then only the direction in which all grow
    together is without variance, and filling it saves the eigenvectors, ten times the time.
    """
    if whole:
        filled = covariance + np.trace(covariance) / len(excess)
        return float(excess @ np.linalg.solve(filled, excess)), len(excess) - 1
    inverse, freedom = _inverse(covariance)
    return float(excess @ inverse @ excess), freedom


def _inverse(covariance: Floats) -> tuple[Floats, int]:
    """The pseudo-inverse of a covariance, and its rank."""
    values, vectors = np.linalg.eigh(covariance)
    kept = values > values.max() * 1e-9
    scaled = vectors[:, kept] / values[kept]
    return scaled @ vectors[:, kept].T, int(kept.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the numbers can be trusted at all.

    Parameters
    ----------
        days          : full length of the periods
        sample_ratios : check of each period
        sample_ratio  : check of all periods together
        dropped       : variants left out
        segment_ratios : check of each segment; empty where there is one
        findings      : everything else that its reader should know, see `abtest.health`
    """

    days: float
    sample_ratios: tuple[SampleRatio, ...]
    sample_ratio: SampleRatio
    dropped: tuple[str, ...]
    segment_ratios: tuple[SampleRatio, ...] = ()
    findings: tuple[HealthFinding, ...] = ()


def worst_ratio(ratios: Sequence[SampleRatio], overall: SampleRatio) -> tuple[SampleRatio, float]:
    """The most suspicious check, and its p-value corrected for the number of `ratios`."""
    worst = min(ratios, key=lambda ratio: ratio.p_value, default=overall)
    corrected = float(-np.expm1(len(ratios) * np.log1p(-min(worst.p_value, 1.0 - 1e-12))))
    if overall.p_value <= corrected:
        return overall, overall.p_value
    return worst, corrected


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Served:
    """Impressions of one allocation in force: `shown` and `shares`, each (variants,)."""

    shown: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    shares: np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def _served(counts: Counts, period: Period, impressions: Floats) -> list[_Served]:
    """One entry an allocation, of those that have enough traffic to be tested.

    `impressions` are the period's, (segments, variants).
    """
    usual = tuple(period.weights.get(variant, 0.0) for variant in counts.variants)
    rows: dict[tuple[float, ...], list[int]] = defaultdict(list)
    for i, segment in enumerate(counts.segments):
        own = period.segment_weights.get(segment)
        key = usual if own is None else tuple(own.get(name, 0.0) for name in counts.variants)
        rows[key].append(i)
    served = []
    for key, of_segments in rows.items():
        shares, row = np.array(key), impressions[of_segments].sum(axis=0)
        # A stale snapshot may still send a unit to an arm just dropped; weight 0 has no ratio.
        shown = np.where(shares > 0, row, 0.0)
        least = shares[shares > 0].min()
        if (shares > 0).sum() > 1 and shown.sum() * least >= MIN_EXPECTED:
            served.append(_Served(shown=shown, shares=shares))
    return served


def _of_period(period: str, served: Sequence[_Served]) -> SampleRatio:
    chi_square, freedom, impressions = 0.0, 0, 0
    for part in served:
        expected = (part.shares * part.shown.sum())[part.shares > 0]
        chi_square += float((((part.shown[part.shares > 0] - expected) ** 2) / expected).sum())
        freedom += len(expected) - 1
        impressions += int(part.shown.sum())
    return _sample_ratio(period, chi_square, freedom, impressions=impressions)


def _sample_ratio(period: str, chi_square: float, freedom: int, *, impressions: int) -> SampleRatio:
    p_value = float(special.chdtrc(freedom, chi_square)) if freedom else 1.0
    return SampleRatio(
        period=period, chi_square=chi_square, p_value=p_value, impressions=impressions
    )
