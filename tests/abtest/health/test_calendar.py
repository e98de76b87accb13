from collections.abc import Callable

import numpy as np

from abtest import Cell, Day
from abtest.health.calendar import gap_findings, lost_click_findings, weekday_findings
from abtest.health.duel import duel


def clicks_of(cell: Cell) -> int:
    return cell.clicks


def days(
    count: int, cell: Callable[[int, str], Cell], *, left_out: set[int] | None = None
) -> list[Day]:
    return [
        Day(number=n, weekday=n % 7, cells={("everyone", name): cell(n, name) for name in "ab"})
        for n in range(count)
        if n not in (left_out or set())
    ]


def steady(_day: int, _name: str) -> Cell:
    return Cell(impressions=1000, clicks=30)


def test_missing_and_empty_days_are_gaps_but_ends_may_be_cut_off() -> None:
    def cell(day: int, _name: str) -> Cell:
        return Cell(impressions=100 if day in (0, 5, 9) else 1000, clicks=3)

    (found,) = gap_findings(days(10, cell, left_out={2, 3}))
    assert (found.name, found.severity, found.value) == ("data_gap", "warning", 3.0)
    assert "3 of 10 days (day 3, day 4, day 6)" in found.text
    assert gap_findings(days(10, steady)) == ()


def test_one_variant_without_clicks_voids_the_test_all_without_do_not() -> None:
    def one(day: int, name: str) -> Cell:
        return Cell(impressions=1000, clicks=0 if day == 4 and name == "b" else 30)

    def both(day: int, _name: str) -> Cell:
        return Cell(impressions=1000, clicks=0 if day == 4 else 30)

    (found,) = lost_click_findings(days(10, one), ("a", "b"), clicks_of)
    assert (found.name, found.severity) == ("lost_clicks", "invalid")
    assert "On day 5 there were no clicks on b" in found.text
    (found,) = lost_click_findings(days(10, both), ("a", "b"), clicks_of)
    assert (found.severity, "a and b" in found.text) == ("warning", True)
    assert lost_click_findings(days(10, steady), ("a", "b"), clicks_of) == ()


def test_a_difference_that_depends_on_the_weekday_asks_for_full_weeks() -> None:
    def weekend(day: int, name: str) -> Cell:
        return Cell(impressions=5000, clicks=250 if name == "b" and day % 7 > 4 else 150)

    for count, severity in ((14, "info"), (15, "warning")):
        table = days(count, weekend)
        (found,) = weekday_findings(table, duel(table, arm="b", base="a", successes=clicks_of))
        assert (found.name, found.severity) == ("weekday_effect", severity)


def test_weekdays_seen_unequally_often_are_told() -> None:
    table = days(21, steady, left_out={2, 9})
    (found,) = weekday_findings(table, duel(table, arm="b", base="a", successes=clicks_of))
    assert (found.name, found.value) == ("weekday_balance", 2.0)


def test_equal_weekdays_are_rarely_called_different() -> None:
    generator = np.random.default_rng(3)
    called = 0
    for _ in range(100):

        def cell(_day: int, _name: str) -> Cell:
            return Cell(impressions=2000, clicks=int(generator.binomial(2000, 0.03)))

        table = days(14, cell)
        duelled = duel(table, arm="b", base="a", successes=clicks_of)
        called += bool(weekday_findings(table, duelled))
    assert called <= 2
