"""Many ratios at once are the ratios one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from abtest.posterior import Beta
from abtest.ratio import RateRatio
from abtest.ratios import RateRatios, log_gamma_cumulants

shapes = st.tuples(st.floats(0.5, 5e4), st.floats(0.002, 0.3))


def pairs(values: list[tuple[tuple[float, float], tuple[float, float]]]) -> RateRatios:
    arm = np.array([first for first, _ in values])
    base = np.array([second for _, second in values])
    return RateRatios(
        arm_alpha=arm[:, 0], arm_beta=arm[:, 0] * (1 - arm[:, 1]) / arm[:, 1],
        base_alpha=base[:, 0], base_beta=base[:, 0] * (1 - base[:, 1]) / base[:, 1],
    )  # fmt: skip


def one_by_one(many: RateRatios, i: int) -> RateRatio:
    return RateRatio(
        arm=Beta(alpha=float(many.arm_alpha[i]), beta=float(many.arm_beta[i])),
        baseline=Beta(alpha=float(many.base_alpha[i]), beta=float(many.base_beta[i])),
    )


@settings(deadline=None, max_examples=40)
@given(values=st.lists(st.tuples(shapes, shapes), min_size=1, max_size=5))
def test_intervals_and_probabilities_are_the_exact_ones(
    values: list[tuple[tuple[float, float], tuple[float, float]]],
) -> None:
    many = pairs(values)
    low, high = many.interval()
    within = many.cdf(1.05)
    for i in range(len(values)):
        exact = one_by_one(many, i)
        assert exact.cdf(float(low[i])) == pytest.approx(0.025, abs=5e-6)
        assert exact.cdf(float(high[i])) == pytest.approx(0.975, abs=5e-6)
        assert within[i] == pytest.approx(exact.cdf(1.05), abs=5e-6)


def test_far_away_ratios_have_no_probability_left() -> None:
    many = pairs([((9000.0, 0.02), (3000.0, 0.04)), ((9000.0, 0.04), (3000.0, 0.02))])
    assert many.cdf(1.0) == pytest.approx([1.0, 0.0], abs=1e-9)


def test_equal_arms_are_even() -> None:
    assert pairs([((30.0, 0.02), (30.0, 0.02))]).cdf(1.0) == pytest.approx([0.5], abs=1e-9)


def test_cumulants_of_log_gammas_are_polygammas() -> None:
    shape = np.array([20.0, 33.0, 4e3, 1e9])
    found = log_gamma_cumulants(shape)
    np.testing.assert_allclose(found[0], special.digamma(shape), rtol=1e-13)
    for n in range(1, 6):
        np.testing.assert_allclose(found[n], special.polygamma(n, shape), rtol=1e-12)


def test_pairs_that_know_nothing_have_intervals_and_do_not_hold_up_the_others() -> None:
    nothing, much = (0.01, 0.01), (400.0, 19_600.0)
    posteriors = [(nothing, nothing), (nothing, much), (much, nothing), ((2.0, 90.0), (3.0, 70.0))]
    ratios = RateRatios(
        arm_alpha=np.array([arm[0] for arm, _ in posteriors]),
        arm_beta=np.array([arm[1] for arm, _ in posteriors]),
        base_alpha=np.array([base[0] for _, base in posteriors]),
        base_beta=np.array([base[1] for _, base in posteriors]),
    )
    low, high = ratios.interval()
    assert np.isfinite([low, high]).all()
    assert (low < high).all()
    alone = RateRatio(arm=Beta(alpha=2, beta=90), baseline=Beta(alpha=3, beta=70)).interval()
    assert (low[3], high[3]) == pytest.approx(alone, rel=1e-6)
    assert ((ratios.cdf(1.05) >= 0.0) & (ratios.cdf(1.05) <= 1.0)).all()


def test_rates_near_one_are_skewed_by_few_failures() -> None:
    many = RateRatios(
        arm_alpha=np.array([5000.0, 5000.0, 6e8]), arm_beta=np.array([0.5, 3.0, 0.001]),
        base_alpha=np.array([5000.0, 8000.0, 6e8]), base_beta=np.array([3.0, 0.5, 0.001]),
    )  # fmt: skip
    low, high = many.interval()
    assert (low <= high).all()
    for i in range(2):
        exact = one_by_one(many, i)
        # Both integrate over a bend at 1, which takes digits.
        assert exact.cdf(float(low[i])) == pytest.approx(0.025, abs=3e-3)
        assert exact.cdf(float(high[i])) == pytest.approx(0.975, abs=3e-3)
