"""A prior with heavier tails than one Beta: a mixture of strengths, where past tests ask for it.

Most images of a product do much the same, and now and then one does far better. One Gamma of
relative rates then has to be wide for the few and narrow for the many. So a second model is held
against it,

    r_i ~ w Gamma(a, a) + (1 - w) Gamma(b, b),      a > b,

every image drawn from one of the two, both learned by the marginal likelihood of past tests, their
levels integrated out (see `abtest.priors`). It takes two numbers more, and is used only where the
likelihood gains more than they may win by chance: the Bayesian information criterion asks for
log(images) of it. The posterior of an arm is the mixture of both posteriors, each weighted by how
well it foretold the arm's clicks.

References
----------
    Schwarz 1978, "Estimating the dimension of a model"
    Azevedo et al. 2020, "A/B testing with fat tails"
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from abtest.errors import InvalidOptions
from abtest.posterior import PSEUDO_CLICKS, Beta
from abtest.priors import LEVELS, Test, learned_strength, usable_tables
from abtest.quadrature import Floats

_SPAN = (2.0, 2000.0)
_STARTS = ((3.0, 0.3, 0.8), (2.0, 0.5, 0.6))
"""Factors on the single strength, and share of the first, from which the mixture is sought."""


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
        return float(optimize.brentq(
            lambda x: float(weights @ special.betainc(alpha, beta, x)) - probability,
            ends.min(), ends.max(), xtol=1e-14,
        ))  # fmt: skip

    @property
    def matched(self) -> Beta:
        """The one Beta of the same mean and variance."""
        pairs = tuple(zip(self.weights, self.parts, strict=True))
        mean = math.fsum(w * part.mean for w, part in pairs)
        square = math.fsum(w * (part.sd**2 + part.mean**2) for w, part in pairs)
        total = mean * (1.0 - mean) / max(square - mean * mean, 1e-300) - 1.0
        return Beta(alpha=mean * total, beta=(1.0 - mean) * total)


def learned_spread(tests: Iterable[Test]) -> Spread:
    """How much images differ, from past tests of similar items: two strengths if they ask.

    One strength, `PSEUDO_CLICKS`, where no test has two arms and a click.

    Raises
    ------
        InvalidCounts: clicks below 0 or over the impressions
    """
    past = [list(test) for test in tests]
    single = learned_strength(past)
    tables = usable_tables(past)
    if not tables:
        return Spread(strengths=(PSEUDO_CLICKS,))
    padded = _Padded.of(tables)
    found = [padded.fitted(single, start) for start in _STARTS]
    place, height = max(found, key=lambda one: one[1])
    gain = height - padded.log_likelihood(np.array([math.log(single)]), np.array([0.0]))
    # Two numbers more, each half a logarithm of the number of images.
    if gain < math.log(padded.images):
        return Spread(strengths=(single,))
    share = float(special.expit(place[2]))
    return Spread(strengths=(math.exp(place[0]), math.exp(place[1])), shares=(share, 1.0 - share))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Padded:
    """Past tests side by side, (tests, arms); arms that a test has not got show nobody anything."""

    clicks: Floats
    shown: Floats
    images: int

    @classmethod
    def of(cls, tables: list[tuple[Floats, Floats]]) -> _Padded:
        most = max(len(clicks) for clicks, _ in tables)
        clicks, shown = (np.zeros((len(tables), most)) for _ in range(2))
        for row, (won, seen) in enumerate(tables):
            clicks[row, : len(won)], shown[row, : len(won)] = won, seen
        return cls(clicks=clicks, shown=shown, images=sum(len(won) for won, _ in tables))

    def log_likelihood(self, log_strengths: Floats, log_shares: Floats) -> float:
        """Of all clicks, each test's level integrated out under a flat log prior."""
        strengths = np.exp(log_strengths)
        arms = (self.shown > 0).sum(axis=1)
        variance = float(np.exp(log_shares) @ (1.0 / strengths))
        spread = np.sqrt(1.0 / self.clicks.sum(axis=1) + variance / arms)
        level = self.clicks.sum(axis=1) / self.shown.sum(axis=1)
        expected = (level[:, None] * np.exp(LEVELS * spread[:, None]))[..., None] * self.shown[
            :, None
        ]
        parts = [
            share + special.gammaln(self.clicks + a)[:, None] - special.gammaln(a)
            + a * math.log(a) - (self.clicks[:, None] + a) * np.log(a + expected)
            for a, share in zip(strengths, log_shares, strict=True)
        ]  # fmt: skip
        each = special.xlogy(self.clicks[:, None], expected) + np.logaddexp.reduce(parts, axis=0)
        each = np.where(self.shown[:, None] > 0, each, 0.0)
        of_tests = special.logsumexp(each.sum(axis=2), axis=1) + np.log(spread)
        return float(of_tests.sum())

    def fitted(self, single: float, start: tuple[float, float, float]) -> tuple[Floats, float]:
        """Two log strengths and the log odds of the first, and the likelihood there."""
        many, few, share = start
        low, high = (math.log(end) for end in _SPAN)

        def wanting(place: Floats) -> float:
            shares = np.array([special.log_expit(place[2]), special.log_expit(-place[2])])
            return -self.log_likelihood(place[:2], shares)

        strengths = np.clip(np.log([single * many, single * few]), low, high)
        found = optimize.minimize(
            wanting, np.array([*strengths, special.logit(share)]), method="Nelder-Mead",
            bounds=((low, high), (low, high), (-6.0, 6.0)),
            options={"xatol": 1e-2, "fatol": 1e-2, "maxiter": 200},
        )  # fmt: skip
        return np.asarray(found.x, dtype=np.float64), -float(found.fun)
