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


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([2.0, 200.0], [90.0, 9000.0]),
        ([33.0, 5e5], [1600.0, 2.4e7]),
        ([0.5, 3.0], [0.5, 1e9]),
        ([300.0, 40.0], [0.7, 0.9]),
    ],
)
def test_cdfs_are_the_incomplete_beta_function(a: list[float], b: list[float]) -> None:
    alpha, beta = np.array([a]), np.array([b])
    grid = grid_for(alpha, beta)
    cdf = cdfs(grid, masses(grid, alpha, beta))
    # Near x = 1 it is 1 - x that keeps its digits.
    wanted = np.where(
        grid.y[:, None, :] < 0.0,
        special.betainc(alpha[..., None], beta[..., None], special.expit(grid.y)[:, None, :]),
        special.betaincc(beta[..., None], alpha[..., None], special.expit(-grid.y)[:, None, :]),
    )
    np.testing.assert_allclose(cdf, wanted, rtol=1e-7, atol=1e-10)


def test_a_shift_moves_a_distribution_along_its_axis() -> None:
    a, b, shift = np.array([[20.0]]), np.array([[300.0]]), np.array([[4.0]])
    grid = grid_for(a, b, shift=shift)
    mass = masses(grid, a, b, shift=shift)
    # exp(y) is exp(shift) times the odds, whose mean is a / (b - 1).
    assert float((mass @ np.exp(grid.y[0]))[0, 0]) == pytest.approx(np.exp(4.0) * 20.0 / 299.0)


@pytest.mark.parametrize(("a", "b"), [(2e9, 1e20), (1e20, 2e9), (33.0, 1e20), (1e20, 1e20)])
def test_the_reach_keeps_its_digits_where_one_parameter_is_huge(a: float, b: float) -> None:
    """There the logarithm of the density is a Gamma's, or a normal one's, known in closed form."""
    left, right = log_reach(np.array([a]), np.array([b]))
    few, (down, up) = min(a, b), (left[0], right[0]) if a <= b else (right[0], left[0])
    if a == b:
        assert few * down**2 / 4.0 == pytest.approx(46.0, rel=0.01)
        return
    assert few * (down + np.expm1(-down)) == pytest.approx(46.0, rel=0.01)
    assert few * (np.expm1(up) - up) == pytest.approx(46.0, rel=0.01)
