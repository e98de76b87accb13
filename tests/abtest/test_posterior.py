import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from abtest import FLAT, Beta, InvalidOptions, pooled_prior, posterior_density


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=5))
def test_updates_combine_in_any_order(parts: list[tuple[int, int]]) -> None:
    def fold(order: list[tuple[int, int]]) -> Beta:
        posterior = FLAT
        for clicks, misses in order:
            posterior = posterior.updated(successes=clicks, trials=clicks + misses)
        return posterior

    assert fold(parts) == fold(parts[::-1])


def test_moments_and_interval() -> None:
    posterior = Beta(alpha=3, beta=7)
    law = stats.beta(3, 7)
    assert posterior.mean == pytest.approx(law.mean())
    assert posterior.sd == pytest.approx(law.std())
    assert posterior.interval(level=0.9) == pytest.approx(law.interval(0.9))


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_parameters_are_above_zero(value: float) -> None:
    with pytest.raises(InvalidOptions):
        Beta(alpha=value, beta=1.0)


def test_the_density_integrates_to_one_and_matches() -> None:
    posterior = Beta(alpha=40, beta=1960)
    curve = posterior_density(posterior, points=2001)
    assert np.trapezoid(curve.density, curve.rate) == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(curve.density, stats.beta.pdf(curve.rate, 40, 1960), rtol=1e-9)


def test_a_density_over_all_rates_is_finite() -> None:
    curve = posterior_density(FLAT, span=(0.0, 1.0))
    np.testing.assert_allclose(curve.density, 1.0)
    with pytest.raises(InvalidOptions):
        posterior_density(FLAT, points=1)


def test_the_pooled_prior_has_the_common_mean_and_the_stated_strength() -> None:
    prior = pooled_prior(successes=2000, trials=100_000)
    assert prior.mean == pytest.approx(0.02, rel=1e-3)
    assert prior.alpha == 33.0
    assert pooled_prior(successes=0, trials=0).mean == pytest.approx(0.02)
