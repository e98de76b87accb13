"""Exact P(best) and expected loss of independent Beta posteriors.

With arms p_i ~ Beta(a_i, b_i), densities f_i and cdfs F_i:

    P(best_i) = int f_i prod_{j != i} F_j dx
    loss_i    = int F_i (1 - prod_{j != i} F_j) dx = E[max] - mean_i      (no cancellation)

Where lower rates are better, 1 - p_i ~ Beta(b_i, a_i) are compared: what is best of them is best
still, and choosing i costs the same, mean_i - E[min].

References
----------
    Chris Stucchio 2014, "Bayesian A/B Testing at VWO" (expected loss); Evan Miller 2014,
    "Formulas for Bayesian A/B Testing" (closed forms for integers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from abtest.direction import Direction
from abtest.posterior import Beta
from abtest.quadrature import Floats, cdfs, grid_for, grids_for, masses


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BestArm:
    """Which arm is best, and what choosing each costs.

    Parameters
    ----------
        prob_best     : float64 (rows, arms), sums to 1 over arms
        expected_loss : float64 (rows, arms), absolute: rate given up on average by choosing it
        expected_best : float64 (rows,), mean of the best arm's rate, whichever it is
    """

    prob_best: Floats
    expected_loss: Floats
    expected_best: Floats


def best_arms(alpha: Floats, beta: Floats, *, direction: Direction = "higher") -> BestArm:
    """P(best) and expected loss of each arm, row by row, to about 1e-11.

    Parameters
    ----------
        alpha, beta : float64 (rows, arms), above 0
        direction   : which way a rate is better
    """
    if direction == "lower":
        return _of_complements(best_arms(beta, alpha))
    found = BestArm(
        prob_best=np.empty(alpha.shape),
        expected_loss=np.empty(alpha.shape),
        expected_best=np.empty(len(alpha)),
    )
    for rows, grid in grids_for(alpha, beta):
        mass = masses(grid, alpha[rows], beta[rows])
        part = best_of(mass, cdfs(grid, mass), step=grid.dx, below=grid.below)
        found.prob_best[rows] = part.prob_best
        found.expected_loss[rows] = part.expected_loss
        found.expected_best[rows] = part.expected_best
    return found


def best_mixtures(
    alpha: Floats, beta: Floats, weight: Floats, *, direction: Direction = "higher"
) -> BestArm:
    """`best_arms` where each arm's posterior is a mixture.

    Parameters
    ----------
        alpha, beta, weight : float64 (rows, arms, parts); weights sum to 1 over parts
    """
    if direction == "lower":
        return _of_complements(best_mixtures(beta, alpha, weight))
    rows, arms, parts = alpha.shape
    flat = (rows, arms * parts)
    grid = grid_for(alpha.reshape(flat), beta.reshape(flat))
    of_parts = masses(grid, alpha.reshape(flat), beta.reshape(flat))
    mass = np.einsum("rapn,rap->ran", of_parts.reshape(rows, arms, parts, -1), weight)
    return best_of(mass, cdfs(grid, mass), step=grid.dx, below=grid.below)


def best_of(mass: Floats, cdf: Floats, *, step: Floats, below: Floats) -> BestArm:
    """P(best) and expected loss from what each arm's distribution is at common nodes.

    Parameters
    ----------
        mass, cdf : (rows, arms, nodes)
        step      : (rows, nodes), weights of an integral over what is compared
        below     : (rows,), the compared number at the first node's lower end
    """
    others = _products_without_self(cdf)
    prob_best = (mass * others).sum(axis=2)
    loss = ((cdf * (1.0 - others)) @ step[:, :, None])[:, :, 0]
    best = step.sum(axis=1) - (cdf[:, 0] * others[:, 0] * step).sum(axis=1)
    return BestArm(prob_best=prob_best, expected_loss=loss, expected_best=below + best)


def _of_complements(found: BestArm) -> BestArm:
    """What was found of 1 - p, said of p."""
    return replace(found, expected_best=1.0 - found.expected_best)


def best_arm(posteriors: Sequence[Beta], *, direction: Direction = "higher") -> BestArm:
    """`best_arms` for one set of arms: one row."""
    alpha = np.array([[posterior.alpha for posterior in posteriors]])
    beta = np.array([[posterior.beta for posterior in posteriors]])
    return best_arms(alpha, beta, direction=direction)


def _products_without_self(cdf: Floats) -> Floats:
    """prod_{j != i} cdf_j by prefixes and suffixes: a division would fail where a cdf is 0."""
    before, after = np.ones_like(cdf), np.ones_like(cdf)
    arms = cdf.shape[1]
    for arm in range(1, arms):
        np.multiply(before[:, arm - 1], cdf[:, arm - 1], out=before[:, arm])
        np.multiply(after[:, -arm], cdf[:, -arm], out=after[:, -arm - 1])
    before *= after
    return before
