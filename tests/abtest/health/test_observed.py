import pytest

from abtest import AgeCell, Cell, Counts, Day, InvalidCounts, Period
from abtest.health import days_of

EVEN = {"a": 0.5, "b": 0.5}


def counts(periods: list[Period]) -> Counts:
    cells = {("everyone", "a", period.id): Cell(impressions=10) for period in periods}
    return Counts(variants=("a", "b"), periods=tuple(periods), cells=cells)


def test_dated_periods_are_days_with_weekdays_and_gaps() -> None:
    names = ("2026-03-04", "2026-03-02", "2026-03-05")
    found = days_of(counts([Period(id=name, weights=EVEN) for name in names]))
    assert [(day.number, day.weekday) for day in found] == [(0, 0), (2, 2), (3, 3)]
    assert found[0].cells == {("everyone", "a"): Cell(impressions=10)}


def test_other_periods_follow_each_other_and_the_open_one_waits() -> None:
    lengths = (1.0, 1.0, 0.1)
    found = days_of(
        counts([Period(id=str(i), weights=EVEN, days=days) for i, days in enumerate(lengths)])
    )
    assert [(day.number, day.weekday) for day in found] == [(0, None), (1, None)]


def test_weeks_are_not_days() -> None:
    assert days_of(counts([Period(id=str(i), weights=EVEN, days=7.0) for i in range(4)])) == ()


def test_impossible_days_are_refused() -> None:
    with pytest.raises(InvalidCounts):
        Day(number=-1, weekday=None, cells={})
    with pytest.raises(InvalidCounts):
        Day(number=0, weekday=7, cells={})
    with pytest.raises(InvalidCounts):
        AgeCell(variant="a", age_days=0, impressions=1, clicks=2)
