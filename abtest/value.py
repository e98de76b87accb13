"""What an impression earns: conversion rate times mean value of an order, with the doubt of both.

    V_i = p_i m_i,      p_i ~ Beta, the posterior of conversions (priors, strata, segments as ever)
                        m_i ~ inverse Gamma, the posterior of the mean order value

Orders are Gamma with a coefficient of variation cv common to all arms, so that the total S_i of o_i
orders gives m_i the shape s + o_i / cv^2 and the scale s m + S_i / cv^2. Its prior draws the arms
together: a picture changes whether people buy more than how much they spend at a time. s = 100 is a
relative spread of 10% between images, m the mean order of the group. One huge order raises cv for
all arms: it weakens what order values say, and leaves what conversions say.

P(best) and expected loss are integrals over both factors (`abtest.earned`). For intervals V_i is
handed on as the Beta of the same mean and variance, in a unit of money so large that V_i is a small
share of it, so that they are the same arithmetic as for rates; their ends are off by 0.5% of their
distance, where an arm has 10 conversions or more (`tests/abtest/test_value.py`).
Intervals of the lift are those of the ratio of two such Betas. Against four million draws of both
factors, for 10 to 1,000 conversions an arm, of 0.2 to 20% of the impressions, and orders of cv 0.3
to 3, their upper end lies up to 1.0% of the interval's length too high and the lower end up to 0.4%
too low: an interval of 95% holds 95.0 to 95.3%.
The e-value sees what was counted alone, without the prior: log V has the variance
(1 - p) / c + cv^2 / c, and the effective conversions c / (1 - p + cv^2) say just that.

The level m is common to all arms of a group: its doubt is in the interval of V_i, and takes no part
in comparisons. Until the first order, money is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from abtest.earned import Factors, earned_of
from abtest.errors import InvalidCounts
from abtest.lift import FittedArm
from abtest.posterior import Beta
from abtest.quadrature import Floats
from abtest.spread import Mixture
from abtest.strata import EffectiveArm, standardised
from abtest.tables import CountTable

IMAGES_DIFFER = 0.1
"""Relative spread of the mean order value between images of one product."""
SEGMENTS_DIFFER = 0.3
"""Relative spread of the mean order value between segments."""
_USUAL_SQUARE = 1.0
"""cv^2 of orders before any is seen: that of an exponential distribution."""
_USUAL_WEIGHT = 5.0
"""In orders, that the usual cv^2 counts for."""
_LEAST_SQUARE = 1e-4
_LEAST_ORDER = 1e-6
"""Share of `unit`; an order of less is as good as nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earnings:
    """Arms compared by what their impressions earn.

    Parameters
    ----------
        fitted       : of each group, its arms; rates are shares of `unit`
        unit         : money, 0 as long as nothing was sold
        order_value  : mean of an order, all arms and groups together; None before the first
        order_spread : coefficient of variation of an order
    """

    fitted: list[tuple[FittedArm, ...]]
    unit: float
    order_value: float | None
    order_spread: float


def earnings(
    table: CountTable, groups: Sequence[Sequence[str]], converted: Sequence[Sequence[FittedArm]]
) -> Earnings:
    """Turn arms fitted by their conversions into arms fitted by their earnings.

    Parameters
    ----------
        groups    : names of the segments of each
        converted : of each group, its arms fitted with the metric `conversion_rate`
    Raises          InvalidCounts: money without a conversion
    """
    # A cell that took back more than it sold has earned nothing.
    sold, taken = table.conversions, np.maximum(table.value, 0.0)
    _check(sold, taken)
    orders, money = table.stacked(groups, sold, taken)
    whole = sold.sum(), taken.sum()
    typical = float(whole[1] / whole[0]) if whole[1] > 0 else 1.0
    square = _order_variation(table, typical)
    spent = _Spent.of(orders, money / typical, square)
    rate = np.array([[arm.posterior.mean for arm in arms] for arms in converted])
    doubt = np.array([[_relative_variance(arm.posterior) for arm in arms] for arms in converted])
    own_doubt = np.array([[_relative_variance(arm.own) for arm in arms] for arms in converted])
    earned = np.array([[arm.counts.rate or 0.0 for arm in arms] for arms in converted]) * spent.raw
    # Of which also what was counted alone is a share: few orders may be far above their mean.
    unit = 2.0 * float(max(spent.mean.max(), earned.max()))
    share = rate * spent.mean / unit
    posterior = _matched(share, _product_variance(doubt, spent.variance))
    level = _matched(share, _product_variance(own_doubt, spent.variance + spent.level_variance))
    raw = spent.raw / unit
    pairs = zip(np.ravel(spent.mean / unit).tolist(), np.ravel(spent.weight).tolist(), strict=True)
    every = [arm for arms in converted for arm in arms]
    full = iter(earned_of([
        _factors(arm, order=order, weight=weight)
        for arm, (order, weight) in zip(every, pairs, strict=True)
    ]))  # fmt: skip
    return Earnings(
        fitted=[
            tuple(
                FittedArm(
                    counts=_counted(arm.counts, float(raw[g, i]), float(spent.log_variance[g, i])),
                    posterior=posterior[g][i],
                    level=level[g][i],
                    earned=next(full),
                )
                for i, arm in enumerate(arms)
            )
            for g, arms in enumerate(converted)
        ],
        unit=unit * typical if whole[1] > 0 else 0.0,
        order_value=typical if whole[1] > 0 else None,
        order_spread=float(np.sqrt(square)),
    )


