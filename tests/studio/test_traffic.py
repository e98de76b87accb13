from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from abtest import Segment
from studio.db.changes import audit_of
from studio.db.counts import counts_of
from studio.db.engine import Engine, open_engine, reading
from studio.db.tables import create_schema
from studio.services.errors import TestNotFound, UnitInvalid
from studio.services.events import Events
from studio.services.tests import NewTest, Tests
from studio.services.traffic import Traffic
from studio.services.traffic_search import TrafficSearch

Counted = dict[str, tuple[int, int, int]]
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """SQLite, and PostgreSQL for the tests that ask for both."""
    opened = open_engine(request.getfixturevalue(getattr(request, "param", "sqlite_url")))
    create_schema(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def running(tests: Tests, mug: NewTest, pass_days: Callable[[float], None]) -> str:
    segment = Segment.from_dict({"name": "phone", "rule": {"device": "phone"}})
    test = tests.create(replace(mug, segments=(segment,)), who="merchant")
    tests.start(test.id, who="merchant")
    pass_days(0.2)
    return test.id


@pytest.fixture
def traffic(engine: Engine, clock: Callable[[], float]) -> Traffic:
    return Traffic(engine, clock=clock)


@pytest.fixture
def finder(engine: Engine, clock: Callable[[], float]) -> TrafficSearch:
    return TrafficSearch(engine, clock=clock)


@pytest.fixture
def send(events: Events, clock: Callable[[], float]) -> Callable[..., None]:
    numbers = iter(range(10**9))

    def send(
        kind: str, unit: str, *, times: int = 1, ago_s: float = 3600.0, **more: object
    ) -> None:
        raws = [
            {"id": f"e{next(numbers)}", "type": kind, "unit": unit, "test": "t0",
             "variant": "oak", "ts": clock() - ago_s + number * 1.7, **more}
            for number in range(times)
        ]  # fmt: skip
        taken = events.accept(raws)
        assert (taken.accepted, taken.rejected) == (times, ())
        events.counter.settle()

    return send


def counted(engine: Engine) -> Counted:
    with reading(engine) as connection:
        counts = counts_of(connection, "t0")
    found: Counted = {}
    for each in counts:
        before = found.get(each.variant, (0, 0, 0))
        new = (each.impressions, each.clicks, each.conversions)
        found[each.variant] = (before[0] + new[0], before[1] + new[1], before[2] + new[2])
    return {variant: numbers for variant, numbers in found.items() if any(numbers)}


@pytest.mark.parametrize("engine", ["sqlite_url", "postgres_url"], indirect=True)
def test_a_crawler_leaves_the_counts_and_shoppers_stay(
    engine: Engine, traffic: Traffic, finder: TrafficSearch, running: str, send: Callable[..., None]
) -> None:
    send("impression", "shopper", times=3)
    send("click", "shopper")
    send("impression", "robot", times=150)
    send("impression", "robot", times=2, variant="white", segment="phone")
    send("click", "robot")
    assert counted(engine) == {"oak": (2, 2, 0), "white": (1, 0, 0)}
    assert finder.search() == 1
    assert counted(engine) == {"oak": (1, 1, 0)}
    report = traffic.report(running)
    (unit,) = report.units
    assert (unit.decision.unit, unit.decision.who, unit.decision.excluded) == ("robot", None, True)
    assert "saw the item 152 times in a day (limit 100)" in unit.decision.why
    left = report.left_out
    assert (left.units, left.impressions, left.clicks) == (1, 152, 1)


def test_what_an_excluded_unit_does_later_moves_no_counts_and_is_shown(
    engine: Engine, traffic: Traffic, finder: TrafficSearch, running: str, send: Callable[..., None]
) -> None:
    send("impression", "robot", times=150)
    finder.search()
    send("impression", "robot", times=4, variant="white", ago_s=60.0)
    send("conversion", "robot", value=99.0, ago_s=50.0)
    assert counted(engine) == {}
    assert finder.search() == 0
    assert traffic.report(running).left_out.impressions == 154


@pytest.mark.parametrize("engine", ["sqlite_url", "postgres_url"], indirect=True)
def test_a_persons_word_stands_and_can_be_taken_back(
    engine: Engine, traffic: Traffic, finder: TrafficSearch, running: str, send: Callable[..., None]
) -> None:
    send("impression", "kiosk", times=150)
    send("click", "kiosk")
    send("conversion", "kiosk", value=19.9)
    before = counted(engine)
    finder.search()
    assert counted(engine) == {}
    traffic.include(running, "kiosk", who="merchant", why="our own shop window")
    assert counted(engine) == before == {"oak": (1, 1, 1)}
    assert finder.search() == 0
    assert counted(engine) == before
    report = traffic.exclude(running, "kiosk", who="merchant")
    assert counted(engine) == {}
    assert report.left_out.units == 1
    with reading(engine) as connection:
        acts = [each.action for each in audit_of(connection, running)]
        (count,) = counts_of(connection, running)
    assert acts[-2:] == ["include_unit", "exclude_unit"]
    assert count.value_micros == 0
    assert count.value_squares == pytest.approx(0.0, abs=1e-9)


def test_a_unit_named_by_hand_counts_no_event_of_its_future(
    engine: Engine, traffic: Traffic, running: str, send: Callable[..., None]
) -> None:
    traffic.exclude(running, "tester", who="merchant", why="our own staff")
    send("impression", "tester", times=2)
    assert counted(engine) == {}
    traffic.include(running, "tester", who="merchant")
    assert counted(engine) == {"oak": (1, 0, 0)}


def test_a_named_crawler_is_left_out_for_one_event(
    engine: Engine, traffic: Traffic, finder: TrafficSearch, running: str, send: Callable[..., None]
) -> None:
    send("impression", "robot", agent=GOOGLEBOT)
    send("impression", "shopper", agent="Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Firefox/142.0")
    finder.search()
    assert counted(engine) == {"oak": (1, 0, 0)}
    (unit,) = traffic.report(running).units
    assert unit.decision.why == "calls itself Googlebot"


def test_late_impressions_clear_a_unit_of_clicks_without_any(
    engine: Engine, traffic: Traffic, finder: TrafficSearch, running: str, send: Callable[..., None]
) -> None:
    send("click", "offline", times=12)
    assert finder.search() == 1
    send("impression", "offline", times=20, ago_s=4000.0)
    assert counted(engine) == {}
    assert finder.search() == 1
    assert counted(engine) == {"oak": (1, 1, 0)}
    assert traffic.report(running).units == ()


def test_searches_rest_and_look_only_at_news(
    finder: TrafficSearch,
    running: str,
    send: Callable[..., None],
    pass_days: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[str] = []
    search = finder.search

    def takes_100_s() -> int:
        begun.append("search")
        pass_days(100 / 86_400)
        return search()

    monkeypatch.setattr(finder, "search", takes_100_s)
    send("impression", "robot", times=150)
    assert finder.search_paced() == 1
    pass_days(2001 / 86_400)
    assert (finder.search_paced(), len(begun)) == (0, 1)
    send("impression", "other", times=150)
    assert finder.search_paced() == 1
    send("impression", "third", times=150)
    pass_days(1900 / 86_400)
    assert (finder.search_paced(), len(begun)) == (0, 2)
    pass_days(101 / 86_400)
    assert finder.search_paced() == 1


def test_yesterday_is_searched_early_in_the_day(
    engine: Engine,
    finder: TrafficSearch,
    running: str,
    send: Callable[..., None],
    pass_days: Callable[[float], None],
    clock: Callable[[], float],
) -> None:
    to_midnight = 1.0 - clock() % 86_400.0 / 86_400.0
    pass_days(to_midnight + 0.1)
    send("impression", "robot", times=150, ago_s=0.2 * 86_400.0)
    assert finder.search() == 1
    assert counted(engine) == {}


def test_what_cannot_be_decided_is_said(traffic: Traffic, running: str) -> None:
    with pytest.raises(TestNotFound):
        traffic.report("none")
    with pytest.raises(TestNotFound):
        traffic.exclude("none", "u", who="merchant")
    for unit in ("", "x" * 257, "nul\x00"):
        with pytest.raises(UnitInvalid):
            traffic.exclude(running, unit, who="merchant")
    with pytest.raises(UnitInvalid):
        traffic.include(running, "u", who="merchant", why="x" * 3000)
    assert traffic.report(running).units == ()
