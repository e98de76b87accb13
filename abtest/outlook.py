"""What going on would bring: the chance of an answer, and about how many days away it is.

In every drawn future (`abtest.futures`) the e-value, the loss and the region of equivalence are
followed as the gate follows them, and the first day on which it would speak is noted. The split is
taken to stay as it is, while the allocation will move it to where it tells most, and no answer
between the days looked at is seen: days are rather too many than too few.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abtest.direction import Direction, merit
from abtest.futures import Indices, Mask, drawn
from abtest.lift import FittedArm
from abtest.limits import GateOptions
from abtest.quadrature import Floats
from abtest.traffic import Traffic

_LOOKS = 14
LEAST_AHEAD_DAYS = 14.0
"""However long a test has run, the next two weeks are looked at before it is called futile."""
RANGE = (0.1, 0.5, 0.9)


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
        settled         : that nothing else is open
    """

    horizon_days: float
    chance_answer: float
    chance_winner: float
    prob_worth: float
    days: tuple[float | None, float | None, float | None]
    impressions_per_day: float
    guarded: bool = False
    settled: bool = False

    @property
    def text(self) -> str:
        """The days in words."""
        if self.guarded and self.settled:
            return "All but guardrails is met already; of them no days can be told."
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
    future = drawn(arms, traffic, looks, direction=direction)
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


def _worth_having(merits: Floats, chosen: Indices, control: int, epsilon: float) -> Mask:
    """Whether each future's choice is better than the control, or the control than the rest."""
    rows = np.arange(len(merits))
    others = merits.copy()
    others[:, control] = 0.0
    kept = merits[:, control] > (1.0 + epsilon) * others.max(axis=1)
    gained = merits[rows, chosen] > (1.0 + epsilon) * merits[:, control]
    return np.asarray(np.where(chosen == control, kept, gained), dtype=np.bool_)


def _day(end: float) -> float | None:
    return float(end) if math.isfinite(end) else None


def _days(number: float) -> str:
    return f"{number:g} day" + ("" if number == 1 else "s")
