"""Guardrails: metrics that the winner must not harm.

A guardrail is a test of non-inferiority: the leader's metric is, with the asked confidence, no
more than a margin below the control's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abtest.direction import DIRECTIONS, Direction
from abtest.errors import InvalidOptions
from abtest.fitting import Model, fitted_groups
from abtest.ratio import RateRatio
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


def guardrail_condition(
    guardrail: Guardrail, table: CountTable, *, segments: Sequence[str], leader: str, control: str
) -> Condition:
    """Whether the leader is proven not to harm the guarded metric; a leading control never does."""
    safe = 1.0
    worse = "below" if guardrail.direction == "higher" else "above"
    if leader != control:
        pair = table.only((leader, control))
        safe = _prob_unharmed(guardrail, pair, segments=segments)
    return Condition(
        name=f"guardrail_{guardrail.metric}",
        value=safe,
        limit=guardrail.confidence,
        passed=safe >= guardrail.confidence,
        text=f"The {guardrail.metric.replace('_', ' ')} of {leader} is no more than "
        f"{guardrail.margin:.0%} {worse} {control} with probability {safe:.1%}, "
        f"{guardrail.confidence:.0%} needed.",
    )


def _prob_unharmed(guardrail: Guardrail, pair: CountTable, *, segments: Sequence[str]) -> float:
    """Of leader and control, in this order."""
    fit = fitted_groups(pair, groups=[segments], model=Model(metric=guardrail.metric))
    leader, control = (arm.posterior for arm in fit.arms[0])
    ratio = RateRatio(arm=leader, baseline=control)
    if guardrail.direction == "lower":
        return ratio.cdf(1.0 + guardrail.margin)
    return 1.0 - ratio.cdf(1.0 - guardrail.margin)
