"""Guardrails: metrics that the winner must not harm.

A guardrail is a test of non-inferiority: the leader's metric is, with the asked confidence, no
more than a margin below the control's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abtest.counts import Counts
from abtest.errors import InvalidOptions
from abtest.posterior import Beta, pooled_prior
from abtest.ratio import RateRatio
from abtest.strata import EffectiveArm, effective_arms
from abtest.tables import Metric
from abtest.verdict import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """A metric that must not suffer.

    Parameters
    ----------
        metric     : what is guarded; higher is better
        margin     : largest relative harm that is tolerated, range (0, 1)
        confidence : probability that the harm is smaller, range (0, 1)
    Raises           InvalidOptions
    """

    metric: Metric
    margin: float = 0.05
    confidence: float = 0.9

    def __post_init__(self) -> None:
        for name in ("margin", "confidence"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise InvalidOptions(name, value, "a number between 0 and 1")


def guardrail_condition(
    guardrail: Guardrail, counts: Counts, *, segments: Sequence[str], leader: str, control: str
) -> Condition:
    """Whether the leader is proven not to harm the guarded metric; a leading control never does."""
    safe = 1.0
    if leader != control:
        safe = _prob_unharmed(guardrail, counts, segments=segments, pair=(leader, control))
    return Condition(
        name=f"guardrail_{guardrail.metric}",
        value=safe,
        limit=guardrail.confidence,
        passed=safe >= guardrail.confidence,
        text=f"The {guardrail.metric.replace('_', ' ')} of {leader} is no more than "
        f"{guardrail.margin:.0%} below {control} with probability {safe:.1%}, "
        f"{guardrail.confidence:.0%} needed.",
    )


def _prob_unharmed(
    guardrail: Guardrail, counts: Counts, *, segments: Sequence[str], pair: tuple[str, str]
) -> float:
    arms = effective_arms(counts, pair, segments=segments, metric=guardrail.metric)
    prior = pooled_prior(
        successes=sum(arm.successes_effective for arm in arms),
        trials=sum(arm.trials_effective for arm in arms),
    )
    leader, control = (_posterior(prior, arm) for arm in arms)
    return 1.0 - RateRatio(arm=leader, baseline=control).cdf(1.0 - guardrail.margin)


def _posterior(prior: Beta, arm: EffectiveArm) -> Beta:
    return prior.updated(successes=arm.successes_effective, trials=arm.trials_effective)
