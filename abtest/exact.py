"""Exact P(best) and expected loss of independent Beta posteriors.

With arms p_i ~ Beta(a_i, b_i), densities f_i and cdfs F_i:

    P(best_i) = int f_i prod_{j != i} F_j dx
    loss_i    = int F_i (1 - prod_{j != i} F_j) dx = E[max] - mean_i      (no cancellation)

References
----------
    Chris Stucchio 2014, "Bayesian A/B Testing at VWO" (expected loss); Evan Miller 2014,
    "Formulas for Bayesian A/B Testing" (closed forms for integers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abtest.posterior import Beta
from abtest.quadrature import Floats, cdfs, grid_for, masses


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BestArm:
    """Which arm is best, and what choosing each costs.

    Parameters
    ----------
        prob_best     : float64 (rows, arms), sums to 1 over arms
        expected_loss : float64 (rows, arms), absolute: rate given up on average by choosing it
        expected_max  : float64 (rows,), mean of the best arm's rate
    """

    prob_best: Floats
    expected_loss: Floats
    expected_max: Floats


def best_arms(alpha: NDArray[np.float64], beta: NDArray[np.float64]) -> BestArm:
    """P(best) and expected loss of each arm, row by row, to about 1e-10.

    Parameters
    ----------
        alpha, beta : float64 (rows, arms), above 0
    """
    grid = grid_for(alpha, beta)
    mass, cdf = masses(grid, alpha, beta), cdfs(grid, alpha, beta)
    others = _products_without_self(cdf)
    prob_best = np.einsum("ran,ran->ra", mass, others)
    loss = np.einsum("ran,rn->ra", cdf * (1.0 - others), grid.dx)
    any_above = 1.0 - cdf[:, 0] * others[:, 0]
    expected_max = grid.below + np.einsum("rn,rn->r", any_above, grid.dx)
    return BestArm(prob_best=prob_best, expected_loss=loss, expected_max=expected_max)


def best_arm(posteriors: Sequence[Beta]) -> BestArm:
    """`best_arms` for one set of arms: one row."""
    alpha = np.array([[posterior.alpha for posterior in posteriors]])
    beta = np.array([[posterior.beta for posterior in posteriors]])
    return best_arms(alpha, beta)


def _products_without_self(cdf: Floats) -> Floats:
    """prod_{j != i} cdf_j by prefixes and suffixes: a division would fail where a cdf is 0."""
    before, after = np.ones_like(cdf), np.ones_like(cdf)
    before[:, 1:] = np.cumprod(cdf[:, :-1], axis=1)
    after[:, :-1] = np.cumprod(cdf[:, :0:-1], axis=1)[:, ::-1]
    return before * after
