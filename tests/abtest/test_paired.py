import math

import numpy as np
import pytest

from abtest.paired import Pairs, log_ratio, spread_of_ratios, trend


def pairs(rows: list[tuple[int, int, int, int]]) -> Pairs:
    table = np.array(rows, dtype=np.float64).T
    return Pairs(arm_shown=table[0], arm_clicks=table[1], base_shown=table[2], base_clicks=table[3])


def test_a_common_ratio_is_found_whatever_the_days_do() -> None:
    """Pooled, the arm looks worse: it was shown most on the day when nobody clicked."""
    found, error = log_ratio(pairs([(20_000, 1200, 80_000, 4000), (80_000, 960, 20_000, 200)]))
    assert math.exp(found) == pytest.approx(1.2, rel=2e-3)
    assert 0.02 < error < 0.06


def test_one_stratum_is_the_plain_log_ratio() -> None:
    found, error = log_ratio(pairs([(1000, 40, 4000, 100)]))
    # Half a click more on either side.
    assert found == pytest.approx(math.log(40.5 / 1000) - math.log(100.5 / 4000), abs=1e-9)
    assert error == pytest.approx(math.sqrt(1 / 40.5 + 1 / 100.5), rel=0.01)


def test_what_compares_nothing_says_nothing() -> None:
    silent = pairs([(0, 0, 100, 3), (100, 0, 100, 0)])
    assert log_ratio(silent) == (0.0, math.inf)
    assert trend(silent, np.arange(2.0)) is None
    assert spread_of_ratios(silent, np.zeros(2)) == (0.0, 0)
    assert silent.log_likelihood(np.array([0.0, 1.0])).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_slope_is_found_with_its_error() -> None:
    generator = np.random.default_rng(5)
    slopes, within = [], 0
    for _ in range(60):
        day = np.arange(14.0)
        clicks = generator.poisson(60 * np.exp(0.3 - 0.02 * day))
        rows = [(2000, int(c), 2000, int(b)) for c, b in
                zip(clicks, generator.poisson(60, 14), strict=True)]  # fmt: skip
        found = trend(pairs(rows), day)
        assert found is not None
        slopes.append(found.slope)
        within += abs(found.slope + 0.02) < 1.96 * found.error
    assert np.mean(slopes) == pytest.approx(-0.02, abs=0.004)
    assert within >= 52


def test_groups_of_the_same_ratio_do_not_spread() -> None:
    rows = [(1000, 60, 1000, 40), (2000, 60, 2000, 40)] * 3
    alike, freedom = spread_of_ratios(pairs(rows), np.array([0.0, 1, 0, 1, 0, 1]))
    assert (alike < 0.1, freedom) == (True, 1)
    apart, _ = spread_of_ratios(pairs([(1000, 60, 1000, 40), (1000, 40, 1000, 60)]), np.arange(2.0))
    assert apart > 5
