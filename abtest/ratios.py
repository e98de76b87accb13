"""Ratios of many pairs of click rates at once: intervals of lift, and regions of equivalence.

The logarithm of a Beta(a, b) variate has cumulants polygamma(n-1, a) - polygamma(n-1, a + b), so
those of a log ratio of two are known exactly, and the expansion of Cornish and Fisher to the sixth
gives its quantiles: within 1.5e-5 of the ratio, and 3e-6 of probability, where both arms have
alpha of 20 or more (the usual prior alone has more); smaller ones are integrated exactly by
`ExactRatios`. Six thousand pairs take some milliseconds, integrated they would take half a minute.

References
----------
    Fisher and Cornish 1960, "The percentile points of distributions having known cumulants"
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from abtest.quadrature import Floats, grid_for, log_reach, masses

_LEAST_ALPHA = 20.0
_FARTHEST_SDS = 5.0
"""Beyond, the expansion's polynomial may turn back; less than 3e-7 of probability lies there."""
_ROUNDS = 12
_MOST_STEPS = 80
_SETTLED = 1e-9
"""Of the logarithm of a ratio."""
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
"""B_2, B_4, ... B_14."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateRatios:
    """p_arm / p_baseline of pairs of independent Beta posteriors, each array (pairs,)."""

    arm_alpha: Floats
    arm_beta: Floats
    base_alpha: Floats
    base_beta: Floats

    def interval(self, *, level: float = 0.95) -> tuple[Floats, Floats]:
        """The central credible intervals of the ratios, (pairs,) each."""
        tail, terms = (1.0 - level) / 2.0, self._expansion()
        return self._quantile(tail, terms), self._quantile(1.0 - tail, terms)

    def cdf(self, ratio: Floats | float) -> Floats:
        """P(p_arm / p_baseline <= ratio) of each pair; one ratio above 0, or one for each."""
        terms = self._expansion()
        wanted = (np.log(ratio) - terms.mean) / terms.sd
        z = np.clip(wanted, -_FARTHEST_SDS, _FARTHEST_SDS)
        for _ in range(_ROUNDS):
            last = z
            z = np.clip(z + wanted - terms.stretched(z), -_FARTHEST_SDS, _FARTHEST_SDS)
            if np.abs(z - last).max() < _SETTLED:
                break
        far = np.abs(wanted) >= _FARTHEST_SDS
        found = special.ndtr(np.where(far, wanted, z))
        small = self._small()
        if len(small):
            of_each = np.broadcast_to(ratio, found.shape)[small]
            found[small] = self._exact(small).cdf(np.asarray(of_each, dtype=np.float64))[0]
        return np.asarray(found, dtype=np.float64)

    def _quantile(self, probability: float, terms: _Expansion) -> Floats:
        z = np.full_like(self.arm_alpha, special.ndtri(probability))
        # Where next to nothing is known the expansion leaves what a float holds; it is replaced.
        found = np.exp(np.clip(terms.mean + terms.sd * terms.stretched(z), -700.0, 700.0))
        small = self._small()
        if len(small):
            found[small] = self._exact(small).quantile(probability, start=found[small])
        return np.asarray(found, dtype=np.float64)

    def _small(self) -> NDArray[np.intp]:
        # Rates near 1 are as skewed by few failures as rates near 0 by few successes.
        least = np.minimum(
            np.minimum(self.arm_alpha, self.base_alpha), np.minimum(self.arm_beta, self.base_beta)
        )
        return np.flatnonzero(least < _LEAST_ALPHA)

    def _exact(self, pairs: NDArray[np.intp]) -> ExactRatios:
        return ExactRatios(
            (self.arm_alpha[pairs], self.arm_beta[pairs]),
            (self.base_alpha[pairs], self.base_beta[pairs]),
        )

    def _expansion(self) -> _Expansion:
        arm = log_beta_cumulants(self.arm_alpha, self.arm_beta)
        base = log_beta_cumulants(self.base_alpha, self.base_beta)
        signs = np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0])[:, None]
        cumulants = arm + signs * base
        sd = np.sqrt(cumulants[1])
        return _Expansion(
            mean=cumulants[0], sd=sd, shape=tuple(cumulants[n] / sd ** (n + 1) for n in range(2, 6))
        )


class ExactRatios:
    """`RateRatio` of many pairs: integrals over the narrower arm of each, and Newton's method."""

    def __init__(self, arm: tuple[Floats, Floats], base: tuple[Floats, Floats]) -> None:
        over_arm = 1.0 / arm[0] + 1.0 / arm[1] <= 1.0 / base[0] + 1.0 / base[1]
        a, b = (
            np.where(over_arm, one, other)[:, None] for one, other in zip(arm, base, strict=True)
        )
        grid = grid_for(a, b)
        self._arm, self._base = arm, base
        self._x, self._mass = grid.x, masses(grid, a, b)[:, 0]
        # Over the arm the ratio divides x, over the baseline it multiplies it.
        self._power = np.where(over_arm, -1.0, 1.0)
        self._other = tuple(
            np.where(over_arm, other, one)[:, None] for one, other in zip(arm, base, strict=True)
        )

    def cdf(self, ratio: Floats, *, pairs: NDArray[np.intp] | None = None) -> tuple[Floats, Floats]:
        """P(p_arm / p_baseline <= ratio), and its slope over the logarithm of the ratio.

        Parameters
        ----------
            ratio : of each of the `pairs`, which are some by their places, or all
        """
        every = np.arange(len(self._x)) if pairs is None else pairs
        a, b = (of[every] for of in self._other)
        power, mass = self._power[every], self._mass[every]
        x = np.minimum(self._x[every] * (ratio**power)[:, None], 1.0)
        below = special.betainc(a, b, x)
        # Posteriors that know nothing reach rates that no float tells from 0, where nothing lies.
        within = (x > 0.0) & (x < 1.0)
        inside = np.where(within, x, 0.5)
        logs = a * np.log(inside) + (b - 1.0) * np.log1p(-inside) - special.betaln(a, b)
        slope = (mass * np.where(within, np.exp(logs), 0.0)).sum(axis=1)
        share = (mass * below).sum(axis=1)
        return np.where(power > 0, share, 1.0 - share), slope

    def quantile(self, probability: float, *, start: Floats) -> Floats:
        """The ratios that are exceeded with probability 1 - `probability`, range (0, 1)."""
        low, high = self._log_span()
        guess = np.clip(np.where(start > 0, np.log(np.maximum(start, 1e-300)), 0.0), low, high)
        left = np.arange(len(guess))
        for _ in range(_MOST_STEPS):
            at = guess[left]
            share, slope = self.cdf(np.exp(at), pairs=left)
            low[left] = np.where(share < probability, at, low[left])
            high[left] = np.where(share < probability, high[left], at)
            wanted = at + (probability - share) / np.maximum(slope, 1e-300)
            # A step out of what is known to hold the root is replaced by halving that.
            inside = (wanted > low[left]) & (wanted < high[left])
            wanted = np.where(inside, wanted, 0.5 * (low[left] + high[left]))
            guess[left] = wanted
            # The few that are hard to find do not make all the others wait.
            left = left[np.abs(wanted - at) >= _SETTLED]
            if not len(left):
                break
        return np.asarray(np.exp(guess), dtype=np.float64)

    def _log_span(self) -> tuple[Floats, Floats]:
        ends = []
        for a, b in (self._arm, self._base):
            left, right = log_reach(a, b)
            mode = np.log(a) - np.log(b)
            ends.append((special.log_expit(mode - left), special.log_expit(mode + right)))
        (low, high), (base_low, base_high) = ends
        # exp() of the ends must stay a float even for posteriors that know nothing.
        return np.maximum(low - base_high, -700.0), np.minimum(high - base_low, 700.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Expansion:
    """Mean, deviation and the standardised cumulants three to six of each log ratio."""

    mean: Floats
    sd: Floats
    shape: tuple[Floats, ...]

    def stretched(self, z: Floats) -> Floats:
        """The standardised log ratio at the normal quantile z."""
        g1, g2, g3, g4 = self.shape
        z2, z3 = z * z, z**3
        z4, z5 = z2 * z2, z3 * z2
        return np.asarray(
            z
            + g1 * (z2 - 1) / 6
            + g2 * (z3 - 3 * z) / 24
            - g1**2 * (2 * z3 - 5 * z) / 36
            + g3 * (z4 - 6 * z2 + 3) / 120
            - g1 * g2 * (z4 - 5 * z2 + 2) / 24
            + g1**3 * (12 * z4 - 53 * z2 + 17) / 324
            + g4 * (z5 - 10 * z3 + 15 * z) / 720
            - g2**2 * (3 * z5 - 24 * z3 + 29 * z) / 384
            - g1 * g3 * (2 * z5 - 17 * z3 + 21 * z) / 180
            + g1**2 * g2 * (14 * z5 - 103 * z3 + 107 * z) / 288
            - g1**4 * (252 * z5 - 1688 * z3 + 1511 * z) / 7776,
            dtype=np.float64,
        )


def log_beta_cumulants(alpha: Floats, beta: Floats) -> Floats:
    """Cumulants one to six of log X, X ~ Beta(alpha, beta), (6, pairs)."""
    return log_gamma_cumulants(alpha) - log_gamma_cumulants(alpha + beta)


def log_gamma_cumulants(shape: Floats) -> Floats:
    """Cumulants one to six of log G, G ~ Gamma(shape): polygamma of orders 0 to 5, (6, pairs)."""
    if np.all(shape >= _LEAST_ALPHA):
        return _polygammas(shape)
    return np.stack([special.digamma(shape), *(special.polygamma(n, shape) for n in range(1, 6))])


def _polygammas(x: Floats) -> Floats:
    """Orders 0 to 5 by the asymptotic series, to 1e-13 relative from 20 on.

    |psi_n| = (n-1)! / x^n + n! / (2 x^(n+1)) + sum_k B_2k (2k+n-1)! / ((2k)! x^(2k+n)); scipy's, by
    zeta functions, takes twenty times as long.
    """
    power, rows = 1.0 / (x * x), [special.digamma(x)]
    for n in range(1, 6):
        tail: Floats = np.zeros_like(x)
        for k in range(len(_BERNOULLI), 0, -1):
            ratio = math.factorial(2 * k + n - 1) / math.factorial(2 * k)
            tail = (tail + _BERNOULLI[k - 1] * ratio) * power
        head = math.factorial(n - 1) + math.factorial(n) / (2.0 * x)
        rows.append((-1.0) ** (n + 1) * (head + tail) / x**n)
    return np.stack(rows)
