import random
from collections.abc import Iterator

from abtest.health import BotRules
from studio.db.events import EventRecord
from studio.services.bot_search import UnitDayFound, search
from tests.studio.event_records import record

NOON_S = 20_000 * 86_400.0 + 43_200.0


def shoppers(count: int) -> list[EventRecord]:
    """People: a few impressions each, minutes apart, and sometimes a click."""
    chance = random.Random(7)
    events = []
    for number in range(count):
        unit = f"shopper-{number}"
        for look in range(chance.randint(1, 6)):
            at_s = NOON_S + chance.random() * 30_000
            events.append(record(id=f"{unit}-{look}", unit=unit, at_s=at_s))
            if chance.random() < 0.2:
                events.append(record(id=f"{unit}-{look}-c", unit=unit, type="click", at_s=at_s + 5))
    return events


def crawl(unit: str, count: int, **more: object) -> list[EventRecord]:
    chance = random.Random(unit)
    return [
        record(id=f"{unit}-{n}", unit=unit, at_s=NOON_S + chance.random() * 40_000, **more)
        for n in range(count)
    ]


def found(events: list[EventRecord], **more: object) -> dict[tuple[str, str, int], UnitDayFound]:
    def each() -> Iterator[EventRecord]:
        return iter(events)

    return search(each, rules=BotRules(), **more)  # type: ignore[arg-type]


def test_bots_are_found_among_shoppers_and_nobody_else() -> None:
    events = [*shoppers(2000), *crawl("fast", 900), *crawl("slow", 120)]
    by_unit = {unit: each for (_, unit, _), each in found(events).items()}
    assert set(by_unit) == {"fast", "slow"}
    assert (by_unit["fast"].impressions, by_unit["fast"].clicks) == (900, 0)
    assert "day_rate" in {sign.reason for sign in by_unit["slow"].signs}


def test_the_order_of_events_is_nothing() -> None:
    events = [*shoppers(300), *crawl("fast", 300)]
    mixed = events.copy()
    random.Random(1).shuffle(mixed)
    assert found(events) == found(mixed)


def test_units_are_watched_by_test() -> None:
    events = [*crawl("u", 60), *crawl("u", 60, test_id="t1")]
    assert found(events) == {}
    watched = found(events, watched={("t0", "u"), ("t0", "absent")})
    assert {key: (each.impressions, each.signs) for key, each in watched.items()} == {
        ("t0", "u", 20_000): (60, ())
    }


def test_one_event_of_a_known_crawler_is_enough() -> None:
    events = [*shoppers(50), record(id="x", unit="robot", at_s=NOON_S, crawler="Googlebot")]
    ((key, one),) = found(events).items()
    assert key == ("t0", "robot", 20_000)
    assert [sign.text for sign in one.signs] == ["calls itself Googlebot"]
