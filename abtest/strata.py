"""Counts of many periods, made comparable between arms.

Weights that shift while click rates shift fool the pooled rate: an arm that got most of its traffic
on a good day looks good (Simpson's paradox). Within a span of constant weights the arms are
comparable, whatever the day did to all of them. So cells that shared one allocation are added up
into a **stratum**, and across strata the arms are compared through the common model

    clicks_is ~ Poisson(n_is a_s r_i),        a_s: level of stratum s, r_i: relative rate of arm i,

whose maximum likelihood solution is r_i = c_i / sum_s n_is a_s, a_s = C_s / sum_i n_is r_i. Its
likelihood for r is that of the clicks of each stratum given their sum, so that any number of small
strata does no harm. The result is handed on as **effective** clicks and trials of each arm, so that
everything after it is the same Beta arithmetic:

    rate_i  = r_i mean(a)                            mean over all traffic
    share h = stratified information / pooled information about arm i against the others
    clicks  = h_i c_i,       trials = h_i sum_s n_is a_s / mean(a)

With one stratum, h = 1 and nothing is changed. For two arms 1/clicks_1 + 1/clicks_2 is exactly the
variance of the stratified log ratio; for more arms it is close. An arm that never shared a stratum
with another has h = 0: nothing is known about how it compares.

Holds for click rates up to some 10%, where the Poisson model is the binomial one.

References
----------
    Breslow and Day 1987, "Statistical Methods in Cancer Research II", section 3.6
    Firth and de Menezes 2004, "Quasi-variances"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abtest.cells import Cell
from abtest.counts import Counts
from abtest.quadrature import Floats
from abtest.tables import CountTable, Metric

_MAX_ROUNDS = 500
_TOLERANCE = 1e-12
_SMOOTHING = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveArm:
    """What an arm's counts are worth in comparison with the other arms.

    Parameters
    ----------
        variant     : name
        impressions : counted, raw
        successes   : counted, raw
        trials_effective, successes_effective : as if all of it came from one stratum
    """

    variant: str
    impressions: int
    successes: int
    trials_effective: float
    successes_effective: float

    @property
    def rate(self) -> float | None:
        """Standardised rate, None before the first effective impression."""
        if self.trials_effective <= 0:
            return None
        return self.successes_effective / self.trials_effective


def successes_of(cell: Cell, metric: Metric) -> int:
    """The number that the metric counts."""
    return cell.clicks if metric == "click_rate" else cell.conversions


def noun_of(metric: Metric) -> str:
    """What `successes_of` are called."""
    return "clicks" if metric == "click_rate" else "conversions"


def effective_arms(
    counts: Counts, variants: Sequence[str], *, segments: Sequence[str], metric: Metric
) -> tuple[EffectiveArm, ...]:
    """The arms over the given segments and all periods, stratified by the weights in force.

    Parameters
    ----------
        variants : the arms to compare; others (dropped ones) are left out of the strata, and the
                   weights of the rest are taken relative to each other
        metric   : of money, the conversions that it comes from
    """
    table = CountTable.of(counts, variants)
    return effective_groups(table, variants, groups=[segments], metric=metric)[0]


def effective_groups(
    table: CountTable, variants: Sequence[str], *, groups: Sequence[Sequence[str]], metric: Metric
) -> list[tuple[EffectiveArm, ...]]:
    """`effective_arms` of many groups of segments at once."""
    trials, successes = table.trials(metric), table.successes(metric)
    impressions = trials if metric == "click_rate" else table.impressions
    shown, tried, won = table.stacked(groups, impressions, trials, successes)
    effective = effective_counts(tried, won)
    columns = (
        shown.sum(axis=1).tolist(),
        won.sum(axis=1).tolist(),
        effective.trials.tolist(),
        effective.successes.tolist(),
    )
    return [
        tuple(
            EffectiveArm(
                variant=variant,
                impressions=int(impressions),
                successes=int(successes),
                trials_effective=trials_effective,
                successes_effective=successes_effective,
            )
            for variant, impressions, successes, trials_effective, successes_effective in zip(
                variants, *group, strict=True
            )
        )
        for group in zip(*columns, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectiveCounts:
    """Effective `trials` and `successes`, (..., arms) each; see `EffectiveArm`."""

    trials: Floats
    successes: Floats


def effective_counts(trials: Floats, successes: Floats) -> EffectiveCounts:
    """What the counts of each stratum are worth together.

    Parameters
    ----------
        trials, successes : (..., strata, arms), 0 or more; one table for each leading index
    """
    effective, share = standardised(trials, successes)
    won = successes.sum(axis=-2)
    # At rates near 1 the Poisson model may leave fewer trials than successes.
    return EffectiveCounts(trials=share * np.maximum(effective, won), successes=share * won)


def standardised(trials: Floats, successes: Floats) -> tuple[Floats, Floats]:
    """Trials at the common level, and each arm's share of information, both (..., arms)."""
    if trials.shape[-2] == 1:
        # One stratum: the binomial counts as they are.
        return trials.sum(axis=-2), np.ones_like(trials[..., 0, :])
    level = _stratum_levels(trials, successes)
    # No success at all: nothing to model.
    silent = successes.sum(axis=(-2, -1))[..., None] == 0
    shown = trials.sum(axis=-1)
    mean_level = _ratio((shown * level).sum(axis=-1), shown.sum(axis=-1))[..., None]
    expected = trials * level[..., None]
    effective = _ratio(expected.sum(axis=-2), mean_level)
    share = _information_share(expected, successes)
    return np.where(silent, trials.sum(axis=-2), effective), np.where(silent, 1.0, share)


def _stratum_levels(trials: Floats, successes: Floats) -> Floats:
    """a_s by alternating the two likelihood equations; each round raises the likelihood."""
    of_arm, of_stratum = successes.sum(axis=-2), successes.sum(axis=-1)
    relative = np.ones_like(of_arm)
    level: Floats = np.zeros_like(of_stratum)
    for _ in range(_MAX_ROUNDS):
        level = _ratio(of_stratum, (trials @ relative[..., None])[..., 0])
        updated = _ratio(of_arm, (level[..., None, :] @ trials)[..., 0, :])
        settled = np.allclose(updated, relative, rtol=_TOLERANCE, atol=0.0)
        relative = updated
        if settled:
            break
    return level


def _information_share(expected: Floats, successes: Floats) -> Floats:
    """h_i: sum_s m_is (1 - q_is) over m_i (1 - q_i), with q the arm's share of expected clicks.

    The rates inside q are drawn towards each other by one click, so that an arm without a click
    has its share too.
    """
    m = expected.sum(axis=-2)
    clicked = successes.sum(axis=(-2, -1))[..., None]
    typical = np.maximum(clicked, 1e-300) / np.maximum(m.sum(axis=-1, keepdims=True), 1e-300)
    rate = (successes.sum(axis=-2) + _SMOOTHING) / (m + _SMOOTHING / typical)
    clicks = expected * rate[..., None, :]
    own = _ratio(clicks, clicks.sum(axis=-1, keepdims=True))
    stratified = (expected * (1.0 - own)).sum(axis=-2)
    of_arm = clicks.sum(axis=-2)
    pooled = m * (1.0 - _ratio(of_arm, of_arm.sum(axis=-1, keepdims=True)))
    return np.clip(_ratio(stratified, pooled), 0.0, 1.0)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Numerator / denominator, 0 where the denominator is 0."""
    safe = np.where(denominator > 0, denominator, 1.0)
    return np.where(denominator > 0, numerator / safe, 0.0)
