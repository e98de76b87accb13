"""How the next period's traffic is split.

The weights are exact functions of P(best), never samples, so that the propensity of every
decision is known. They are frozen within a period.

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

FLOOR = 0.05
"""Least share of an arm, where there are few; see `Allocation.floor_for`."""
FLOORS_TOGETHER = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """The rule that turns P(best) into weights.

    Parameters
    ----------
        policy : "top_two" explores the runner-up as much as the leader, which decides a test
                 soonest; "thompson" earns most while it runs but starves challengers, so that
                 the gate rarely opens; "uniform" splits evenly
        floor  : least share of every arm, in [0, 1/k]; None takes 5%, less where arms are many
    Raises       InvalidOptions
    """

    policy: Policy = "top_two"
    floor: float | None = None

    def __post_init__(self) -> None:
        if self.policy not in ("uniform", "thompson", "top_two"):
            raise InvalidOptions("policy", self.policy, "one of uniform, thompson, top_two")
        if self.floor is not None and not 0.0 <= self.floor <= 0.5:
            raise InvalidOptions("floor", self.floor, "a share between 0 and 0.5")

    def floor_for(self, arms: int) -> float:
        """The floor among `arms` arms."""
        if self.floor is None:
            return min(FLOOR, FLOORS_TOGETHER / arms)
        if self.floor * arms > 1.0:
            raise InvalidOptions("floor", self.floor, f"{arms} such shares are more than all")
        return self.floor

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
                return top_two_weights(prob_best)
            case _:
                assert_never(self.policy)


def even_weights(variants: tuple[str, ...]) -> dict[str, float]:
    """The same share for each."""
    return dict.fromkeys(variants, 1.0 / len(variants))


def top_two_weights(prob_best: Mapping[str, float]) -> dict[str, float]:
    """Exact weights of top-two Thompson sampling.

    psi_i = P_i (1/2 + 1/2 sum_{j != i} P_j / (1 - P_j)): half the time the arm drawn as best, half
    the time the arm drawn as best among the others.

    Examples
    --------
    >>> top_two_weights({"a": 0.5, "b": 0.5})
    {'a': 0.5, 'b': 0.5}
    """
    if len(prob_best) == 1:
        return dict.fromkeys(prob_best, 1.0)
    # 1 - P_j as the sum of the others: near 1 a difference would have no digits left. An arm that
    # underflowed to 0 is given the smallest share that still has a ratio.
    prob = {variant: max(value, 1e-300) for variant, value in prob_best.items()}
    rest = {j: math.fsum(value for i, value in prob.items() if i != j) for j in prob}
    weights = {
        i: 0.5 * p + 0.5 * math.fsum((p / rest[j]) * prob[j] for j in prob if j != i)
        for i, p in prob.items()
    }
    total = math.fsum(weights.values())
    return {variant: weight / total for variant, weight in weights.items()}
