"""Segments that lend each other what they know: checked against integration by brute force."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import Row, analyse, counts_from_rows
from abtest.pooling import borrowed_priors
from abtest.posterior import PSEUDO_CLICKS, pooled_prior
from abtest.quadrature import Floats

TAU2 = 1.0 / PSEUDO_CLICKS


def contrast_by_brute_force(clicks: Floats, trials: Floats) -> Floats:
    """E log(r_2 / r_1) of each of two segments, of two arms, integrated over a fine grid.

    Given their sum, the clicks of two arms are binomial in the contrast alone; the two contrasts
    are jointly normal, with omega integrated over its own grid.
    """
    d = np.linspace(-1.5, 1.5, 301)
    first, second = np.meshgrid(d, d, indexing="ij")
    log_likelihood = np.zeros_like(first)
    for segment, contrast in enumerate((first, second)):
        odds = contrast + math.log(trials[segment, 1] / trials[segment, 0])
        log_likelihood += clicks[segment, 1] * odds - clicks[segment].sum() * np.logaddexp(0, odds)
    total, mean = 0.0, np.zeros(2)
    for omega2 in np.linspace(0.0, 3.0, 40) ** 2 * TAU2:
        shared = 2.0 * max(TAU2 - omega2, 0.1 * TAU2)
        own = 2.0 * omega2 + 1e-5  # a ridge narrower than the grid would fall between its points
        covariance = np.array([[shared + own, shared], [shared, shared + own]])
        precision = np.linalg.inv(covariance)
        square = precision[0, 0] * first**2 + 2 * precision[0, 1] * first * second
        square += precision[1, 1] * second**2
        logs = log_likelihood - 0.5 * square - 0.5 * math.log(np.linalg.det(covariance))
        weight = np.exp(logs - log_likelihood.max() - 0.5 * omega2 / TAU2)
        total += weight.sum()
        mean += np.array([(weight * first).sum(), (weight * second).sum()])
    return np.asarray(mean / total, dtype=np.float64)


@pytest.mark.parametrize(
    "clicks",
    [
        [[100, 130], [100, 130]],
        [[400, 520], [90, 70]],
        [[1000, 1300], [1000, 800]],
        [[500, 500], [3, 6]],
    ],
)
def test_the_fast_answer_is_that_of_brute_force(clicks: list[list[int]]) -> None:
    successes = np.array(clicks, dtype=np.float64)
    trials = np.full((2, 2), 50.0 * successes.max())
    lent = borrowed_priors(successes, trials)
    posteriors = [
        [prior.updated(successes=successes[s, i], trials=trials[s, i])
         for i, prior in enumerate(priors)]
        for s, priors in enumerate(lent.priors)
    ]  # fmt: skip
    found = [math.log(second.mean / first.mean) for first, second in posteriors]
    wanted = contrast_by_brute_force(successes, trials)
    # A third of the posterior standard deviation of the hardest case: omega is a point here.
    assert found == pytest.approx(list(wanted), abs=0.045)


def simulated(
    rng: np.random.Generator, *, segments: int, arms: int, visits: int, omega: float
) -> tuple[Floats, Floats, Floats]:
    shared = rng.normal(0.0, math.sqrt(TAU2), arms)
    own = rng.normal(0.0, omega, (segments, arms))
    rates = 0.02 * np.exp(rng.normal(0.0, 0.3, (segments, 1)) + shared + own)
    trials = np.full((segments, arms), float(visits))
    return rates, rng.binomial(visits, rates).astype(np.float64), trials


@pytest.mark.parametrize("omega", [0.0, 0.1, 0.3])
def test_borrowing_is_nearer_to_the_truth_than_standing_alone(omega: float) -> None:
    rng = np.random.default_rng(5)
    alone, together = 0.0, 0.0
    for _ in range(40):
        rates, clicks, trials = simulated(rng, segments=8, arms=3, visits=1500, omega=omega)
        lent = borrowed_priors(clicks, trials).priors
        for s in range(8):
            own = pooled_prior(successes=clicks[s].sum(), trials=trials[s].sum())
            for priors, which in ((lent[s], "together"), ((own,) * 3, "alone")):
                means = [priors[i].updated(successes=clicks[s, i], trials=trials[s, i]).mean
                         for i in range(3)]  # fmt: skip
                logs = np.log(means) - np.log(rates[s])
                error = float(((logs - logs.mean()) ** 2).sum())
                alone, together = (
                    (alone + error, together) if which == "alone" else (alone, together + error)
                )
    assert together < 0.95 * alone


def test_the_spread_between_segments_is_found() -> None:
    rng = np.random.default_rng(6)
    found = {}
    for omega in (0.0, 0.3):
        _, clicks, trials = simulated(rng, segments=10, arms=4, visits=40_000, omega=omega)
        found[omega] = borrowed_priors(clicks, trials).spread
    assert found[0.0] < 0.05
    assert 0.2 < found[0.3] < 0.4


@settings(deadline=None, max_examples=60)
@given(
    table=st.integers(1, 4).flatmap(
        lambda arms: st.lists(
            st.lists(st.tuples(st.integers(0, 10**9), st.floats(0, 1)), min_size=arms, max_size=arms),
            min_size=1, max_size=5,
        )
    )
)  # fmt: skip
def test_any_counts_give_priors(table: list[list[tuple[int, float]]]) -> None:
    trials = np.array([[float(n) for n, _ in row] for row in table])
    successes = np.floor(trials * np.array([[share for _, share in row] for row in table]))
    lent = borrowed_priors(successes, trials)
    assert math.isfinite(lent.spread)
    for row in lent.priors:
        for prior in row:
            assert 0.0 < prior.mean < 1.0
            assert prior.alpha < 1e12


def test_order_of_segments_and_arms_does_not_matter() -> None:
    rng = np.random.default_rng(7)
    _, clicks, trials = simulated(rng, segments=4, arms=3, visits=3000, omega=0.1)
    lent = borrowed_priors(clicks, trials)
    turned = borrowed_priors(clicks[::-1, ::-1], trials[::-1, ::-1])
    for s in range(4):
        for i in range(3):
            assert lent.priors[s][i].mean == pytest.approx(turned.priors[3 - s][2 - i].mean)


def test_a_small_segment_follows_the_others_and_a_large_one_keeps_its_own() -> None:
    rows = [
        Row(segment=name, variant=variant, period=str(day), impressions=shown, clicks=clicks)
        for day in range(8)
        for name, shown, taste in (
            ("de", 4000, (80, 112)), ("fr", 4000, (82, 110)), ("new", 50, (1, 1)),
        )
        for variant, clicks in zip("ab", taste, strict=True)
    ]  # fmt: skip
    analysis = analyse(counts_from_rows(rows))
    assert analysis.segment_spread is not None
    new = analysis.segments["new"]
    assert new.prob_best["b"] > 0.8  # the others' taste
    assert new.verdict.variant is None  # but its own clicks decide a promotion
    assert analysis.segments["de"].variant("b").mean == pytest.approx(112 / 4000, rel=0.04)
