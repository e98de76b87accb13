import json
import math
from dataclasses import replace

import numpy as np
import pytest

from abtest import (
    Aftermath,
    Cell,
    Metric,
    WatchedDay,
    WatchOptions,
    aftermath,
    aftermath_dict,
)


def day(
    label: object, winner: tuple[int, int], control: tuple[int, int], segment: str = "everyone"
) -> WatchedDay:
    cells = tuple(
        Cell(impressions=shown, clicks=clicks, conversions=clicks // 4)
        for shown, clicks in (winner, control)
    )
    return WatchedDay(label=str(label), arms={segment: (cells[0], cells[1])})


def drawn(
    generator: np.random.Generator, ratios: list[float], *, shown: int = 20_000
) -> list[WatchedDay]:
    """A holdout of a tenth; the level changes from day to day."""
    days = []
    for number, ratio in enumerate(ratios, start=1):
        level = 0.03 * generator.uniform(0.6, 1.5)
        held = shown // 10
        won = int(generator.binomial(shown - held, level * ratio))
        days.append(day(number, (shown - held, won), (held, int(generator.binomial(held, level)))))
    return days


def test_a_winner_that_turns_bad_is_proposed_back_with_the_day() -> None:
    found = aftermath(drawn(np.random.default_rng(1), [1.2] * 15 + [0.75] * 20),
                      winner="oak", control="white")  # fmt: skip
    assert found.roll_back
    assert found.harm is not None
    assert abs(int(found.harm.since) - 16) <= 3
    assert found.harm.ratio == pytest.approx(0.75, abs=0.1)
    assert found.harm.before == pytest.approx(1.2, abs=0.1)
    assert found.text.startswith(f"Roll back: since {found.harm.since} oak gets ")


def test_a_winner_that_is_no_better_is_proposed_back_as_rarely_as_promised() -> None:
    """Looked at each day; drifting levels do not count as harm."""
    generator = np.random.default_rng(7)
    proposed = 0
    for _ in range(25):
        days = drawn(generator, [1.0] * 24)
        proposed += any(
            aftermath(days[:end], winner="oak", control="white").roll_back
            for end in range(4, 25, 4)
        )
    assert proposed <= 3


def test_a_lead_that_shrinks_but_holds_is_a_remark() -> None:
    found = aftermath(drawn(np.random.default_rng(3), [1.5] * 20 + [1.1] * 20),
                      winner="oak", control="white")  # fmt: skip
    assert not found.roll_back
    assert found.shift is not None
    assert found.shift.proven
    assert "Its lead changed about" in found.text
    steady = aftermath(drawn(np.random.default_rng(3), [1.3] * 40), winner="oak", control="white")
    assert steady.shift is not None
    assert not steady.shift.proven


def test_the_ratio_is_stratified_and_its_interval_holds_it() -> None:
    """Phones click half as often and see the winner more: pooled, it looks worse than it is."""
    phones = day("1", (90_000, 1080), (10_000, 100), "phones")
    desks = day("1", (10_000, 240), (30_000, 600), "desks")
    both = WatchedDay(label="1", arms={**phones.arms, **desks.arms})
    found = aftermath([both], winner="oak", control="white")
    assert found.lift == pytest.approx(0.2, abs=0.01)
    assert found.lift_interval[0] < 0.2 < found.lift_interval[1]
    assert (found.winner_shown, found.control_successes) == (100_000, 700)


def test_intervals_hold_the_truth_at_every_look() -> None:
    generator = np.random.default_rng(11)
    missed = 0
    for _ in range(25):
        days = drawn(generator, [1.2] * 24)
        looks = [aftermath(days[:end], winner="a", control="b") for end in range(4, 25, 4)]
        missed += any(not low < 0.2 < high for low, high in (one.lift_interval for one in looks))
    assert missed <= 3


def test_a_margin_tolerates_harm_within_it() -> None:
    days = drawn(np.random.default_rng(5), [0.85] * 30, shown=40_000)
    assert aftermath(days, winner="oak", control="white").roll_back
    lenient = WatchOptions(margin=0.2)
    assert not aftermath(days, winner="oak", control="white", options=lenient).roll_back


def test_conversions_are_compared_where_the_test_compared_them() -> None:
    days = [day(n, (9000, 400), (1000, 44)) for n in range(9)]
    found = aftermath(days, winner="oak", control="white", metric="conversion_rate")
    assert (found.winner_successes, found.control_successes) == (900, 99)


def sales(
    generator: np.random.Generator, *, orders: float, worth: float, days: int = 30
) -> list[WatchedDay]:
    """A winner with so many times the control's orders, each worth so many times as much."""

    def cell(shown: int, rate: float, mean: float) -> Cell:
        money = generator.gamma(2.0, mean / 2.0, size=generator.binomial(shown, rate))
        return Cell(
            impressions=shown,
            conversions=len(money),
            value=float(money.sum()),
            value_squares=float((money**2).sum()),
        )

    return [
        WatchedDay(
            label=str(number),
            arms={"everyone": (cell(40_000, 0.02 * orders, 20.0 * worth), cell(4000, 0.02, 20.0))},
        )
        for number in range(days)
    ]


def judged(days: list[WatchedDay], metric: Metric) -> Aftermath:
    return aftermath(days, winner="oak", control="white", metric=metric)


def test_money_is_watched_where_money_won() -> None:
    """Fewer orders of more worth are no harm, more orders of less worth are."""
    fewer = sales(np.random.default_rng(1), orders=0.8, worth=1.5)
    assert judged(fewer, "conversion_rate").roll_back
    found = judged(fewer, "value_per_impression")
    assert not found.roll_back
    assert found.lift == pytest.approx(0.2, abs=0.06)
    assert " money +" in found.text
    poorer = judged(sales(np.random.default_rng(2), orders=1.2, worth=0.6), "value_per_impression")
    assert poorer.roll_back
    assert "% less money than white" in poorer.text


def test_orders_of_unequal_size_are_proposed_back_as_rarely_as_promised() -> None:
    generator = np.random.default_rng(5)
    equal = [sales(generator, orders=1.0, worth=1.0, days=20) for _ in range(40)]
    assert sum(judged(days, "value_per_impression").roll_back for days in equal) <= 3


def test_one_huge_order_proves_nothing() -> None:
    days = sales(np.random.default_rng(3), orders=1.0, worth=1.0, days=9)
    won, held = days[4].arms["everyone"]
    huge = replace(held, value=held.value + 1e5, value_squares=(held.value_squares or 0.0) + 1e10)
    days[4] = replace(days[4], arms={"everyone": (won, huge)})
    assert not judged(days, "value_per_impression").roll_back


def test_money_without_squares_is_taken_to_vary() -> None:
    days = sales(np.random.default_rng(1), orders=1.0, worth=1.2, days=9)
    bare = [
        replace(day, arms={name: (replace(won, value_squares=None), replace(held, value_squares=None))
                           for name, (won, held) in day.arms.items()})
        for day in days
    ]  # fmt: skip
    known, taken = (judged(each, "value_per_impression") for each in (days, bare))
    assert taken.lift == pytest.approx(known.lift, abs=0.01)
    widths = [found.lift_interval[1] - found.lift_interval[0] for found in (known, taken)]
    assert widths[0] < widths[1]


def test_conversions_per_click_are_watched_where_they_won() -> None:
    """Half the clicks, of which as many buy: fewer conversions, as many per click."""
    cells = Cell(impressions=9000, clicks=450, conversions=90), Cell(
        impressions=1000, clicks=100, conversions=20
    )  # fmt: skip
    days = [WatchedDay(label=str(n), arms={"everyone": cells}) for n in range(30)]
    assert judged(days, "conversion_rate").roll_back
    found = judged(days, "conversion_per_click")
    assert (found.roll_back, found.winner_shown) == (False, 270_000)
    assert found.lift == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    "days", [[], [day("1", (1000, 30), (0, 0))], [day("1", (1000, 0), (100, 0))]]
)
def test_where_nothing_compares_nothing_is_said(days: list[WatchedDay]) -> None:
    found = aftermath(days, winner="oak", control="white")
    assert (found.roll_back, found.lift, found.harm, found.shift) == (False, None, None, None)
    assert found.text.startswith("Nothing compares oak with white")
    data = json.loads(json.dumps(aftermath_dict(found), allow_nan=False))
    assert data["lift_interval"] == [-1.0, None]


def test_a_control_without_a_click_is_no_trouble() -> None:
    found = aftermath([day("1", (1000, 30), (100, 0))], winner="oak", control="white")
    assert (found.lift, found.roll_back) == (None, False)
    assert all(math.isfinite(bound) for bound in found.lift_interval)
