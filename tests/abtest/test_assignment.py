import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest.assignment import choose, in_holdout, salt_key, slot_number, unit_digest

UNITS = [f"unit-{i}" for i in range(20_000)]
KEY = salt_key("test-1")
DIGESTS = [unit_digest(KEY, unit) for unit in UNITS]


def assign(arms: list[tuple[int, float]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([choose(digest, arms) for digest in DIGESTS])


@pytest.mark.parametrize(
    ("salt", "unit", "start", "slot"),
    [
        ("packshot", "shopper-1", "765688c4d0ce93e515", 1),
        ("packshot", "shopper-2", "3b16273a23af2048af", 0),
        ("test-7", "张伟", "e30a58d6b1cf4935f0", 0),
        ("", "0", "52794a4a077bd6d683", 2),
    ],
)
def test_vectors_for_other_languages(salt: str, unit: str, start: str, slot: int) -> None:
    digest = unit_digest(salt_key(salt), unit)
    assert digest.hex().startswith(start)
    assert choose(digest, [(0, 0.5), (1, 0.3), (2, 0.2)]) == slot


def test_another_process_agrees() -> None:
    code = (
        "from abtest.assignment import *\n"
        "print([choose(unit_digest(salt_key('s'), f'u{i}'), [(0, .5), (1, .5)]) for i in range(50)])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = [choose(unit_digest(salt_key("s"), f"u{i}"), [(0, 0.5), (1, 0.5)]) for i in range(50)]
    assert run.stdout.strip() == str(ours)


def test_shares_are_the_weights() -> None:
    weights = np.array([0.5, 0.3, 0.15, 0.05])
    shown = np.bincount(assign(list(enumerate(weights))), minlength=4)
    chi_square = ((shown - weights * len(UNITS)) ** 2 / (weights * len(UNITS))).sum()
    assert chi_square < 16.3  # p = .001 at 3 degrees of freedom


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


@settings(max_examples=25, deadline=None)
@given(st.lists(weights, min_size=3, max_size=6), st.lists(weights, min_size=6, max_size=6))
def test_any_change_of_weights_moves_units_from_losers_to_gainers_alone(
    first: list[float], factors: list[float]
) -> None:
    """No unit moves to an arm whose weight grew less than that of the arm it leaves."""
    arms = list(enumerate(first))
    changed = [(slot, weight * factors[slot]) for slot, weight in arms]
    for digest in DIGESTS[:1000]:
        before, after = choose(digest, arms), choose(digest, changed)
        assert before == after or factors[after] > factors[before]


@settings(max_examples=15, deadline=None)
@given(st.lists(weights, min_size=3, max_size=6), st.floats(0.0, 3.0))
def test_changing_dropping_or_adding_an_arm_moves_the_fewest_units(
    first: list[float], weight: float
) -> None:
    """As many as the change of its share, which is the least that any assignment can move."""
    arms = list(enumerate(first))
    # A weight of almost nothing is an arm dropped; read backwards, one added.
    changed = arms[:-1] if weight < 0.1 else [*arms[:-1], (arms[-1][0], weight)]
    digests = DIGESTS[:2000]
    moved = sum(choose(digest, arms) != choose(digest, changed) for digest in digests)
    others = sum(first[:-1])
    share = first[-1] / (others + first[-1])
    left = 0.0 if weight < 0.1 else weight / (others + weight)
    least = abs(share - left)
    slack = 5 * (least * (1 - least) / len(digests)) ** 0.5 + 1 / len(digests)
    assert moved / len(digests) == pytest.approx(least, abs=slack)


def test_the_scale_of_weights_is_nothing() -> None:
    assert (assign([(0, 0.2), (1, 0.6)]) == assign([(0, 1.0), (1, 3.0)])).all()


def test_salts_are_independent() -> None:
    other = salt_key("test-2")
    again = np.array([choose(unit_digest(other, unit), [(0, 0.5), (1, 0.5)]) for unit in UNITS])
    assert abs((assign([(0, 0.5), (1, 0.5)]) == again).mean() - 0.5) < 0.02


def test_the_holdout_is_its_share_and_independent_of_the_arms() -> None:
    held = np.array([in_holdout(digest, 0.1) for digest in DIGESTS])
    assert abs(held.mean() - 0.1) < 0.01
    arms = assign([(0, 0.5), (1, 0.5)])
    assert abs((arms[held] == 0).mean() - 0.5) < 0.05


@given(st.text(max_size=50), st.text(max_size=200))
def test_any_text_has_numbers_strictly_between_0_and_1(salt: str, unit: str) -> None:
    digest = unit_digest(salt_key(salt), unit)
    assert all(0.0 < slot_number(digest, slot) < 1.0 for slot in range(21))


def test_lone_surrogates_are_names_too() -> None:
    assert len(unit_digest(salt_key("\ud800"), "\udfff")) == 64
