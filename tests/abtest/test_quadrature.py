import numpy as np
import pytest
from scipy import special, stats

from abtest.quadrature import cdfs, grid_for, log_reach, masses


@pytest.mark.parametrize("a", [0.01, 0.5, 1.0, 33.0, 1e4, 1e8])
@pytest.mark.parametrize("b", [0.5, 2.0, 1e3, 1e9])
def test_the_reach_leaves_nothing_out(a: float, b: float) -> None:
    left, right = log_reach(np.array([a]), np.array([b]))
    mode = np.log(a / b)
    assert stats.beta.cdf(special.expit(mode - left[0]), a, b) < 1e-15
    # The upper tail of Beta(a, b) is the lower tail of Beta(b, a): 1 - x would lose it.
    assert stats.beta.cdf(special.expit(-mode - right[0]), b, a) < 1e-15


def test_moments_on_the_grid() -> None:
    a, b = np.array([[33.0, 5e5]]), np.array([[1600.0, 2.4e7]])
    grid = grid_for(a, b)
    mass = masses(grid, a, b)
    np.testing.assert_allclose(mass @ grid.x[0], a / (a + b), rtol=1e-10)
    np.testing.assert_allclose(
        mass @ grid.x[0] ** 2, a * (a + 1) / ((a + b) * (a + b + 1)), rtol=1e-10
    )


def test_cdfs_rise_from_0_to_1() -> None:
    a, b = np.array([[2.0, 200.0]]), np.array([[90.0, 9000.0]])
    cdf = cdfs(grid_for(a, b), a, b)
    assert (np.diff(cdf, axis=2) >= -1e-12).all()
    assert cdf[..., 0].max() < 1e-12
    assert cdf[..., -1].min() > 1 - 1e-12
