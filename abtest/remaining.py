"""How many more clicks the gate's proof would take if the rates stay as they are.

All arms' counts are scaled up together until the e-value, or the loss, is met; what they then have
more than now is what is missing. No uncertainty of the rates is in it (that is in the days of
`abtest.outlook`): it answers "how far away is it, if what I see is true?".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abtest.direction import Direction, sign_of
from abtest.evidence import leader_log_e_values, log_difference
from abtest.exact import best_arms
from abtest.lift import FittedArm
from abtest.limits import GateOptions
from abtest.quadrature import Floats

GROWTHS = np.concatenate([[1.0], 1.0 + np.geomspace(0.01, 199.0, 24)])
"""By how much all counts are scaled up, 1 first."""
_LOSS_GROWTHS = np.concatenate([[1.0], 1.0 + np.geomspace(0.02, 199.0, 11)])

_RIVALS = 3
"""Arms beyond the three nearest add next to nothing to the loss once it is near its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the proof rests on.

    Parameters
    ----------
        arms    : two or more
        leader  : its place among them
        e_limit : what its e-value must reach
        difference_limit : what the evidence for any difference must reach
        noun    : what the metric counts, such as "clicks"
        direction : which way it is better
    """

    arms: Sequence[FittedArm]
    leader: int
    e_limit: float
    difference_limit: float
    noun: str
    direction: Direction = "higher"

    @property
    def rivals(self) -> list[int]:
        """The places of the other arms, the best first."""
        sign = sign_of(self.direction)
        return sorted(
            (i for i in range(len(self.arms)) if i != self.leader),
            key=lambda i: -sign * self.arms[i].posterior.mean,
        )


def missing_proof(proof: Proof, gate: GateOptions) -> Mapping[str, str]:
    """By name of the condition, what is missing in numbers."""
    successes = np.array([arm.counts.successes_effective for arm in proof.arms])
    trials = np.array([arm.counts.trials_effective for arm in proof.arms])
    grown = GROWTHS[:, None] * successes, GROWTHS[:, None] * trials
    evidence = leader_log_e_values(
        *grown,
        leader=proof.leader,
        epsilon=gate.epsilon,
        tau=gate.tau,
        direction=proof.direction,
    )
    loss = _losses(proof, successes, trials)
    growth = {
        "evidence": reached(evidence, math.log(proof.e_limit), GROWTHS),
        "difference": reached(
            log_difference(*grown, tau=gate.tau), math.log(proof.difference_limit), GROWTHS
        ),
        "expected_loss": reached(-np.log(loss), -math.log(gate.max_relative_loss), _LOSS_GROWTHS),
    }
    return {name: _text(found, proof) for name, found in growth.items()}


def _losses(proof: Proof, successes: Floats, trials: Floats) -> Floats:
    """The leader's loss over its mean at each growth; never quite 0."""
    at = [proof.leader, *proof.rivals[:_RIVALS]]
    more = _LOSS_GROWTHS[:, None] - 1.0
    alpha = np.array([proof.arms[i].posterior.alpha for i in at])
    beta = np.array([proof.arms[i].posterior.beta for i in at])
    alpha, beta = alpha + more * successes[at], beta + more * (trials - successes)[at]
    loss = best_arms(alpha, beta, direction=proof.direction).expected_loss[:, 0]
    relative = loss * (alpha + beta)[:, 0] / alpha[:, 0]
    return np.asarray(np.maximum(relative, 1e-300), dtype=np.float64)


def reached(values: Floats, wanted: float, growths: Floats) -> float | None:
    """The growth at which rising values first reach what is wanted; None beyond the last."""
    over = values >= wanted
    if not over.any():
        return None
    first = int(over.argmax())
    if first == 0:
        return 1.0
    low, high = values[first - 1], values[first]
    part = (wanted - low) / (high - low)
    return float(growths[first - 1] + part * (growths[first] - growths[first - 1]))


def _text(growth: float | None, proof: Proof) -> str:
    leader, rival = proof.arms[proof.leader], proof.arms[proof.rivals[0]]
    if not leader.counts.successes and not rival.counts.successes:
        return ""  # nothing was seen that could be too close
    if growth is None:
        return f"more {proof.noun} than can be told: {rival.counts.variant} is too close"
    if growth <= 1.0:
        return ""
    more, theirs = (
        rounded((growth - 1.0) * max(arm.counts.successes, 1)) for arm in (leader, rival)
    )
    return (
        f"about {more:,} more {proof.noun} on {leader.counts.variant} and {theirs:,} on "
        f"{rival.counts.variant}, if their rates stay as they are"
    )


def rounded(number: float) -> int:
    """To two digits: more would pretend to know."""
    digits = max(math.floor(math.log10(max(number, 1.0))) - 1, 0)
    unit: int = 10**digits
    return math.ceil(number / unit) * unit
