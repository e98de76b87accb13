"""Layers: a unit is in at most one test of a layer, and stays where it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtest import InvalidLayer, LayerFull, Slice, carved
from abtest.assignment import choose, unit_number
from abtest.layers import BUCKETS, layer_bucket, layer_key

UNITS = [f"unit-{i}" for i in range(20_000)]
KEY = layer_key("checkout")
PLACES = np.array([layer_bucket(KEY, unit_number(unit)) for unit in UNITS])


def test_units_are_spread_evenly_over_a_layer() -> None:
    assert (PLACES.min(), PLACES.max()) >= (0, 0)
    assert PLACES.max() < BUCKETS
    shown = np.bincount(PLACES // 1000, minlength=10)
    chi_square = ((shown - 2000) ** 2 / 2000).sum()
    assert chi_square < 27.9  # p = .001 at 9 degrees of freedom


def test_layers_are_independent_of_each_other_and_of_the_tests_in_them() -> None:
    other = np.array([layer_bucket(layer_key("home"), unit_number(unit)) for unit in UNITS])
    assert abs(np.corrcoef(PLACES, other)[0, 1]) < 0.03
    arms = np.array([choose("checkout", unit, [(0, 0.5), (1, 0.5)]) for unit in UNITS])
    assert abs(arms[PLACES < BUCKETS // 2].mean() - 0.5) < 0.02


@given(
    st.lists(
        st.tuples(st.booleans(), st.floats(0.001, 0.6), st.integers(0, 9)), min_size=1, max_size=25
    )
)
def test_tests_come_and_go_and_nobody_else_moves(steps: list[tuple[bool, float, int]]) -> None:
    held: list[Slice] = []
    for joins, share, which in steps:
        before = list(held)
        if joins or not held:
            free = 1 - sum(one.share for one in held)
            if round(share * BUCKETS) > round(free * BUCKETS):
                with pytest.raises(LayerFull) as refused:
                    carved("l", share, held)
                assert refused.value.free == pytest.approx(free, abs=1e-9)
                continue
            new = carved("l", share, held)
            assert new.share == pytest.approx(share, abs=0.5 / BUCKETS + 1e-9)
            held.append(new)
        else:
            held.pop(which % len(held))
        # Those that were there have the slices that they had.
        assert [one for one in before if one in held] == [one for one in held if one in before]
        owners = np.zeros(BUCKETS, dtype=int)
        for one in held:
            for first, end in one.ranges:
                owners[first:end] += 1
        assert owners.max(initial=0) <= 1


def test_slices_of_other_layers_take_nothing() -> None:
    assert carved("a", 1.0, [carved("b", 1.0, [])]).share == 1.0


def test_freed_buckets_are_used_again_in_pieces() -> None:
    first, second = carved("l", 0.2, []), carved("l", 0.5, [carved("l", 0.2, [])])
    third = carved("l", 0.4, [second])
    assert third.ranges == ((0, 2000), (7000, 9000))
    assert not set(third.ranges) & set(second.ranges)
    assert third.share == pytest.approx(0.4)
    assert first.holds(1999)
    assert [bucket for bucket in (0, 1999, 2000, 6999, 7000, 8999, 9000) if third.holds(bucket)] == [
        0, 1999, 7000, 8999
    ]  # fmt: skip


def test_a_full_layer_says_how_much_is_left() -> None:
    with pytest.raises(LayerFull, match=r"50\.00% of its shoppers are wanted and 40\.00% are free"):
        carved("l", 0.5, [carved("l", 0.6, [])])


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, 0.00001, float("nan"), float("inf")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InvalidLayer):
        carved("l", share, [])


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"layer": "l"},
        {"layer": "l", "ranges": []},
        {"layer": "", "ranges": [[0, 1]]},
        {"layer": "l", "ranges": [[5, 5]]},
        {"layer": "l", "ranges": [[0, 10_001]]},
        {"layer": "l", "ranges": [[-1, 5]]},
        {"layer": "l", "ranges": [[0, 9], [8, 12]]},
        {"layer": "l", "ranges": [[0, 9, 3]]},
        {"layer": "l", "ranges": [["x", 9]]},
    ],
)
def test_malformed_slices_are_refused(data: object) -> None:
    with pytest.raises(InvalidLayer):
        Slice.from_dict(data)


def test_a_slice_survives_its_json() -> None:
    one = Slice(layer="l", ranges=((0, 5), (7, 9)))
    assert Slice.from_dict(one.to_dict()) == one
