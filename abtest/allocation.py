"""How the next period's traffic is split.

The weights are exact functions of P(best), never samples, so that the propensity of every
decision is known. They are frozen within a period.

Every click spent on a challenger buys evidence and costs what the leader would have earned. A proof
takes 1/s + 1/(1 - s) clicks where the leader has the share s, and (1 - s) of them cost the gap: 1/s
in all. So an even split (s = 1/2) is soonest and dearest; at s = 0.85 a proof takes longer, and
what it costs in clicks falls by two fifths (`tests/benchmarks/abtest/power.py`).

References
----------
    Russo 2020, "Simple Bayesian Algorithms for Best-Arm Identification" (top-two)
    Thompson 1933, "On the likelihood that one unknown probability exceeds another"
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

from abtest.errors import InvalidOptions

Policy = Literal["uniform", "thompson", "top_two"]

FLOOR = 0.01
"""Least share of an arm, where there are few; see `Allocation.floor_for`. Top-two sees to it that
no challenger worth a look is starved; the floor keeps every propensity above 0, and an eye on arms
whose rates may change. A floor of 5% cost a third of all clicks lost among six images."""
FLOORS_TOGETHER = 0.1
_SECOND = 0.6
"""Of k arms, the second's share of top-two is this over k: 30% of two, 10% of six. Dearer arms, and
more of them, are what a longer proof pays for; see `tests/benchmarks/abtest/power.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """The rule that turns P(best) into weights.

    Parameters
    ----------
        policy : "top_two" shows the arm drawn as best, and now and then the arm drawn as best of
                 the others; "thompson" only the first, which earns most while it runs but starves
                 challengers, so that the gate rarely opens; "uniform" splits evenly
        floor  : least share of every arm, in [0, 1/k]; None takes 1%, less where arms are many
        leader_share : how often top-two keeps the first, in [0.5, 1]: 0.5 decides soonest, 1 is
                 Thompson's; None takes more where arms are many: 0.7 of 2, 0.85 of 4, 0.9 of 6
    Raises       InvalidOptions
    """

    policy: Policy = "top_two"
    floor: float | None = None
    leader_share: float | None = None

    def __post_init__(self) -> None:
        if self.policy not in ("uniform", "thompson", "top_two"):
            raise InvalidOptions("policy", self.policy, "one of uniform, thompson, top_two")
        if self.floor is not None and not 0.0 <= self.floor <= 0.5:
            raise InvalidOptions("floor", self.floor, "a share between 0 and 0.5")
        if self.leader_share is not None and not 0.5 <= self.leader_share <= 1.0:
            raise InvalidOptions("leader_share", self.leader_share, "a share between 0.5 and 1")

    def floor_for(self, arms: int) -> float:
        """The floor among `arms` arms."""
        if self.floor is None:
            return min(FLOOR, FLOORS_TOGETHER / arms)
        if self.floor * arms > 1.0:
            raise InvalidOptions("floor", self.floor, f"{arms} such shares are more than all")
        return self.floor

    def leader_share_for(self, arms: int) -> float:
        """The leader's share among `arms` arms."""
        return 1.0 - _SECOND / arms if self.leader_share is None else self.leader_share

    def weights(self, prob_best: Mapping[str, float]) -> dict[str, float]:
        """The share of each arm, sums to 1: floor + (1 - k floor) w.

        Parameters
        ----------
            prob_best : of each arm that takes part, at least one
        """
        floor = self.floor_for(len(prob_best))
        free = 1.0 - len(prob_best) * floor
        shares = self._shares(dict(prob_best))
        return {variant: floor + free * share for variant, share in shares.items()}

    def _shares(self, prob_best: dict[str, float]) -> dict[str, float]:
        match self.policy:
            case "uniform":
                return even_weights(tuple(prob_best))
            case "thompson":
                total = math.fsum(prob_best.values())
                return {variant: prob / total for variant, prob in prob_best.items()}
            case "top_two":
                share = self.leader_share_for(len(prob_best))
                return top_two_weights(prob_best, leader_share=share)
            case _:
                assert_never(self.policy)


def even_weights(variants: tuple[str, ...]) -> dict[str, float]:
    """The same share for each."""
    return dict.fromkeys(variants, 1.0 / len(variants))


def top_two_weights(prob_best: Mapping[str, float], *, leader_share: float) -> dict[str, float]:
    """Exact weights of top-two Thompson sampling.

    psi_i = P_i (s + (1 - s) sum_{j != i} P_j / (1 - P_j)), s the leader's share: s of the time the
    arm drawn as best, else the arm drawn as best among the others.

    Examples
    --------
    >>> top_two_weights({"a": 0.5, "b": 0.5}, leader_share=0.7)
    {'a': 0.5, 'b': 0.5}
    """
    if len(prob_best) == 1:
        return dict.fromkeys(prob_best, 1.0)
    # 1 - P_j as the sum of the others: near 1 a difference would have no digits left. An arm that
    # underflowed to 0 is given the smallest share that still has a ratio.
    prob = {variant: max(value, 1e-300) for variant, value in prob_best.items()}
    rest = {j: math.fsum(value for i, value in prob.items() if i != j) for j in prob}
    second = 1.0 - leader_share
    weights = {
        i: leader_share * p + second * math.fsum((p / rest[j]) * prob[j] for j in prob if j != i)
        for i, p in prob.items()
    }
    total = math.fsum(weights.values())
    return {variant: weight / total for variant, weight in weights.items()}
