"""What another policy would have earned, from decisions that were logged with their propensities.

Every decision of the feed carries the probability with which it was made, so that a policy that
never ran can be judged on the traffic of one that did. With w = target / propensity:

    replay  mean reward of decisions kept with probability w / max w; needs luck, loses data
    IPS     mean of w r                                     unbiased, high variance
    SNIPS   sum of w r / sum of w                           bounded by the rewards, slight bias
    DR      mean of V + w (r - q)                           unbiased if w or the model q holds

References
----------
    Li et al. 2011, "Unbiased offline evaluation of contextual-bandit-based news article
        recommendation algorithms" (replay)
    Swaminathan and Joachims 2015, "The self-normalized estimator for counterfactual learning"
    Dudik, Langford and Li 2011, "Doubly robust policy evaluation and learning"
    Kong 1992, "A note on importance sampling using standardized weights" (effective sample size)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, assert_never

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from abtest.errors import InvalidLog, SupportMissing

Floats = NDArray[np.float64]
Estimator = Literal["ips", "snips", "dr"]

LEAST_EFFECTIVE = 50.0
"""Decisions' worth of evidence below which an interval by normal approximation means nothing."""
_UNIT_MEAN_SD = 5.0
"""How many standard errors the mean weight may be from 1 before support is called missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLog:
    """Logged decisions, as arrays of one length.

    Parameters
    ----------
        reward     : what each decision earned, such as 1.0 for a click
        propensity : probability with which the logged choice was made, in (0, 1]
        target     : probability with which the policy to be judged makes the same choice, in [0, 1]
        predicted  : a model's expected reward of the logged choice; for the doubly robust estimate
        value      : the model's expected reward under the target policy; with `predicted`
    Raises           InvalidLog
    """

    reward: Floats
    propensity: Floats
    target: Floats
    predicted: Floats | None = None
    value: Floats | None = None

    def __post_init__(self) -> None:
        for name in ("reward", "propensity", "target", "predicted", "value"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, self._checked(name, given))
        if (self.predicted is None) != (self.value is None):
            raise InvalidLog("predicted", "a model gives both its predictions and its value")
        if not ((self.propensity > 0) & (self.propensity <= 1)).all():
            raise InvalidLog("propensity", "each is a probability above 0")
        if not ((self.target >= 0) & (self.target <= 1)).all():
            raise InvalidLog("target", "each is a probability")

    def _checked(self, name: str, given: ArrayLike) -> Floats:
        values = np.asarray(given, dtype=np.float64)
        if values.ndim != 1 or len(values) == 0 or len(values) != len(self.reward):
            raise InvalidLog(name, f"shape {values.shape}; one number for each decision is needed")
        if not np.isfinite(values).all():
            raise InvalidLog(name, "not all are finite numbers")
        return values

    @property
    def weights(self) -> Floats:
        """How many times over each logged decision stands for the target policy's."""
        return self.target / self.propensity


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValue:
    """What the target policy is estimated to earn per decision.

    Parameters
    ----------
        estimate       : reward per decision
        interval       : at the level asked for, by normal approximation
        standard_error : of the estimate
        decisions      : logged
        effective      : decisions' worth of evidence that the weights leave, (sum w)^2 / sum w^2
        mean_weight    : 1 in expectation; far from it, the propensities are not those that served
    """

    estimator: Estimator | Literal["replay"]
    estimate: float
    interval: tuple[float, float]
    standard_error: float
    decisions: int
    effective: float
    mean_weight: float


