"""Guardrails: metrics that the winner must not harm.

A guardrail is a test of non-inferiority: the leader's metric is, with the asked confidence, no
more than a margin below the control's.

The confidence is that of one look. Looked at daily until the gate opens, an image that harms by
just the margin passes in a third of tests at 90%, one that harms by twice as much in a ninth
(`tests/benchmarks/abtest/kinds.py`). Evidence that keeps its promise under any number of looks, as
the gate asks for of the metric that is compared, would take about four times the conversions, 5,000
of each image at a margin of 5%.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abtest.direction import DIRECTIONS, Direction
from abtest.errors import InvalidOptions
from abtest.fitting import Model, fitted_groups
from abtest.quadrature import Floats
from abtest.ratios import RateRatios
from abtest.tables import METRICS, CountTable, Metric
from abtest.verdict import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """A metric that must not suffer.

    Parameters
    ----------
        metric     : what is guarded
        margin     : largest relative harm that is tolerated, range (0, 1)
        confidence : probability that the harm is smaller, range (0, 1)
        direction  : which way is better
    Raises           InvalidOptions
    """

    metric: Metric
    margin: float = 0.05
    confidence: float = 0.9
    direction: Direction = "higher"

    def __post_init__(self) -> None:
        for name in ("margin", "confidence"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise InvalidOptions(name, value, "a number between 0 and 1")
        if self.metric not in METRICS:
            raise InvalidOptions("metric", self.metric, f"one of {', '.join(METRICS)}")
        if self.direction not in DIRECTIONS:
            raise InvalidOptions("direction", self.direction, f"one of {', '.join(DIRECTIONS)}")


def guardrail_conditions(
    guardrail: Guardrail,
    table: CountTable,
    *,
    groups: Sequence[Sequence[str]],
    leaders: Sequence[str],
    control: str,
) -> list[Condition]:
    """Whether each group's leader is proven not to harm the guarded metric.

    A leading control never does.

    Parameters
    ----------
        groups  : names of the segments of each
        leaders : of each
    """
    safe = np.ones(len(groups))
    for leader in sorted(set(leaders) - {control}):
        rows = [row for row, name in enumerate(leaders) if name == leader]
        safe[rows] = _prob_unharmed(
            guardrail, table.only((leader, control)), groups=[groups[row] for row in rows]
        )
    return [
        _condition(guardrail, chance, leader=leader, control=control)
        for chance, leader in zip(safe.tolist(), leaders, strict=True)
    ]


def _condition(guardrail: Guardrail, safe: float, *, leader: str, control: str) -> Condition:
    worse = "below" if guardrail.direction == "higher" else "above"
    return Condition(
        name=f"guardrail_{guardrail.metric}",
        value=safe,
        limit=guardrail.confidence,
        passed=safe >= guardrail.confidence,
        text=f"The {guardrail.metric.replace('_', ' ')} of {leader} is no more than "
        f"{guardrail.margin:.0%} {worse} {control} with probability {safe:.1%}, "
        f"{guardrail.confidence:.0%} needed.",
    )


def _prob_unharmed(
    guardrail: Guardrail, pair: CountTable, *, groups: Sequence[Sequence[str]]
) -> Floats:
    """Of leader and control, in this order, in each group by itself, (groups,)."""
    fit = fitted_groups(pair, groups=groups, model=Model(metric=guardrail.metric, lending=False))
    alpha, beta = (
        np.array([[getattr(arm.posterior, name) for arm in arms] for arms in fit.arms])
        for name in ("alpha", "beta")
    )
    ratios = RateRatios(
        arm_alpha=alpha[:, 0], arm_beta=beta[:, 0], base_alpha=alpha[:, 1], base_beta=beta[:, 1]
    )
    if guardrail.direction == "lower":
        return ratios.cdf(1.0 + guardrail.margin)
    return 1.0 - ratios.cdf(1.0 - guardrail.margin)
