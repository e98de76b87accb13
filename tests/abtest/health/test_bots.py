import random
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest.errors import InvalidOptions
from abtest.health import BotRules, UnitActs, bot_signs

NOON_S = 20_000 * 86_400.0 + 43_200.0


def reasons(acts: UnitActs) -> set[str]:
    return {sign.reason for sign in bot_signs(acts)}


def irregular(count: int, span_s: float) -> list[float]:
    chance = random.Random(4)
    return [NOON_S + chance.random() * span_s for _ in range(count)]


def test_each_rule_names_what_it_found() -> None:
    assert reasons(UnitActs(crawlers=frozenset({"Googlebot"}))) == {"crawler"}
    assert reasons(UnitActs(seen_s={"a": irregular(16, 59), "b": irregular(15, 59)})) == {
        "minute_rate"
    }
    assert reasons(UnitActs(seen_s={"a": irregular(61, 3000)})) == {"hour_rate"}
    assert reasons(UnitActs(seen_s={"a": irregular(101, 40_000)})) == {"day_rate"}
    assert reasons(UnitActs(clicked_s=irregular(11, 9000))) == {"unseen_clicks"}
    seen = {"a": irregular(40, 40_000)}
    assert reasons(UnitActs(seen_s=seen, clicked_s=irregular(21, 9000))) == {"day_clicks"}
    few = {"a": irregular(16, 40_000)}
    assert reasons(UnitActs(seen_s=few, clicked_s=irregular(15, 9000))) == {"click_rate"}
    every_ten_minutes = {"a": [NOON_S + 600.0 * n + (n % 3) for n in range(30)]}
    assert reasons(UnitActs(seen_s=every_ten_minutes)) == {"regular"}
    each_hour = {"a": [NOON_S - 43_200 + 3600 * n + (n * n * 97) % 3000 for n in range(21)]}
    assert reasons(UnitActs(seen_s=each_hour)) == {"sleepless"}


def test_at_the_limits_one_is_still_a_person() -> None:
    assert reasons(UnitActs(seen_s={"a": irregular(30, 59)})) == set()
    assert reasons(UnitActs(seen_s={"a": irregular(60, 3000)})) == set()
    assert reasons(UnitActs(seen_s={"a": irregular(100, 40_000)})) == set()
    assert reasons(UnitActs(seen_s={"a": irregular(40, 9000)}, clicked_s=irregular(20, 9))) == set()
    assert reasons(UnitActs(clicked_s=irregular(10, 60))) == set()


def test_a_beacon_sent_in_pieces_is_no_clockwork() -> None:
    assert reasons(UnitActs(seen_s={"a": [NOON_S] * 30})) == set()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(NOON_S, NOON_S + 40_000), max_size=80), st.randoms())
def test_the_order_of_events_is_nothing(times: list[float], chance: random.Random) -> None:
    mixed = times.copy()
    chance.shuffle(mixed)
    one = UnitActs(seen_s={"a": times}, clicked_s=times[::2])
    other = UnitActs(seen_s={"a": mixed}, clicked_s=times[::2])
    assert bot_signs(one) == bot_signs(other)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(NOON_S, NOON_S + 40_000), max_size=20),
    st.lists(st.floats(NOON_S, NOON_S + 40_000), max_size=20),
)
def test_fewer_events_than_the_least_break_no_rule(seen: list[float], clicks: list[float]) -> None:
    room = BotRules().least_events - 1
    acts = UnitActs(seen_s={"a": seen[:room]}, clicked_s=clicks[: room - len(seen[:room])])
    assert bot_signs(acts) == ()


def test_limits_must_mean_something() -> None:
    for each in fields(BotRules):
        with pytest.raises(InvalidOptions):
            BotRules(**{each.name: 0})
    with pytest.raises(InvalidOptions):
        BotRules(awake_hours=24)
