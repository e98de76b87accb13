"""The full posterior of what an impression earns, and which arm earns most.

V = p m with p ~ Beta(a, b) and m an inverse Gamma variate (see `abtest.value`). Conversion rates
are small: log p is nearly the logarithm of a Gamma variate, whose shape a' is that of the same
variance, psi1(a') = psi1(a) - psi1(a + b). Then V is a ratio of Gamma variates,

    log V = shift + logit(X),       X ~ Beta(a', kappa),    kappa: shape of the inverse Gamma,

and P(best) and expected loss of many arms are the integrals of `abtest.exact`, over logit(X) +
shift. Against integration over both factors P(best) is off by less than 0.0005 where up to a tenth
buy, and 0.001 where a third does (`tests/abtest/test_earned.py`); one Beta of the same mean and
variance in the place of each V was off by 0.002.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from scipy import special

from abtest.exact import BestArm, best_of
from abtest.posterior import Beta
from abtest.quadrature import Floats, cdfs, grids_for, masses

_ROUNDS = 20
_SETTLED = 1e-13
"""Relative."""
_LEAST_VARIANCE = 1e-12
"""Of log p."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """log V = shift + logit(X) of an arm, X a mixture of Beta(alpha, kappa).

    Parameters
    ----------
        weights : of the parts, sum to 1
        alphas  : above 0, one a part
        shifts  : one a part
        kappa   : above 0
    """

    weights: tuple[float, ...]
    alphas: tuple[float, ...]
    shifts: tuple[float, ...]
    kappa: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """What an arm's money is made of.

    Parameters
    ----------
        rates, weights : the posterior of the conversion rate, a mixture
        order, kappa   : mean and shape of the mean order value
    """

    rates: tuple[Beta, ...]
    weights: tuple[float, ...]
    order: float
    kappa: float


def earned_of(arms: Sequence[Factors]) -> list[Earned]:
    """What conversion rates and orders make together, of many arms at once."""
    every = [(rate.alpha, rate.beta, arm.order * (arm.kappa - 1.0)) for arm in arms
             for rate in arm.rates]  # fmt: skip
    a, b, scale = np.array(every, dtype=np.float64).T
    # Where everybody buys the rate has no doubt that a float could hold.
    doubt = np.maximum(special.polygamma(1, a) - special.polygamma(1, a + b), _LEAST_VARIANCE)
    alpha = gamma_shape(doubt)
    level = special.digamma(a) - special.digamma(a + b) - special.digamma(alpha)
    alphas, shifts = iter(alpha.tolist()), iter((level + np.log(scale)).tolist())
    return [
        Earned(
            weights=arm.weights,
            alphas=tuple(islice(alphas, len(arm.rates))),
            shifts=tuple(islice(shifts, len(arm.rates))),
            kappa=arm.kappa,
        )
        for arm in arms
    ]


def gamma_shape(log_variance: Floats) -> Floats:
    """The shape of the Gamma variate whose logarithm has this variance, psi1(shape)."""
    # psi1(x) > 1/x and > 1/x^2, and it is convex and falls: Newton comes from below.
    shape = np.maximum(1.0 / log_variance, log_variance**-0.5)
    for _ in range(_ROUNDS):
        step = (special.polygamma(1, shape) - log_variance) / special.polygamma(2, shape)
        shape = shape - step
        if np.all(np.abs(step) < _SETTLED * shape):
            break
    return np.asarray(shape, dtype=np.float64)


def best_earned(earned: Sequence[Sequence[Earned]]) -> BestArm:
    """P(best) and expected loss, absolute, of each arm in each group; all of as many parts."""
    alpha, shift, weight = (
        np.array([[getattr(arm, name) for arm in arms] for arms in earned])
        for name in ("alphas", "shifts", "weights")
    )
    kappa = np.broadcast_to(np.array([[arm.kappa for arm in arms] for arms in earned])[..., None],
                            alpha.shape)  # fmt: skip
    groups, arms, parts = alpha.shape
    a, b, by = (of.reshape(groups, arms * parts) for of in (alpha, kappa, shift))
    found = BestArm(
        prob_best=np.empty((groups, arms)),
        expected_loss=np.empty((groups, arms)),
        expected_best=np.empty(groups),
    )
    for rows, grid in grids_for(a, b, shift=by):
        of_parts = masses(grid, a[rows], b[rows], shift=by[rows])
        mass = np.einsum(
            "rapn,rap->ran", of_parts.reshape(len(rows), arms, parts, -1), weight[rows]
        )
        # What is compared is exp(y), money.
        part = best_of(
            mass, cdfs(grid, mass), step=grid.dy * np.exp(grid.y), below=np.exp(grid.low)
        )
        found.prob_best[rows] = part.prob_best
        found.expected_loss[rows] = part.expected_loss
        found.expected_best[rows] = part.expected_best
    return found
