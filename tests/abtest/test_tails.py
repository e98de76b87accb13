"""Two strengths are learned where images have heavy tails, and only there."""

import numpy as np
import pytest

from abtest import Spread, learned_spread, learned_strength
from abtest.posterior import PSEUDO_CLICKS
from abtest.tails import _foretold, _Images


def past(relative: np.ndarray, *, seed: int) -> list[list[tuple[float, float]]]:
    """Tests of images of given relative rates, 20,000 impressions each."""
    rng = np.random.default_rng(seed)
    clicks = rng.binomial(20_000, np.clip(0.02 * relative, 0.0, 0.9))
    return [[(float(c), 20_000.0) for c in row] for row in clicks]


def test_heavy_tails_are_found() -> None:
    rng = np.random.default_rng(1)
    strengths = np.where(rng.random((150, 4)) < 0.8, 400.0, 6.0)
    found = learned_spread(past(rng.gamma(strengths, 1.0 / strengths), seed=2))
    assert len(found.strengths) == 2
    assert found.strengths[0] > 150
    assert 3 < found.strengths[1] < 15
    assert 0.6 < found.shares[0] < 0.95


def test_one_strength_is_kept_where_it_does() -> None:
    rng = np.random.default_rng(3)
    tests = past(rng.gamma(30.0, 1.0 / 30.0, (150, 4)), seed=4)
    assert learned_spread(tests) == Spread(strengths=(learned_strength(tests),))
    assert learned_spread([]) == Spread(strengths=(PSEUDO_CLICKS,))


def test_an_odd_image_among_a_few_tests_is_no_tail() -> None:
    odd = np.ones((12, 3))
    odd[4, 1] = 3.0
    tests = past(odd, seed=5)
    assert learned_spread(tests) == Spread(strengths=(learned_strength(tests),))


def test_what_decides_is_what_was_foretold() -> None:
    """Each test by the candidate that fits the others best, its own clicks not heard."""
    logs = np.array([[5.0, -1.0, -1.0], [0.0, 0.0, 0.0]])
    # All in all the first fits better; but what speaks for it is the first test alone.
    assert _foretold(logs).tolist() == [0.0, -1.0, -1.0]
    assert _foretold(logs[1:]).tolist() == [0.0, 0.0, 0.0]


def test_tests_of_different_sizes_stand_side_by_side() -> None:
    """The same as each by itself, summed over levels."""
    tables = [
        (np.array([20.0, 30.0]), np.array([1000.0, 1000.0])),
        (np.array([5.0, 9.0, 2.0]), np.array([300.0, 200.0, 400.0])),
    ]
    spread = Spread(strengths=(100.0, 12.0), shares=(0.7, 0.3))
    both = _Images.of(tables, 30.0).log_likelihood(spread)
    alone = [float(_Images.of([one], 30.0).log_likelihood(spread)[0]) for one in tables]
    assert both.tolist() == pytest.approx(alone)