def policy_value(
    log: DecisionLog, *, estimator: Estimator = "snips", level: float = 0.95
) -> PolicyValue:
    """Estimate what the target policy would have earned per decision.

    Raises
    ------
        InvalidLog     : "dr" without a model's predictions
        SupportMissing : the logged policy made too few of the target's choices, or none of some

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> arm = rng.integers(0, 2, 20_000)
    >>> log = DecisionLog(
    ...     reward=(rng.random(20_000) < np.where(arm == 1, 0.06, 0.02)).astype(float),
    ...     propensity=np.full(20_000, 0.5),
    ...     target=np.where(arm == 1, 0.9, 0.1),
    ... )
    >>> low, high = policy_value(log).interval
    >>> low < 0.9 * 0.06 + 0.1 * 0.02 < high
    True
    """
    weights = log.weights
    effective = _effective(weights)
    _refuse_without_support(weights, effective)
    match estimator:
        case "snips":
            estimate, influence = _ratio(log.reward, weights)
        case "ips":
            estimate, influence = _mean(weights * log.reward)
        case "dr":
            if log.predicted is None or log.value is None:
                raise InvalidLog("predicted", "the doubly robust estimate needs a model's rewards")
            estimate, influence = _mean(log.value + weights * (log.reward - log.predicted))
        case _:
            assert_never(estimator)
    error = math.sqrt(float(influence @ influence)) / len(weights)
    return _valued(estimator, estimate, error, weights=weights, effective=effective, level=level)


def replayed(
    log: DecisionLog, *, generator: np.random.Generator, level: float = 0.95
) -> PolicyValue:
    """Estimate by replay: keep each decision as often as the target policy would have made it.

    Decisions are kept with probability w / max w, so that what is kept is a sample of the target
    policy's own traffic, on which anything can be computed. `effective` is the number kept.

    Raises
    ------
        SupportMissing : too few decisions were kept
    """
    weights = log.weights
    _refuse_without_support(weights, _effective(weights))
    kept = generator.random(len(weights)) < weights / weights.max()
    rewards = log.reward[kept]
    if len(rewards) < LEAST_EFFECTIVE:
        raise SupportMissing(f"only {len(rewards)} of {len(weights)} decisions could be replayed")
    error = float(rewards.std(ddof=1)) / math.sqrt(len(rewards))
    return _valued(
        "replay", float(rewards.mean()), error, weights=weights, effective=float(len(rewards)),
        level=level,
    )  # fmt: skip


def _valued(
    estimator: Estimator | Literal["replay"],
    estimate: float,
    error: float,
    *,
    weights: Floats,
    effective: float,
    level: float,
) -> PolicyValue:
    reach = float(special.ndtri(0.5 + level / 2.0)) * error
    return PolicyValue(
        estimator=estimator,
        estimate=estimate,
        interval=(estimate - reach, estimate + reach),
        standard_error=error,
        decisions=len(weights),
        effective=effective,
        mean_weight=float(weights.mean()),
    )


def _mean(values: Floats) -> tuple[float, Floats]:
    estimate = float(values.mean())
    return estimate, values - estimate


def _ratio(reward: Floats, weights: Floats) -> tuple[float, Floats]:
    """The weighted mean, and each decision's influence on it (delta method)."""
    estimate = float(weights @ reward / weights.sum())
    return estimate, weights * (reward - estimate) / weights.mean()


def _effective(weights: Floats) -> float:
    square = float(weights @ weights)
    return float(weights.sum()) ** 2 / square if square > 0 else 0.0


def _refuse_without_support(weights: Floats, effective: float) -> None:
    """A mean weight other than 1 says that the target makes choices that were never logged."""
    if effective < LEAST_EFFECTIVE:
        raise SupportMissing(
            f"the {len(weights)} decisions are worth {effective:.0f} of the target policy's, fewer "
            f"than {LEAST_EFFECTIVE:.0f}; log more, or judge a policy nearer to the one that ran"
        )
    error = float(weights.std()) / math.sqrt(len(weights))
    off = abs(float(weights.mean()) - 1.0)
    if off > max(_UNIT_MEAN_SD * error, 1e-9):
        raise SupportMissing(
            f"the mean weight is {weights.mean():.3f}, not 1: the target policy makes choices that "
            "were never logged, or the propensities are not those that served"
        )
