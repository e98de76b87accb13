"""Beta distributions: priors, posteriors, intervals and curves.

A click rate p with prior Beta(a, b) and c clicks of n impressions has the posterior
Beta(a + c, b + n - c).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from abtest.errors import InvalidOptions
from abtest.quadrature import Floats

PSEUDO_CLICKS = 33.0
"""Strength of the default prior, in clicks. Between the images of one product the standard
deviation of the relative click rate is 0.15 to 0.21 (945 image-only tests of the Upworthy archive,
Matias et al. 2021), that is a prior worth 25 to 45 clicks: a = 1 / 0.174^2."""

BASE_RATE = 0.02
"""Click rate assumed for the prior's mean until the test's own clicks say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beta:
    """A Beta distribution, both parameters above zero."""

    alpha: float
    beta: float

    def __post_init__(self) -> None:
        # Thousands are made in an analysis: one comparison each, infinity and NaN fail it too.
        if 0.0 < self.alpha < math.inf and 0.0 < self.beta < math.inf:
            return
        name, value = ("beta", self.beta) if 0.0 < self.alpha < math.inf else ("alpha", self.alpha)
        raise InvalidOptions(name, value, "a Beta parameter is a number above 0")

    @property
    def mean(self) -> float:
        """A / (a + b)."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def sd(self) -> float:
        """The root of a b / ((a + b)^2 (a + b + 1))."""
        total = self.alpha + self.beta
        return math.sqrt(self.mean * (self.beta / total) / (total + 1.0))

    def updated(self, *, successes: float, trials: float) -> Beta:
        """The posterior after `successes` of `trials`; both may be fractional."""
        return Beta(alpha=self.alpha + successes, beta=self.beta + trials - successes)

    def loosened(self, relative_variance: float) -> Beta:
        """The same mean, with so much more variance relative to its square."""
        mean = self.mean
        odds = (1.0 - mean) / mean
        of_own = odds / (self.alpha + self.beta + 1.0)
        total = max(odds / (of_own + relative_variance) - 1.0, 1e-6)
        return Beta(alpha=mean * total, beta=(1.0 - mean) * total)

    def interval(self, *, level: float = 0.95) -> tuple[float, float]:
        """The central credible interval at `level`, range (0, 1)."""
        tail = (1.0 - level) / 2.0
        low, high = special.betaincinv(self.alpha, self.beta, [tail, 1.0 - tail])
        return float(low), float(high)


FLAT = Beta(alpha=1.0, beta=1.0)


def steadied_rate(successes: Floats | float, trials: Floats | float) -> Floats:
    """The rate, steadied by one click at `BASE_RATE`: it exists before the first click."""
    return np.asarray((successes + 1.0) / (trials + 1.0 / BASE_RATE), dtype=np.float64)


def pooled_prior(*, successes: float, trials: float, pseudo_clicks: float = PSEUDO_CLICKS) -> Beta:
    """The prior that takes all arms as equal to within the usual spread between images.

    Its mean is the rate of all arms together, see `steadied_rate`; its strength is
    `pseudo_clicks`. An arm's posterior mean is then its rate drawn towards the common one, which
    is the empirical Bayes estimate.
    """
    alpha, beta = pooled_parameters(successes, trials, pseudo_clicks=pseudo_clicks)
    return Beta(alpha=float(alpha), beta=float(beta))


def pooled_parameters(
    successes: Floats | float, trials: Floats | float, *, pseudo_clicks: float = PSEUDO_CLICKS
) -> tuple[Floats, Floats]:
    """Alpha and beta of the `pooled_prior` of many tests at once, of the shape of the counts."""
    rate = steadied_rate(successes, trials)
    return np.full_like(rate, pseudo_clicks), pseudo_clicks * (1.0 - rate) / rate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DensityCurve:
    """Points of a density, for a plot: `rate` and `density` are float64 (points,)."""

    rate: Floats
    density: Floats


def posterior_density(
    posterior: Beta, *, points: int = 201, span: tuple[float, float] | None = None
) -> DensityCurve:
    """The density of a posterior over `span`, or over its own 4 standard deviations each way.

    Raises
    ------
        InvalidOptions: fewer than 2 points
    """
    if points < 2:
        raise InvalidOptions("points", points, "a curve has at least 2 points")
    low, high = span if span is not None else _own_span(posterior)
    rate = np.linspace(low, high, points)
    logs = special.xlogy(posterior.alpha - 1.0, rate) + special.xlog1py(posterior.beta - 1.0, -rate)
    density = np.exp(logs - special.betaln(posterior.alpha, posterior.beta))
    return DensityCurve(rate=rate, density=density)


def _own_span(posterior: Beta) -> tuple[float, float]:
    # The ends are kept off 0 and 1, where the density of a parameter below 1 is infinite.
    low = max(posterior.mean - 4.0 * posterior.sd, 1e-9)
    return low, min(posterior.mean + 4.0 * posterior.sd, 1.0 - 1e-9)
