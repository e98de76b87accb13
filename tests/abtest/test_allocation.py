import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtest import Allocation, InvalidOptions, even_weights
from abtest.allocation import top_two_weights

probabilities = st.lists(st.floats(0, 1), min_size=2, max_size=20).filter(lambda p: sum(p) > 1e-3)


def named(values: list[float]) -> dict[str, float]:
    return {f"v{i}": value / sum(values) for i, value in enumerate(values)}


@given(probabilities, st.sampled_from(["uniform", "thompson", "top_two"]))
def test_weights_are_shares_above_the_floor(values: list[float], policy: str) -> None:
    rule = Allocation(policy=policy)  # type: ignore[arg-type]
    weights = rule.weights(named(values))
    assert math.fsum(weights.values()) == pytest.approx(1.0, abs=1e-9)
    assert min(weights.values()) >= rule.floor_for(len(values)) - 1e-12


def test_top_two_weights_are_those_of_the_algorithm() -> None:
    """Draw a best arm; half the time keep it, else draw again until another comes."""
    generator = np.random.default_rng(1)
    p = np.array([0.6, 0.3, 0.1])
    first = generator.choice(3, 200_000, p=p)
    chosen = np.zeros(3)
    for arm in range(3):
        drawn = (first == arm).sum()
        chosen[arm] += drawn / 2
        others = np.where(np.arange(3) == arm, 0, p)
        chosen += drawn / 2 * others / others.sum()
    weights = top_two_weights({"a": 0.6, "b": 0.3, "c": 0.1})
    np.testing.assert_allclose(list(weights.values()), chosen / len(first), atol=5e-3)


def test_a_certain_winner_shares_with_its_challengers() -> None:
    weights = top_two_weights({"a": 1.0, "b": 0.0, "c": 0.0})
    assert weights["a"] == pytest.approx(0.5)
    assert weights["b"] == pytest.approx(0.25)
    assert top_two_weights({"a": 1.0}) == {"a": 1.0}


def test_equal_arms_are_shown_equally() -> None:
    for policy in ("uniform", "thompson", "top_two"):
        weights = Allocation(policy=policy).weights(named([1.0] * 5))
        assert weights == pytest.approx(even_weights(tuple(weights)))


def test_floors() -> None:
    assert Allocation().floor_for(2) == 0.05
    assert Allocation().floor_for(20) == pytest.approx(0.01)
    thompson = Allocation(policy="thompson", floor=0.1).weights({"a": 1.0, "b": 0.0})
    assert thompson == pytest.approx({"a": 0.9, "b": 0.1})
    with pytest.raises(InvalidOptions, match="more than all"):
        Allocation(floor=0.3).weights(named([1.0] * 4))


@pytest.mark.parametrize("options", [{"floor": -0.1}, {"floor": 0.6}, {"policy": "greedy"}])
def test_bad_options(options: dict[str, object]) -> None:
    with pytest.raises(InvalidOptions):
        Allocation(**options)  # type: ignore[arg-type]
