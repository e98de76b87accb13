"""What going on would bring: the chance of an answer, and about how many days away it is.

From the posterior, futures are drawn: true rates first, then the clicks of each day to come at the
traffic and the split of late. In every future the e-value, the loss and the region of equivalence
are followed as the gate follows them, and the first day on which it would speak is noted. The
spread over the futures is the uncertainty: of the rates, and of the clicks.

Losses and the region of equivalence are taken from the normal form of the log ratio, the loss as
the sum over the rivals, which is a little too much: the gate waits for 50 clicks an arm, where the
forms agree. The split is taken to stay as it is, while the allocation will move it to where it
tells most, and no answer between the days looked at is seen: days are rather too many than too few.

The draws come from a generator of a fixed seed, so that the same counts give the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from abtest.direction import Direction, merit
from abtest.evidence import log_difference, log_e_value
from abtest.lift import FittedArm
from abtest.limits import GateOptions
from abtest.quadrature import Floats
from abtest.tables import CountTable

Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

_FUTURES = 160
_FUTURES_OF_MANY = 64
_MANY_ARMS = 8
_LOOKS = 14
_SEED = 20_260
_MOST_DRAWN = 1e12
"""Expected successes of a day; above, chance moves them by less than a millionth."""
_LATE_DAYS = 7.0
LEAST_AHEAD_DAYS = 14.0
"""However long a test has run, the next two weeks are looked at before it is called futile."""
RANGE = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a group of shoppers is shown in a day, as of late.

    Parameters
    ----------
        impressions_per_day : of the compared variants together
        shares              : variant to its share, sums to 1
        days                : the test has run so far
        worth               : effective trials of an impression: 1 for rates of impressions, less
                              where only some of them are trials, or where each says less
    """

    impressions_per_day: float
    shares: Mapping[str, float]
    days: float
    worth: float = 1.0


def recent_traffic(table: CountTable, *, segments: Sequence[str], worth: float = 1.0) -> Traffic:
    """The traffic of the last week's periods, split as it was in the last of them."""
    counts, newest, days = table.counts, 0, 0.0
    for period in reversed(counts.periods):
        newest += 1
        days += period.days
        if days >= _LATE_DAYS:
            break
    rows = [table.segments[segment] for segment in segments]
    shown = float(table.impressions[rows, len(counts.periods) - newest :].sum())
    last = dict.fromkeys(table.variants, 0.0)
    for weights in (counts.periods[-1].weights_for(name) for name in segments if newest):
        for variant in last:
            last[variant] += weights.get(variant, 0.0)
    total = sum(last.values())
    return Traffic(
        impressions_per_day=shown / days if days > 0 else 0.0,
        shares={variant: weight / total if total else 0.0 for variant, weight in last.items()},
        days=counts.days,
        worth=worth,
    )


