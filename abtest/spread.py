"""A prior with heavier tails than one Beta: a mixture of strengths, as `abtest.tails` learns it.

    r_i ~ w Gamma(a, a) + (1 - w) Gamma(b, b),      a > b,

every image drawn from one of the two. The posterior of an arm is the mixture of both posteriors,
each weighted by how well it foretold the arm's clicks.

References
----------
    Azevedo et al. 2020, "A/B testing with fat tails"
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from abtest.errors import InvalidOptions
from abtest.posterior import Beta


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How much images differ: strengths of a prior in pseudo-clicks, and the share of each.

    Raises
    ------
        InvalidOptions: shares that do not sum to 1, or a strength outside 1 to 1,000,000

    Examples
    --------
    >>> tailed = Spread(strengths=(100.0, 10.0), shares=(0.9, 0.1))
    >>> round(tailed.pseudo_clicks, 1)
    52.6
    """

    strengths: tuple[float, ...]
    shares: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if not self.strengths or not all(1.0 <= one <= 1e6 for one in self.strengths):
            raise InvalidOptions("strengths", self.strengths, "1 to 1,000,000 each")
        whole = len(self.shares) == len(self.strengths) and all(one > 0 for one in self.shares)
        if not (whole and abs(math.fsum(self.shares) - 1.0) < 1e-6):
            raise InvalidOptions("shares", self.shares, "one above 0 each, summing to 1")

    @property
    def pseudo_clicks(self) -> float:
        """The single strength of the same variance."""
        return 1.0 / math.fsum(w / a for w, a in zip(self.shares, self.strengths, strict=True))

    def posterior(self, *, rate: float, successes: float, trials: float) -> Mixture:
        """What an arm's counts make of priors about a common rate."""
        priors = [Beta(alpha=a, beta=a * (1.0 - rate) / rate) for a in self.strengths]
        logs = np.array([
            math.log(share)
            + special.betaln(prior.alpha + successes, prior.beta + trials - successes)
            - special.betaln(prior.alpha, prior.beta)
            for prior, share in zip(priors, self.shares, strict=True)
        ])  # fmt: skip
        weights = special.softmax(logs)
        return Mixture(
            weights=tuple(weights.tolist()),
            parts=tuple(prior.updated(successes=successes, trials=trials) for prior in priors),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """A mixture of Betas: `weights` sum to 1 over `parts`."""

    weights: tuple[float, ...]
    parts: tuple[Beta, ...]

    def interval(self, *, level: float = 0.95) -> tuple[float, float]:
        """The central credible interval at `level`, range (0, 1)."""
        tail = (1.0 - level) / 2.0
        return self._quantile(tail), self._quantile(1.0 - tail)

    def _quantile(self, probability: float) -> float:
        alpha, beta = (np.array([getattr(part, name) for part in self.parts])
                       for name in ("alpha", "beta"))  # fmt: skip
        # Each part's own quantile lies on one side of the mixture's.
        ends = special.betaincinv(alpha, beta, probability)
        if ends.max() - ends.min() < 1e-12:
            return float(ends[0])
        weights = np.array(self.weights)

        def missed(x: float) -> float:
            return float(weights @ special.betainc(alpha, beta, x)) - probability

        low, high = float(ends.min()), float(ends.max())
        # Near 0 and 1 an end may be as close as floats come, and on the wrong side by rounding.
        if missed(low) >= 0.0 or missed(high) <= 0.0:
            return low if missed(low) >= 0.0 else high
        return float(optimize.brentq(missed, low, high, xtol=1e-14))

    @property
    def matched(self) -> Beta:
        """The one Beta of the same mean and variance, for what asks for a middle and a width.

        As a distribution it is off by up to 0.2 of probability; whatever is told of mixtures is
        reckoned from their parts (`abtest.exact`, `abtest.mixed_ratios`).
        """
        pairs = tuple(zip(self.weights, self.parts, strict=True))
        mean = math.fsum(w * part.mean for w, part in pairs)
        # Summed by itself, and squares about the mean: where all buy, 1 - mean and the difference
        # of squares would be nothing but rounding.
        failing = math.fsum(w * part.beta / (part.alpha + part.beta) for w, part in pairs)
        variance = math.fsum(w * (part.sd**2 + (part.mean - mean) ** 2) for w, part in pairs)
        total = max(mean * failing / variance - 1.0, 1e-6)
        return Beta(alpha=mean * total, beta=failing * total)