def _check(sold: Floats, taken: Floats) -> None:
    if ((taken > 0) & (sold == 0)).any():
        raise InvalidCounts("value", "money in a cell without a conversion")


def _order_variation(table: CountTable, typical: float) -> float:
    """cv^2 of orders: from their squares, or else from how the cells' means scatter."""
    orders, squares = table.conversions, table.value_squares
    money = np.maximum(table.value, 0.0)
    sold, taken = orders.sum(axis=(0, 1)), money.sum(axis=(0, 1))
    mean = taken / np.maximum(sold, 1.0)
    if np.isnan(squares).any():
        filled = orders > 0
        scatter = (money - mean * orders) ** 2
        left = float((scatter[filled] / orders[filled]).sum())
        free = float(filled.sum() - (sold > 0).sum())
    else:
        left = float((squares.sum(axis=(0, 1)) - taken * mean).sum())
        free = float(sold.sum() - (sold > 0).sum())
    seen = max(left, 0.0) / typical**2
    square = (seen + _USUAL_WEIGHT * _USUAL_SQUARE) / (free + _USUAL_WEIGHT)
    return max(square, _LEAST_SQUARE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Spent:
    """Mean order values in units of the typical order, each (groups, arms).

    `mean` and its relative `variance` are the posterior's, an inverse Gamma distribution of shape
    1 + `weight`; `level_variance` is what the doubt about the group's level adds; `raw` is counted
    alone, with the variance of its logarithm.
    """

    mean: Floats
    variance: Floats
    weight: Floats
    level_variance: Floats
    raw: Floats
    log_variance: Floats

    @classmethod
    def of(cls, orders: Floats, money: Floats, square: float) -> _Spent:
        # Order values of a good day must not flatter the arm that was shown most on it.
        trials, share = standardised(orders, money)
        seen, total = trials * share, money.sum(axis=1) * share
        sold, taken = orders.sum(axis=(1, 2))[:, None], money.sum(axis=(1, 2))[:, None]
        steady = square / SEGMENTS_DIFFER**2
        level = (taken + steady) / (sold + steady)
        prior = 1.0 / IMAGES_DIFFER**2
        weight = prior + seen / square
        some = (seen > 0) & (total > 0)
        return cls(
            mean=level * (prior + total / (level * square)) / weight,
            variance=1.0 / (weight - 1.0),
            weight=weight,
            level_variance=(prior / weight) ** 2 * square / (sold + 1.0),
            raw=np.divide(total, seen, out=np.zeros_like(total), where=some),
            log_variance=np.divide(square, seen, out=np.zeros_like(seen), where=some),
        )


def _factors(arm: FittedArm, *, order: float, weight: float) -> Factors:
    mixture = arm.mixture or Mixture(weights=(1.0,), parts=(arm.posterior,))
    return Factors(rates=mixture.parts, weights=mixture.weights, order=order, kappa=1.0 + weight)


def _relative_variance(posterior: Beta) -> float:
    return (posterior.sd / posterior.mean) ** 2


def _product_variance(one: Floats, other: Floats) -> Floats:
    """Relative variance of a product of independent factors."""
    return np.asarray((1.0 + one) * (1.0 + other) - 1.0, dtype=np.float64)


def _matched(mean: Floats, relative_variance: Floats) -> list[list[Beta]]:
    """Betas of given means and relative variances."""
    strength = np.maximum((1.0 - mean) / (mean * relative_variance) - 1.0, 1e-6)
    return [
        [Beta(alpha=m * s, beta=(1.0 - m) * s) for m, s in zip(means, strengths, strict=True)]
        for means, strengths in zip(mean.tolist(), strength.tolist(), strict=True)
    ]


def _counted(arm: EffectiveArm, mean_order: float, log_variance: float) -> EffectiveArm:
    """The arm's effective counts, such that their log rate is as doubtful as its earnings are."""
    conversion_rate = arm.rate
    if not conversion_rate or mean_order <= 0.0:
        return replace(arm, successes_effective=0.0)
    rate = conversion_rate * max(mean_order, _LEAST_ORDER)
    of_rate = 1.0 / arm.successes_effective - 1.0 / arm.trials_effective
    successes = (1.0 - rate) / max(of_rate + log_variance, 1e-12)
    return replace(arm, successes_effective=successes, trials_effective=successes / rate)