def trials_per_impression(arms: Sequence[FittedArm]) -> float:
    """Effective trials of an impression so far, for metrics whose trials are not impressions."""
    shown = sum(arm.counts.impressions for arm in arms)
    return sum(arm.counts.trials_effective for arm in arms) / shown if shown else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What going on would bring, if traffic and rates stay as they are.

    Parameters
    ----------
        horizon_days    : how far ahead was looked
        chance_answer   : that the gate names a winner, or finds no difference, within that
        chance_winner   : that it names a winner worth having: one that is truly better than the
                          control by more than epsilon, or the control itself where it is better
                          than every other by that
        prob_worth      : probability that the present leader is such a winner, proven or not
        days            : more days until an answer: exceeded with chances of 90%, 50% and 10%;
                          None for beyond the horizon
        impressions_per_day : of late
        guarded         : that a guardrail is open, of which none of this knows
    """

    horizon_days: float
    chance_answer: float
    chance_winner: float
    prob_worth: float
    days: tuple[float | None, float | None, float | None]
    impressions_per_day: float
    guarded: bool = False

    @property
    def text(self) -> str:
        """The days in words."""
        told = self._told()
        return f"{told.removesuffix('.')}, guardrails aside." if self.guarded else told

    def _told(self) -> str:
        low, typical, high = self.days
        if low is None:
            return f"No answer is in sight within {self.horizon_days:g} days at this traffic."
        if typical is None:
            return (
                f"An answer within {self.horizon_days:g} days has a chance of "
                f"{self.chance_answer:.0%}, and is hardly to be had before {_days(low)}."
            )
        most = f"more than {self.horizon_days:g}" if high is None else f"{high:g}"
        if low == high:
            return f"About {_days(typical)} more until an answer."
        return f"About {_days(typical)} more until an answer ({low:g} to {most})."


def outlook(
    arms: Sequence[FittedArm],
    traffic: Traffic,
    gate: GateOptions,
    *,
    control: int,
    e_limit: float,
    difference_limit: float,
    direction: Direction = "higher",
) -> Outlook | None:
    """Look ahead; None without traffic to look ahead on.

    Parameters
    ----------
        arms    : two or more, with their counts and posteriors
        control : its place among them
        e_limit : what the leader's e-value must reach
        difference_limit : what the evidence for any difference must reach
        direction : which way a rate is better
    """
    if traffic.impressions_per_day <= 0 or len(arms) < 2:
        return None
    horizon = math.ceil(max(gate.max_days - traffic.days, LEAST_AHEAD_DAYS))
    looks = np.unique(np.geomspace(1.0, horizon, _LOOKS).round())
    future = _drawn(arms, traffic, looks, direction=direction)
    lead = future.leader
    enough = future.enough(gate, traffic.days)
    proven = future.proof(gate, lead) >= math.log(e_limit)
    proven &= future.difference(gate) >= math.log(difference_limit)
    answers = enough & proven & (future.loss(lead) <= gate.max_relative_loss)
    same = enough & (future.equivalent(gate.epsilon, lead) >= gate.rope_confidence)
    either = answers | same
    first = either.argmax(axis=1)
    decided = either.any(axis=1)
    rows = np.arange(len(first))
    winning = decided & answers[rows, first] & ~same[rows, first]
    truth = merit(future.rates, direction)
    worthy = _worth_having(truth, lead[rows, first], control, gate.epsilon)
    means = merit(np.array([arm.posterior.mean for arm in arms]), direction)
    worth = _worth_having(truth, np.full(len(rows), means.argmax()), control, gate.epsilon)
    ends = np.where(decided, looks[first], np.inf)
    low, typical, high = (_day(np.quantile(ends, q, method="higher")) for q in RANGE)
    return Outlook(
        horizon_days=float(horizon),
        chance_answer=float(decided.mean()),
        chance_winner=float((winning & worthy).mean()),
        prob_worth=float(worth.mean()),
        days=(low, typical, high),
        impressions_per_day=traffic.impressions_per_day,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Futures:
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


def _drawn(
    arms: Sequence[FittedArm], traffic: Traffic, looks: Floats, *, direction: Direction = "higher"
) -> _Futures:
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
    return _Futures(
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
    drawn = generator.poisson(np.minimum(expected, _MOST_DRAWN))
    return np.where(expected > _MOST_DRAWN, expected, drawn)


def _raw_share(arms: Sequence[FittedArm]) -> float:
    """Successes as they are counted for each effective one."""
    effective = sum(arm.counts.successes_effective for arm in arms)
    return sum(arm.counts.successes for arm in arms) / effective if effective > 0 else 1.0


def _worth_having(merits: Floats, chosen: Indices, control: int, epsilon: float) -> Mask:
    """Whether each future's choice is better than the control, or the control than the rest."""
    rows = np.arange(len(merits))
    others = merits.copy()
    others[:, control] = 0.0
    kept = merits[:, control] > (1.0 + epsilon) * others.max(axis=1)
    gained = merits[rows, chosen] > (1.0 + epsilon) * merits[:, control]
    return np.asarray(np.where(chosen == control, kept, gained), dtype=np.bool_)


def _of(values: Floats, lead: Indices) -> Floats:
    """The leader's own of (futures, looks, arms)."""
    return np.asarray(np.take_along_axis(values, lead[..., None], axis=2)[..., 0])


def _day(end: float) -> float | None:
    return float(end) if math.isfinite(end) else None


def _days(number: float) -> str:
    return f"{number:g} day" + ("" if number == 1 else "s")
