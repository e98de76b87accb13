from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtest import Cell, Counts, InvalidCounts, Period, Row, counts_from_rows

EVEN = {"a": 0.5, "b": 0.5}


def counts(cells: dict[tuple[str, str, str], Cell]) -> Counts:
    periods = (Period(id="1", weights=EVEN), Period(id="2", weights=EVEN))
    return Counts(variants=("a", "b"), periods=periods, cells=cells)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"impressions": -1}, "negative"),
        ({"impressions": 3, "clicks": 4}, "only 3 impressions"),
        ({"impressions": 3, "conversions": 4}, "only 3 impressions"),
        ({"impressions": 3.0}, "whole number"),
        ({"impressions": True}, "whole number"),
        ({"impressions": 10**400}, "more than 1e\\+18"),
        ({"impressions": 3, "value": float("nan")}, "not between"),
        ({"impressions": 3, "value": 1e200, "value_squares": 1.0}, "not between"),
    ],
)
def test_a_cell_refuses_the_impossible(values: dict[str, int], word: str) -> None:
    with pytest.raises(InvalidCounts, match=word):
        Cell(**values)


def test_a_billion_impressions_are_fine() -> None:
    assert (Cell(impressions=10**9, clicks=10**7) + Cell(impressions=1)).impressions == 10**9 + 1


def test_one_variant_is_no_test() -> None:
    with pytest.raises(InvalidCounts, match="2 or more"):
        Counts(variants=("a",), periods=(), cells={})


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidCounts, match="unknown variant"):
        counts({("everyone", "c", "1"): Cell(impressions=1)})
    with pytest.raises(InvalidCounts, match="unknown period"):
        counts({("everyone", "a", "3"): Cell(impressions=1)})
    with pytest.raises(InvalidCounts, match="all segments together"):
        counts({("overall", "a", "1"): Cell(impressions=1)})


@pytest.mark.parametrize(
    "weights", [{"a": 0.5, "b": 0.6}, {"a": -0.5, "b": 1.5}, {"a": float("nan")}]
)
def test_weights_are_shares(weights: dict[str, float]) -> None:
    with pytest.raises(InvalidCounts):
        Period(id="1", weights=weights)


def test_doubled_names_are_refused() -> None:
    day = Period(id="1", weights=EVEN)
    with pytest.raises(InvalidCounts, match="twice"):
        Counts(variants=("a", "a"), periods=(day,), cells={})
    with pytest.raises(InvalidCounts, match="twice"):
        Counts(variants=("a", "b"), periods=(day, day), cells={})


cells = st.builds(
    lambda n, c: Cell(impressions=n + c, clicks=c),
    st.integers(0, 1000),
    st.integers(0, 1000),
)
tables = st.dictionaries(
    st.tuples(st.sampled_from(["x", "y"]), st.sampled_from("ab"), st.sampled_from("12")), cells
).map(counts)


@given(st.lists(tables, min_size=3, max_size=3))
def test_counts_add_in_any_order(parts: list[Counts]) -> None:
    sums = [one + two + three for one, two, three in permutations(parts)]
    for variant in "ab":
        for segment in (None, "x", "y"):
            assert len({total.total(variant, segment=segment) for total in sums}) == 1


def test_counts_of_other_variants_or_weights_do_not_add() -> None:
    one = counts({})
    other = Counts(variants=("b", "a"), periods=one.periods, cells={})
    with pytest.raises(InvalidCounts, match="cannot be added"):
        one + other
    skewed = Counts(variants=("a", "b"), periods=(Period(id="1", weights={"a": 1.0}),), cells={})
    with pytest.raises(InvalidCounts, match="different weights"):
        one + skewed


def test_rows_of_the_same_cell_add_up() -> None:
    row = Row(segment="everyone", variant="a", period="1", impressions=5, clicks=1)
    other = Row(segment="everyone", variant="b", period="1", impressions=4, clicks=0)
    table = counts_from_rows([row, other, row], weights={"1": {"a": 0.7, "b": 0.3}})
    assert table.total("a") == Cell(impressions=10, clicks=2)
    assert table.periods[0].weights == {"a": 0.7, "b": 0.3}
    assert table.days == 1.0


def test_a_bad_row_is_named() -> None:
    bad = Row(segment="x", variant="a", period="1", impressions=1, clicks=2)
    with pytest.raises(InvalidCounts, match="x, a, 1, clicks: 2 of only 1"):
        counts_from_rows([bad])
