"""Every number of every arm in every group at once, as arrays.

One call for 50 segments of 20 arms costs some tens of milliseconds; a thousand calls for one arm
each would cost seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from abtest.direction import Direction
from abtest.earned import Earned, best_earned
from abtest.evidence import difference_e_values, e_values
from abtest.exact import BestArm, best_arms, best_mixtures
from abtest.gate import GateOptions
from abtest.lift import FittedArm
from abtest.mixed_ratios import MixedRatios
from abtest.quadrature import Floats
from abtest.ratios import RateRatios
from abtest.spread import Mixture

Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measures:
    """What is known of each arm in each group.

    Parameters
    ----------
        prob_best, expected_loss, e_value : (groups, arms), see `VariantAnalysis`
        difference    : evidence that the arms are not all alike, (groups,)
        interval      : ends of the credible interval of the rate, (groups, arms) each
        lift_interval : ends of the credible interval of the lift over the control
        leader        : arm with the least expected loss, (groups,)
        rope          : smallest probability, over the other arms, that the leader is better by
                        less than epsilon, (groups,)
    """

    prob_best: Floats
    expected_loss: Floats
    e_value: Floats
    difference: Floats
    interval: tuple[Floats, Floats]
    lift_interval: tuple[Floats, Floats]
    leader: tuple[int, ...]
    rope: Floats


def measured(
    fitted: Sequence[Sequence[FittedArm]],
    *,
    control: int,
    level: float,
    gate: GateOptions,
    direction: Direction = "higher",
) -> Measures:
    """Measure all groups; each has the same arms, two or more."""
    alpha = np.array([[arm.posterior.alpha for arm in arms] for arms in fitted])
    beta = np.array([[arm.posterior.beta for arm in arms] for arms in fitted])
    own_alpha = np.array([[arm.own.alpha for arm in arms] for arms in fitted])
    own_beta = np.array([[arm.own.beta for arm in arms] for arms in fitted])
    won = np.array([[arm.counts.successes_effective for arm in arms] for arms in fitted])
    trials = np.array([[arm.counts.trials_effective for arm in arms] for arms in fitted])
    best = _best(fitted, alpha, beta, direction=direction)
    leader = leaders(best)
    over_control = _ratios(alpha, beta, base=np.full(len(alpha), control), turned=False)
    low, high = (end.reshape(alpha.shape) - 1.0 for end in over_control.interval(level=level))
    rope = equivalence(alpha, beta, leader=leader, epsilon=gate.epsilon, direction=direction)
    for row, arms in enumerate(fitted):
        mixtures = [arm.mixture for arm in arms if arm.mixture is not None]
        if len(mixtures) == len(arms):
            low[row], high[row] = _mixed_lifts(mixtures, control=control, level=level)
            rope[row] = _mixed_equivalence(
                mixtures, leader=int(leader[row]), epsilon=gate.epsilon, direction=direction
            )
    return Measures(
        prob_best=best.prob_best,
        expected_loss=best.expected_loss,
        e_value=e_values(won, trials, epsilon=gate.epsilon, tau=gate.tau, direction=direction),
        difference=difference_e_values(won, trials, tau=gate.tau),
        interval=_intervals(fitted, own_alpha, own_beta, level=level),
        lift_interval=(low, high),
        leader=tuple(int(arm) for arm in leader),
        rope=rope,
    )


def _best(
    fitted: Sequence[Sequence[FittedArm]], alpha: Floats, beta: Floats, *, direction: Direction
) -> BestArm:
    """`best_arms`, of mixtures and of money where an arm's posterior is one."""
    earned = [[arm.earned for arm in arms if arm.earned is not None] for arms in fitted]
    if len(earned[0]) == len(fitted[0]):
        return _best_earned(earned)
    found = best_arms(alpha, beta, direction=direction)
    for row, arms in enumerate(fitted):
        mixtures = [arm.mixture for arm in arms if arm.mixture is not None]
        if len(mixtures) < len(arms):
            continue
        exact = best_mixtures(
            np.array([[[part.alpha for part in one.parts] for one in mixtures]]),
            np.array([[[part.beta for part in one.parts] for one in mixtures]]),
            np.array([[one.weights for one in mixtures]]),
            direction=direction,
        )
        found.prob_best[row] = exact.prob_best[0]
        found.expected_loss[row] = exact.expected_loss[0]
        found.expected_best[row] = exact.expected_best[0]
    return found


