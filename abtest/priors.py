"""How much images differ, learned from past tests: the strength of the next test's prior.

In a past test with level m, the clicks of arm i are Poisson(m n_i r_i), r_i ~ Gamma(a, a): the
relative rates of images about their common level, with a relative variance of 1 / a. The level is
the test's own and is integrated out; the marginal likelihood of all past tests together gives a,
the number of pseudo-clicks that a prior is worth. A weak log-normal prior about `PSEUDO_CLICKS`
stands in for tests that are not there yet.

On 499 real image tests, halved, the strength learned from the first halves predicts the lift of
their winners in the second halves to within a point: see tests/benchmarks/abtest/upworthy.py.

References
----------
    Efron and Morris 1975, "Data analysis using Stein's estimator and its generalizations"
    Matias et al. 2021, "The Upworthy Research Archive"
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import optimize, special

from abtest.errors import InvalidCounts
from abtest.posterior import PSEUDO_CLICKS
from abtest.quadrature import Floats

_SPAN = (2.0, 2000.0)
"""Pseudo-clicks: images that differ by 70% down to 2%."""
_DOUBT = 0.7
"""Standard deviation of log a before any test: a factor of two either way."""
_LEVELS = np.linspace(-5.0, 5.0, 25)
"""Nodes for a test's level, in standard deviations of its logarithm."""

Test = Sequence[tuple[float, float]]
"""Clicks and impressions of each arm of one test."""


def learned_strength(tests: Iterable[Test]) -> float:
    """Pseudo-clicks of a prior, from past tests of similar items.

    Returns `PSEUDO_CLICKS` where no test has two arms and a click.

    Raises
    ------
        InvalidCounts: clicks below 0 or over the impressions

    Examples
    --------
    >>> alike = [[(200, 10_000), (203, 10_000)], [(310, 10_000), (301, 10_000)]] * 20
    >>> apart = [[(200, 10_000), (300, 10_000)], [(310, 10_000), (180, 10_000)]] * 20
    >>> learned_strength(apart) < 40 < 200 < learned_strength(alike)
    True
    """
    tables = usable_tables(tests)
    if not tables:
        return PSEUDO_CLICKS
    low, high = (math.log(end) for end in _SPAN)
    found = optimize.minimize_scalar(
        lambda log_a: -_log_posterior(log_a, tables),
        bounds=(low, high), method="bounded", options={"xatol": 1e-3},
    )  # fmt: skip
    return math.exp(float(found.x))


def usable_tables(tests: Iterable[Test]) -> list[tuple[Floats, Floats]]:
    """Clicks and impressions of the tests that have two arms and a click.

    Raises
    ------
        InvalidCounts: clicks below 0 or over the impressions
    """
    tables = [_table(test) for test in tests]
    return [(clicks, shown) for clicks, shown in tables if len(clicks) > 1 and clicks.sum() > 0]


def _table(test: Test) -> tuple[Floats, Floats]:
    clicks = np.array([clicked for clicked, _ in test], dtype=np.float64)
    shown = np.array([impressions for _, impressions in test], dtype=np.float64)
    if not ((clicks >= 0) & (clicks <= shown)).all():
        raise InvalidCounts("past tests", "clicks are 0 at least, and no more than impressions")
    seen = shown > 0
    return clicks[seen], shown[seen]


def _log_posterior(log_a: float, tables: Sequence[tuple[Floats, Floats]]) -> float:
    a = math.exp(log_a)
    doubt = -0.5 * ((log_a - math.log(PSEUDO_CLICKS)) / _DOUBT) ** 2
    return doubt + math.fsum(_log_marginal(clicks, shown, a) for clicks, shown in tables)


def _log_marginal(clicks: Floats, shown: Floats, a: float) -> float:
    """Log likelihood of one test's clicks, its level integrated out under a flat log prior."""
    spread = math.sqrt(1.0 / clicks.sum() + 1.0 / (a * len(clicks)))
    level = clicks.sum() / shown.sum() * np.exp(_LEVELS * spread)
    expected = level[:, None] * shown
    logs = special.gammaln(clicks + a) - special.gammaln(a) + a * math.log(a)
    logs = logs + special.xlogy(clicks, expected) - (clicks + a) * np.log(a + expected)
    return float(special.logsumexp(logs.sum(axis=1))) + math.log(spread)
