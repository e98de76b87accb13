import math
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.db.events import EventType
from studio.db.exposures import (
    DAY_S,
    MOST_MICROS,
    ZERO,
    CountingRule,
    Tally,
    Thread,
    tallies,
)
from studio.db.records import PeriodRecord

Happened = tuple[EventType, int, float, int]
"""(type, period, at_s, value_micros)."""
RULE = CountingRule(periods=())
WINDOW = CountingRule(periods=(), window_s=0.5 * DAY_S)


@st.composite
def happenings(draw: st.DrawFn) -> Happened:
    period = draw(st.integers(1, 5))
    at_s = period * DAY_S + draw(st.integers(0, 20)) * 3600.0
    kinds: tuple[EventType, ...] = ("impression", "click", "conversion")
    kind = draw(st.sampled_from(kinds))
    return kind, period, at_s, draw(st.integers(0, 10**9)) if kind == "conversion" else 0


def thread_of(events: list[Happened]) -> Thread:
    thread = Thread("oak", "everyone")
    for kind, period, at_s, micros in events:
        thread.take(kind, period=period, at_s=at_s, value_micros=micros)
    return thread


@given(st.lists(happenings(), max_size=10), st.sampled_from((RULE, WINDOW)))
def test_clicks_never_exceed_impressions(events: list[Happened], rule: CountingRule) -> None:
    for tally in tallies(thread_of(events), rule).values():
        assert tally.impressions == 1
        assert 0 <= tally.clicks <= 1
        assert 0 <= tally.conversions <= 1


@given(st.lists(happenings(), max_size=10))
def test_an_impression_is_every_period_in_which_it_was_seen(events: list[Happened]) -> None:
    found = tallies(thread_of(events), RULE)
    assert {period for period, _ in found} == {e[1] for e in events if e[0] == "impression"}
    assert all(period == day for period, day in found)


@given(
    st.lists(happenings(), max_size=10).flatmap(
        lambda events: st.tuples(st.just(events), st.permutations(events))
    ),
    st.sampled_from((RULE, WINDOW)),
)
def test_the_order_of_events_is_nothing(
    orders: tuple[list[Happened], list[Happened]], rule: CountingRule
) -> None:
    first, second = orders
    assert tallies(thread_of(first), rule) == tallies(thread_of(second), rule)


def test_a_click_after_midnight_belongs_to_the_evening() -> None:
    night = thread_of(
        [("impression", 1, 86_000.0, 0), ("click", 2, 87_000.0, 0), ("conversion", 2, 87_100.0, 5)]
    )
    found = tallies(night, RULE)
    assert found == {
        (1, 0): Tally(impressions=1, clicks=1, conversions=1, value_micros=5, value_squares=25)
    }


def test_a_click_before_any_impression_waits() -> None:
    assert tallies(thread_of([("click", 1, 5.0, 0)]), RULE) == {}
    seen_later = thread_of([("click", 1, 5.0, 0), ("impression", 2, 90_000.0, 0)])
    assert tallies(seen_later, RULE) == {(2, 1): Tally(impressions=1)}


@pytest.mark.parametrize(
    ("rule", "sold"), [(RULE, (1, 7, 49)), (WINDOW, (1, 3, 9))], ids=["no window", "half a day"]
)
def test_only_what_comes_within_the_window_counts(
    rule: CountingRule, sold: tuple[int, int, int]
) -> None:
    events: list[Happened] = [
        ("impression", 1, 1000.0, 0),
        ("click", 1, 1000.0 + 0.5 * DAY_S + 1, 0),
        ("conversion", 1, 1000.0 + 0.5 * DAY_S, 3),
        ("conversion", 1, 1000.0 + 0.5 * DAY_S + 1, 4),
    ]
    (found,) = tallies(thread_of(events), rule).values()
    assert (found.conversions, found.value_micros, found.value_squares) == sold
    assert found.clicks == int(math.isinf(rule.window_s))


def test_the_window_begins_with_the_latest_trial() -> None:
    """A buyer who saw the image again is joined to what he saw last."""
    events: list[Happened] = [
        ("impression", 1, 0.0, 0),
        ("impression", 2, 2 * DAY_S, 0),
        ("conversion", 2, 2.2 * DAY_S, 9),
    ]
    found = tallies(thread_of(events), WINDOW)
    assert (found[1, 0].conversions, found[2, 2].conversions) == (0, 1)


def test_the_day_is_that_of_the_tests_own_zone() -> None:
    evening_s = 1_750_000_000.0 - 1_750_000_000.0 % DAY_S + 23 * 3600
    assert CountingRule(periods=(), zone=ZoneInfo("Europe/Berlin")).day_of(
        evening_s
    ) == 1 + RULE.day_of(evening_s)


def _period(number: int, started_s: float, ended_s: float | None) -> PeriodRecord:
    return PeriodRecord(
        number=number, started_s=started_s, ended_s=ended_s, weights={}, segment_weights={}
    )


@pytest.fixture
def two_days() -> Callable[[float], CountingRule]:
    periods = (_period(1, 100.0, 200.0), _period(2, 200.0, 300.0))
    return lambda window_s: CountingRule(periods=periods, window_s=window_s)


def test_periods_of_times(two_days: Callable[[float], CountingRule]) -> None:
    rule = two_days(math.inf)
    assert [rule.period_at(at, exposure=True) for at in (99.0, 100.0, 199.0, 200.0, 300.0)] == [
        None, 1, 1, 2, None,
    ]  # fmt: skip
    assert rule.period_at(300.0 + DAY_S - 1, exposure=False) == 2
    assert rule.period_at(300.0 + DAY_S, exposure=False) is None
    assert two_days(7 * DAY_S).period_at(300.0 + 6 * DAY_S, exposure=False) == 2
    assert two_days(60.0).period_at(300.0 + DAY_S - 1, exposure=False) == 2


def test_tallies_add_and_cancel() -> None:
    tally = Tally(impressions=3, clicks=2, conversions=1, value_micros=7)
    assert tally + -tally == ZERO


def test_money_that_no_column_holds_is_cut_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    thread = Thread("oak", "everyone")
    thread.take("conversion", period=1, at_s=5.0, value_micros=MOST_MICROS)
    assert not caplog.records
    thread.take("conversion", period=1, at_s=5.0, value_micros=7)
    assert thread.sold == {1: {5.0: MOST_MICROS}}
    (told,) = caplog.records
    assert (told.message, told.variant, told.lost_micros) == ("money_cut", "oak", 7)  # type: ignore[attr-defined]
