import subprocess
import sys
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest.assignment import (
    HOLDOUT_SLOT,
    LAYER_SLOT,
    choose,
    draw_of,
    in_holdout,
    key_of,
    multiplier,
    unit_number,
)

UNITS = [f"unit-{i}" for i in range(20_000)]
NUMBERS = [unit_number(unit) for unit in UNITS]
LARGE_CHI_SQUARE = 5.0
"""Standard deviations above the mean; one in millions by chance."""


def assign(arms: list[tuple[int, float]], salt: str = "test-1") -> npt.NDArray[np.int64]:
    slots, weights = zip(*arms, strict=True)
    draw = draw_of(key_of(salt, slots), weights)
    return np.array(slots)[[draw[0](number, draw) for number in NUMBERS]]


def products(multipliers: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """The uniform numbers of each unit (rows) under each multiplier (columns)."""
    return np.multiply.outer(np.array(NUMBERS, dtype=np.uint64), multipliers) * 2.0**-64


@pytest.mark.parametrize(
    ("salt", "unit", "slot"),
    [("packshot", "shopper-1", 0), ("test-7", "张伟", 0), ("", "0", 0)],
)
def test_one_function_is_as_good_as_another(salt: str, unit: str, slot: int) -> None:
    """Each size has a function of its own; arms of next to no weight must not change the choice."""
    arms = [(0, 0.5), (1, 0.5), (2, 0.5), (3, 0.5), (4, 0.5)]
    chosen = choose(salt, unit, arms)
    uneven = [(slot, weight * (1 + 1e-12 * slot)) for slot, weight in arms]
    assert choose(salt, unit, uneven) == chosen
    for size in (1, 2, 3):
        rest = [arm for arm in arms if arm[0] != chosen][: size - 1]
        few = sorted([(chosen, 0.5), *rest])
        assert choose(salt, unit, few) == chosen
        assert choose(salt, unit, [(s, w * (1 + 1e-12 * s)) for s, w in few]) == chosen


def test_another_process_agrees() -> None:
    code = (
        "from abtest.assignment import choose\n"
        "print([choose('s', f'u{i}', [(0, .5), (1, .3), (2, .2)]) for i in range(50)])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = [choose("s", f"u{i}", [(0, 0.5), (1, 0.3), (2, 0.2)]) for i in range(50)]
    assert run.stdout.strip() == str(ours)


@pytest.mark.parametrize(
    "weights",
    [
        [1.0, 1.0],
        [0.7, 0.3],
        [0.2, 0.2, 0.2],
        [0.6, 0.25, 0.15],
        [0.5, 0.3, 0.15, 0.05],
        [1.0] * 20,
        [1.0 + slot for slot in range(20)],
    ],
)
def test_shares_are_the_weights(weights: list[float]) -> None:
    expected = np.array(weights) / sum(weights) * len(UNITS)
    shown = np.bincount(assign(list(enumerate(weights))), minlength=len(weights))
    chi_square = ((shown - expected) ** 2 / expected).sum()
    freedom = len(weights) - 1
    assert chi_square < freedom + LARGE_CHI_SQUARE * (2 * freedom) ** 0.5


def test_propensities_hold_over_many_tests() -> None:
    """A bias of a thousandth would show in 4 million draws of 200 tests."""
    numbers = products(
        np.array([multiplier(f"t{i}", s) for i in range(200) for s in (0, 1, 2)], dtype=np.uint64)
    )
    scores = np.log(numbers).reshape(len(UNITS), 200, 3) / np.array([0.6, 0.3, 0.1])
    shares = np.bincount(scores.argmax(axis=2).ravel(), minlength=3) / (200 * len(UNITS))
    # A unit's draws in different tests are independent, so the error is that of 4 million draws.
    assert shares == pytest.approx([0.6, 0.3, 0.1], abs=5 * (0.25 / 4e6) ** 0.5)


def test_dropping_an_arm_moves_only_its_own_units() -> None:
    before = assign([(0, 0.4), (1, 0.3), (2, 0.3)])
    after = assign([(0, 0.4), (2, 0.3)])
    assert (before[before != after] == 1).all()
    moved = after[before == 1]
    assert abs((moved == 0).mean() - 4 / 7) < 0.03


def test_raising_a_weight_moves_units_to_that_arm_alone() -> None:
    before = assign([(0, 0.5), (1, 0.5)])
    after = assign([(0, 0.5), (1, 0.8)])
    assert (after[before != after] == 1).all()
    assert abs((before != after).mean() - (0.8 / 1.3 - 0.5)) < 0.01


weights = st.floats(0.01, 1.0)


@settings(max_examples=12, deadline=None)
@given(st.lists(weights, min_size=3, max_size=6), st.lists(weights, min_size=6, max_size=6))
def test_any_change_of_weights_moves_units_from_losers_to_gainers_alone(
    first: list[float], factors: list[float]
) -> None:
    """No unit moves to an arm whose weight grew less than that of the arm it leaves."""
    arms = list(enumerate(first))
    changed = [(slot, weight * factors[slot]) for slot, weight in arms]
    for before, after in zip(assign(arms), assign(changed), strict=True):
        assert before == after or factors[after] > factors[before]


@settings(max_examples=12, deadline=None)
@given(st.lists(weights, min_size=3, max_size=6), st.floats(0.0, 3.0))
def test_changing_dropping_or_adding_an_arm_moves_the_fewest_units(
    first: list[float], weight: float
) -> None:
    """As many as the change of its share, which is the least that any assignment can move."""
    arms = list(enumerate(first))
    # A weight of almost nothing is an arm dropped; read backwards, one added.
    changed = arms[:-1] if weight < 0.1 else [*arms[:-1], (arms[-1][0], weight)]
    moved = (assign(arms) != assign(changed)).mean()
    others = sum(first[:-1])
    share = first[-1] / (others + first[-1])
    left = 0.0 if weight < 0.1 else weight / (others + weight)
    least = abs(share - left)
    slack = 5 * (least * (1 - least) / len(UNITS)) ** 0.5 + 1 / len(UNITS)
    assert moved == pytest.approx(least, abs=slack)


def test_the_scale_of_weights_is_nothing() -> None:
    assert (assign([(0, 0.2), (1, 0.6)]) == assign([(0, 1.0), (1, 3.0)])).all()


def independence(tables: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Standard normal scores of chi-square tests that the rows of 2x2 tables are alike."""
    rows = tables.sum(axis=2, keepdims=True)
    columns = tables.sum(axis=1, keepdims=True)
    expected = rows * columns / tables.sum(axis=(1, 2), keepdims=True)
    signs = np.sign(tables[:, 0, 0] - expected[:, 0, 0])
    found: npt.NDArray[np.float64] = signs * np.sqrt(
        ((tables - expected) ** 2 / expected).sum(axis=(1, 2))
    )
    return found


def crossed(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """2x2 tables of the columns of two arrays, column by column."""
    both = [(one == a) & (other == b) for a in (True, False) for b in (True, False)]
    return np.stack([each.sum(axis=0) for each in both], axis=1).reshape(-1, 2, 2).astype(float)


@pytest.mark.parametrize(
    ("slot", "other_slot", "same_test"),
    [
        (0, 0, False),
        (0, 1, True),
        (0, HOLDOUT_SLOT, True),
        (0, LAYER_SLOT, True),
        (HOLDOUT_SLOT, HOLDOUT_SLOT, False),
    ],
)
@pytest.mark.parametrize("share", [0.5, 0.05])
def test_what_is_drawn_is_independent(
    slot: int, other_slot: int, same_test: bool, share: float
) -> None:
    """Over 300 pairs of tests, slots, holdouts and layers the scores are as chance makes them."""
    tests = [f"test-{i}" for i in range(301)]
    pairs = [(a, a) for a in tests[:300]] if same_test else list(pairwise(tests))
    one = products(np.array([multiplier(a, slot) for a, _ in pairs], dtype=np.uint64))
    other = products(np.array([multiplier(b, other_slot) for _, b in pairs], dtype=np.uint64))
    scores = independence(crossed(one < share, other < share))
    assert np.abs(scores).max() < 4.7  # one in 400,000 each
    assert scores.mean() == pytest.approx(0.0, abs=4 / 300**0.5)
    assert scores.std() == pytest.approx(1.0, abs=4 / 600**0.5)


def test_names_that_are_alike_are_as_good_as_any() -> None:
    """Numbered shoppers and numbered tests: what hashes of little care spread badly."""
    numbers = products(np.array([multiplier(str(i), 0) for i in range(200)], dtype=np.uint64))
    shown = np.apply_along_axis(np.bincount, 0, (numbers * 16).astype(int), minlength=16)
    chi_squares = ((shown - len(UNITS) / 16) ** 2 / (len(UNITS) / 16)).sum(axis=0)
    assert chi_squares.mean() == pytest.approx(15, abs=4 * (30 / 200) ** 0.5)
    assert chi_squares.max() < 50  # one in 80,000 each


def test_the_holdout_is_its_share_and_independent_of_the_arms() -> None:
    held = np.array([in_holdout("test-1", unit, 0.1) for unit in UNITS])
    assert abs(held.mean() - 0.1) < 0.01
    arms = assign([(0, 0.5), (1, 0.5)])
    assert abs((arms[held] == 0).mean() - 0.5) < 0.05


@given(st.text(max_size=50), st.text(max_size=200), st.integers(0, 21))
def test_any_text_has_odd_numbers_of_64_bits(salt: str, unit: str, slot: int) -> None:
    """Odd, so that no product is 0, of which there is no logarithm."""
    for number in (unit_number(unit), multiplier(salt, slot)):
        assert 0 < number < 1 << 64
        assert number % 2 == 1


def test_lone_surrogates_are_names_too() -> None:
    assert unit_number("\udfff") != unit_number("\ud800")
    assert multiplier("\ud800", 0) != multiplier("\ud800", 1)
