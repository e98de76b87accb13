import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import Beta, RateRatio, best_arm

# Click rates as they are: nearer to 1 the cut at a rate of 1 costs digits, as the module says.
arms = st.builds(
    lambda a, rate: Beta(alpha=a, beta=a * (1 - rate) / rate),
    st.floats(2.0, 1e5),
    st.floats(0.001, 0.1),
)


@settings(deadline=None, max_examples=60)
@given(arms, arms)
def test_a_ratio_below_one_is_a_lost_duel(arm: Beta, baseline: Beta) -> None:
    below = RateRatio(arm=arm, baseline=baseline).cdf(1.0)
    assert below == pytest.approx(best_arm([arm, baseline]).prob_best[0, 1], abs=1e-8)


@settings(deadline=None, max_examples=40)
@given(arms, arms)
def test_swapping_the_arms_inverts_the_interval(arm: Beta, baseline: Beta) -> None:
    low, high = RateRatio(arm=arm, baseline=baseline).interval()
    back_low, back_high = RateRatio(arm=baseline, baseline=arm).interval()
    assert low < high
    assert back_low == pytest.approx(1 / high, rel=1e-5)
    assert back_high == pytest.approx(1 / low, rel=1e-5)


def test_against_draws() -> None:
    generator = np.random.default_rng(3)
    arm, baseline = Beta(alpha=150, beta=4850), Beta(alpha=120, beta=5000)
    draws = generator.beta(150, 4850, 400_000) / generator.beta(120, 5000, 400_000) - 1
    expected = np.quantile(draws, [0.05, 0.95])
    np.testing.assert_allclose(
        np.array(RateRatio(arm=arm, baseline=baseline).interval(level=0.9)) - 1.0,
        expected,
        atol=3e-3,
    )


@pytest.mark.parametrize("big", [1e3, 1e6, 1e8])
def test_a_well_known_baseline_leaves_the_arm_s_own_interval(big: float) -> None:
    arm, baseline = Beta(alpha=60, beta=2940), Beta(alpha=big, beta=49 * big)
    low, high = RateRatio(arm=arm, baseline=baseline).interval()
    own = np.array(arm.interval()) / baseline.mean
    np.testing.assert_allclose([low, high], own, rtol=2.0 / np.sqrt(big))


def test_probability_within_bounds() -> None:
    ratio = RateRatio(arm=Beta(alpha=4e5, beta=2e7), baseline=Beta(alpha=4e5, beta=2e7))
    assert ratio.cdf(1.05) - ratio.cdf(0.95) == pytest.approx(1.0)
    assert ratio.cdf(0.0) == 0.0
    assert ratio.quantile(0.5) == pytest.approx(1.0, abs=1e-9)
