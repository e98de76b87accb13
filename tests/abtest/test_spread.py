"""Mixtures of strengths: their posteriors, and what they draw in."""

import numpy as np
import pytest
from scipy import special

from abtest import (
    AnalysisOptions,
    Beta,
    InvalidOptions,
    Row,
    Spread,
    analyse,
    counts_from_rows,
)
from abtest.spread import Mixture

TAILED = Spread(strengths=(400.0, 6.0), shares=(0.8, 0.2))


def test_a_posterior_is_weighed_by_how_well_each_part_foretold_it() -> None:
    """Against integration of prior times likelihood on a fine grid."""
    mixture = TAILED.posterior(rate=0.02, successes=60.0, trials=2000.0)
    x = np.linspace(1e-6, 0.12, 400_001)
    density = np.zeros_like(x)
    for a, share in zip(TAILED.strengths, TAILED.shares, strict=True):
        b = a * 0.98 / 0.02
        logs = (a + 59.0) * np.log(x) + (b + 1939.0) * np.log1p(-x) - special.betaln(a, b)
        density += share * np.exp(logs - 60 * np.log(0.03) - 1940 * np.log(0.97))
    density /= density.sum()
    mean = float(density @ x)
    assert mixture.matched.mean == pytest.approx(mean, rel=1e-6)
    assert mixture.matched.sd == pytest.approx(float(np.sqrt(density @ (x - mean) ** 2)), rel=1e-5)
    below = np.cumsum(density)
    wanted = x[np.searchsorted(below, [0.025, 0.975])]
    assert mixture.interval() == pytest.approx(tuple(wanted), abs=1e-6)


def test_an_outlier_is_drawn_in_less_than_its_neighbours() -> None:
    clicks = {"a": 200, "b": 206, "c": 300}
    rows = [
        Row(segment="everyone", variant=name, period="1", impressions=10_000, clicks=count)
        for name, count in clicks.items()
    ]
    found = {
        label: analyse(counts_from_rows(rows), options=options).overall
        for label, options in {
            "single": AnalysisOptions(pseudo_clicks=TAILED.pseudo_clicks),
            "mixed": AnalysisOptions(spread=TAILED),
        }.items()
    }
    single, mixed = found["single"], found["mixed"]
    assert mixed.variant("c").mean > single.variant("c").mean
    assert abs(mixed.variant("a").mean - mixed.variant("b").mean) < abs(
        single.variant("a").mean - single.variant("b").mean
    )
    assert sum(mixed.prob_best.values()) == pytest.approx(1.0, abs=1e-9)
    draws = drawn(clicks, np.random.default_rng(5), 200_000)
    best = np.bincount(draws.argmax(axis=1), minlength=3) / len(draws)
    assert [mixed.prob_best[name] for name in clicks] == pytest.approx(list(best), abs=5e-3)


def drawn(clicks: dict[str, int], rng: np.random.Generator, size: int) -> np.ndarray:
    """Rates from the mixture posteriors of arms of 10,000 impressions."""
    rate = (sum(clicks.values()) + 1.0) / (30_000 + 50.0)
    columns = []
    for count in clicks.values():
        mixture = TAILED.posterior(rate=rate, successes=count, trials=10_000)
        part = rng.random(size) < mixture.weights[0]
        first, second = (rng.beta(one.alpha, one.beta, size) for one in mixture.parts)
        columns.append(np.where(part, first, second))
    return np.column_stack(columns)


@pytest.mark.parametrize(
    "fields",
    [
        {"strengths": ()},
        {"strengths": (0.5,)},
        {"strengths": (3.0, 4.0)},
        {"strengths": (3.0, 4.0), "shares": (0.5, 0.6)},
    ],
)
def test_shares_and_strengths_have_ranges(fields: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(InvalidOptions):
        Spread(**fields)


def test_rates_of_nothing_and_of_everything_have_intervals() -> None:
    for won in (0.0, 9000.0):
        low, high = TAILED.posterior(rate=0.5, successes=won, trials=9000.0).interval()
        assert 0.0 <= low < high <= 1.0
        assert abs(won / 9000.0 - (low + high) / 2.0) < 0.1
    rows = [
        Row(segment="everyone", variant=name, period=str(day), impressions=1000, clicks=count)
        for day in range(9)
        for name, count in {"a": 0, "b": 1000}.items()
    ]
    found = analyse(counts_from_rows(rows), options=AnalysisOptions(spread=TAILED)).overall
    assert found.leader == "b"
    assert found.variant("b").credible_interval[1] <= 1.0


def test_a_mixture_near_certainty_is_matched_by_what_is_left_to_doubt() -> None:
    """1 - p has the mean 1e-9 and less: the difference of squares near 1 is rounding alone."""
    parts = (Beta(alpha=2e9, beta=1.0), Beta(alpha=2e9, beta=4.0))
    matched = Mixture(weights=(0.5, 0.5), parts=parts).matched
    assert matched.beta / (matched.alpha + matched.beta) == pytest.approx(2.5 / 2e9, rel=1e-6)
    # Of the squares of 1 - p: (1 * 2 + 4 * 5) / 2 = 11, less the square of 2.5.
    assert matched.sd == pytest.approx((11.0 - 2.5**2) ** 0.5 / 2e9, rel=1e-6)