def _best_earned(earned: Sequence[Sequence[Earned]]) -> BestArm:
    """`best_earned` of groups that may differ in the number of parts."""
    parts = np.array([len(arms[0].weights) for arms in earned])
    shape = (len(earned), len(earned[0]))
    found = BestArm(
        prob_best=np.empty(shape), expected_loss=np.empty(shape), expected_best=np.empty(shape[0])
    )
    for number in np.unique(parts):
        rows = np.flatnonzero(parts == number)
        some = best_earned([earned[row] for row in rows.tolist()])
        found.prob_best[rows], found.expected_loss[rows] = some.prob_best, some.expected_loss
        found.expected_best[rows] = some.expected_best
    return found


def _intervals(
    fitted: Sequence[Sequence[FittedArm]], alpha: Floats, beta: Floats, *, level: float
) -> tuple[Floats, Floats]:
    tail = (1.0 - level) / 2.0
    low = np.asarray(special.betaincinv(alpha, beta, tail), dtype=np.float64)
    high = np.asarray(special.betaincinv(alpha, beta, 1.0 - tail), dtype=np.float64)
    for row, arms in enumerate(fitted):
        for column, arm in enumerate(arms):
            if arm.mixture is not None:
                low[row, column], high[row, column] = arm.mixture.interval(level=level)
    return low, high


def leaders(best: BestArm) -> Integers:
    """The arm with the least expected loss of each group, (groups,)."""
    return np.asarray(best.expected_loss.argmin(axis=1), dtype=np.intp)


def equivalence(
    alpha: Floats,
    beta: Floats,
    *,
    leader: Integers,
    epsilon: float,
    direction: Direction = "higher",
) -> Floats:
    """Smallest probability that the leader is better than an arm by less than epsilon, (groups,).

    Parameters
    ----------
        alpha, beta : (groups, arms), posteriors
        leader      : (groups,), arm of each
        direction   : which way a rate is better
    """
    # The leader over every arm; where lower is better, every arm over the leader.
    ratios = _ratios(alpha, beta, base=leader, turned=direction == "higher")
    below = ratios.cdf(1.0 + epsilon).reshape(alpha.shape)
    below[np.arange(len(leader)), leader] = 1.0
    return np.asarray(below.min(axis=1), dtype=np.float64)


def _mixed_lifts(
    mixtures: Sequence[Mixture], *, control: int, level: float
) -> tuple[Floats, Floats]:
    """Ends of the credible intervals of the lift over the control, (arms,) each."""
    ratios = MixedRatios.of(mixtures, [mixtures[control]] * len(mixtures))
    low, high = ratios.interval(level=level)
    return low - 1.0, high - 1.0


def _mixed_equivalence(
    mixtures: Sequence[Mixture], *, leader: int, epsilon: float, direction: Direction
) -> float:
    """`equivalence` of one group whose posteriors are mixtures."""
    others = [mixture for place, mixture in enumerate(mixtures) if place != leader]
    pair = [mixtures[leader]] * len(others), others
    better, worse = pair if direction == "higher" else pair[::-1]
    return float(MixedRatios.of(better, worse).cdf(1.0 + epsilon).min())


def _ratios(alpha: Floats, beta: Floats, *, base: Integers, turned: bool) -> RateRatios:
    """Every arm over one arm of its group, or that one over every arm where `turned`."""
    rows = np.arange(len(alpha))
    one = (np.repeat(of[rows, base], alpha.shape[1]) for of in (alpha, beta))
    base_alpha, base_beta = one
    if turned:
        return RateRatios(
            arm_alpha=base_alpha, arm_beta=base_beta,
            base_alpha=alpha.ravel(), base_beta=beta.ravel(),
        )  # fmt: skip
    return RateRatios(
        arm_alpha=alpha.ravel(), arm_beta=beta.ravel(), base_alpha=base_alpha, base_beta=base_beta
    )
