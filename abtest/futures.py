"""Drawn futures of a test, followed as the gate follows them.

True rates are drawn from the posterior first, then the clicks of each day to come at the traffic
and the split of late. The spread over the futures is the uncertainty: of the rates, and of the
clicks.

Losses and the region of equivalence are taken from the normal form of the log ratio, the loss as
the sum over the rivals, which is a little too much: the gate waits for 50 clicks an arm, where the
forms agree.

The draws come from a generator of a fixed seed, so that the same counts give the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from abtest.direction import Direction, merit
from abtest.evidence import log_difference, log_e_value
from abtest.lift import FittedArm
from abtest.limits import GateOptions
from abtest.quadrature import Floats
from abtest.traffic import Traffic

Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

_FUTURES = 160
_FUTURES_OF_MANY = 64
_MANY_ARMS = 8
_SEED = 20_260
_MOST_DRAWN = 1e12
"""Expected successes of a day; above, chance moves them by less than a millionth."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Futures:
    """Drawn futures, looked at on `looks` days ahead.

    Shapes: rates (futures, arms), the rest (futures, looks, arms) but for looks (looks,).
    """

    looks: Floats
    rates: Floats
    impressions: Floats
    clicks: Floats
    trials: Floats
    successes: Floats
    mean: Floats
    variance: Floats
    direction: Direction

    @property
    def leader(self) -> Indices:
        """The arm of the best posterior mean, (futures, looks)."""
        return np.asarray(merit(self.mean, self.direction).argmax(axis=2), dtype=np.intp)

    def enough(self, gate: GateOptions, days: float) -> Mask:
        """Whether the gate's least counts and days are reached, bool (futures, looks)."""
        shown = self.impressions.min(axis=2) >= gate.min_impressions
        clicked = _of(self.clicks, self.leader) >= gate.min_clicks
        return np.asarray(shown & clicked & (days + self.looks >= gate.min_days))

    def proof(self, gate: GateOptions, lead: Indices) -> Floats:
        """The leader's least e-value, its logarithm, (futures, looks)."""
        successes, trials = np.maximum(self.successes, 1e-9), np.maximum(self.trials, 1e-9)
        rate, variance = successes / trials, 1.0 / successes - 1.0 / trials
        rate = np.log(merit(rate, self.direction))
        d = _of(rate, lead)[..., None] - rate + math.log1p(gate.epsilon)
        logs = log_e_value(d, _of(variance, lead)[..., None] + variance, tau=gate.tau)
        np.put_along_axis(logs, lead[..., None], np.inf, axis=2)
        return np.asarray(logs.min(axis=2), dtype=np.float64)

    def difference(self, gate: GateOptions) -> Floats:
        """Evidence that the arms are not all alike, its logarithm, (futures, looks)."""
        return log_difference(self.successes, self.trials, tau=gate.tau)

    def loss(self, lead: Indices) -> Floats:
        """Expected loss of the leader over its mean, (futures, looks)."""
        gap, sd = self._log_gap(lead)
        z = gap / sd
        density = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        pairwise = sd * density - gap * special.ndtr(-z)
        np.put_along_axis(pairwise, lead[..., None], 0.0, axis=2)
        return np.asarray(pairwise.sum(axis=2), dtype=np.float64)

    def equivalent(self, epsilon: float, lead: Indices) -> Floats:
        """Least probability that the leader is better by less than epsilon, (futures, looks)."""
        gap, sd = self._log_gap(lead)
        below = special.ndtr((math.log1p(epsilon) - gap) / sd)
        np.put_along_axis(below, lead[..., None], 1.0, axis=2)
        return np.asarray(below.min(axis=2), dtype=np.float64)

    def _log_gap(self, lead: Indices) -> tuple[Floats, Floats]:
        """By how much the leader's log rate is better than each arm's, and with what deviation."""
        logs = np.log(merit(self.mean, self.direction))
        gap = _of(logs, lead)[..., None] - logs
        return gap, np.sqrt(_of(self.variance, lead)[..., None] + self.variance)


def drawn(
    arms: Sequence[FittedArm], traffic: Traffic, looks: Floats, *, direction: Direction = "higher"
) -> Futures:
    """Futures of some arms, the same ones for the same counts.

    Parameters
    ----------
        looks : days ahead, ascending, (looks,)
    """
    generator = np.random.default_rng(_SEED)
    futures = _FUTURES if len(arms) <= _MANY_ARMS else _FUTURES_OF_MANY
    alpha = np.array([(arm.posterior.mean / arm.posterior.sd) ** 2 for arm in arms])
    rates = generator.gamma(alpha, size=(futures, len(arms)))
    rates = np.minimum(rates * np.array([arm.posterior.mean for arm in arms]) / alpha, 1.0)
    shares = np.array([traffic.shares.get(arm.counts.variant, 0.0) for arm in arms])
    per_day = traffic.impressions_per_day * shares
    steps = np.diff(looks, prepend=0.0)
    new = steps[:, None] * per_day
    clicked = np.cumsum(_counted(rates[:, None, :] * new * traffic.worth, generator), axis=1)
    shown = np.broadcast_to(np.cumsum(new, axis=0), clicked.shape)
    tried = shown * traffic.worth
    successes = clicked + np.array([arm.counts.successes_effective for arm in arms])
    trials = tried + np.array([arm.counts.trials_effective for arm in arms])
    trials = np.maximum(trials, successes)
    prior = np.array([arm.posterior.alpha - arm.counts.successes_effective for arm in arms])
    total = np.array([arm.posterior.alpha + arm.posterior.beta for arm in arms])
    mean = (prior + successes) / (total + tried)
    return Futures(
        looks=looks,
        rates=rates,
        impressions=shown + np.array([arm.counts.impressions for arm in arms]),
        clicks=clicked * _raw_share(arms) + np.array([arm.counts.successes for arm in arms]),
        trials=trials,
        successes=successes,
        mean=mean,
        variance=1.0 / (prior + successes),
        direction=direction,
    )


def _counted(expected: Floats, generator: np.random.Generator) -> Floats:
    """What is counted of so many expected successes; of more than numpy draws, just those."""
    clicks = generator.poisson(np.minimum(expected, _MOST_DRAWN))
    return np.where(expected > _MOST_DRAWN, expected, clicks)


def _raw_share(arms: Sequence[FittedArm]) -> float:
    """Successes as they are counted for each effective one."""
    effective = sum(arm.counts.successes_effective for arm in arms)
    return sum(arm.counts.successes for arm in arms) / effective if effective > 0 else 1.0


def _of(values: Floats, lead: Indices) -> Floats:
    """The leader's own of (futures, looks, arms)."""
    return np.asarray(np.take_along_axis(values, lead[..., None], axis=2)[..., 0])
