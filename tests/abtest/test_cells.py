import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtest import Cell, InvalidCounts


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    orders = draw(st.lists(st.integers(-9, 99), max_size=3))
    known = draw(st.booleans())
    return Cell(
        impressions=10,
        conversions=len(orders),
        value=float(sum(orders)),
        value_squares=float(sum(order * order for order in orders)) if known else None,
        matured=draw(st.sampled_from([None, 4.0, 10.0])),
    )


@given(cells(), cells(), cells())
def test_cells_add_in_any_order(one: Cell, two: Cell, three: Cell) -> None:
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)


def test_squares_stay_known_only_where_every_order_was_squared() -> None:
    squared = Cell(impressions=9, conversions=2, value=5.0, value_squares=13.0)
    unsold, unsquared = Cell(impressions=9), Cell(impressions=9, conversions=1, value=4.0)
    assert (squared + unsold).value_squares == 13.0
    assert (squared + squared).value_squares == 26.0
    assert (squared + unsquared).value_squares is None


def test_impressions_count_in_full_where_nothing_is_to_come() -> None:
    young, old = Cell(impressions=10, matured=2.5), Cell(impressions=10)
    assert (young + old).matured == 12.5
    assert (young + old).trials == 12.5
    assert (old + old).matured is None


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"matured": 11.0}, "matured"),
        ({"matured": float("nan")}, "matured"),
        ({"conversions": 2, "value": 10.0, "value_squares": 49.0}, "value_squares"),
        ({"value_squares": float("inf")}, "value_squares"),
    ],
)
def test_impossible_numbers_are_refused(fields: dict[str, float], where: str) -> None:
    with pytest.raises(InvalidCounts, match=where):
        Cell(impressions=10, **fields)  # type: ignore[arg-type]
