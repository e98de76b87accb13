"""A shop whose orders come up to ten days late: what a test says of it today, and the truth."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from assets import MemoryBlobs
from studio.db.counting import unit_changes
from studio.db.delays import bin_delay_s, delay_bin, delays_of
from studio.db.engine import Engine, open_engine, reading, writing
from studio.db.tables import CONVERSION_DELAY, create_schema
from studio.services.archiving.archive import Archive
from studio.services.archiving.rebuild import Rebuilding
from studio.services.errors import TestInvalid
from studio.services.events import Events
from studio.services.rules import rule_of
from studio.services.tests import NewTest, Results, TestOptions, Tests
from studio.services.traffic import Traffic

DAY_S = 86_400.0
WINDOW_DAYS = 10.0
RATES = {"white": 0.25, "oak": 0.40, "marble": 0.25}
Clock = Callable[[], float]
PassDays = Callable[[float], None]
Raw = dict[str, object]


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    opened = open_engine(sqlite_url)
    create_schema(opened)
    yield opened
    opened.dispose()


class Shop:
    """Shoppers who see an image and may buy after 0 to 10 days, three days in the middle."""

    def __init__(self, events: Events, clock: Clock, slow: str = "") -> None:
        self._events, self._clock, self._slow = events, clock, slow
        self._chance = random.Random(7)
        self._coming: list[Raw] = []
        self._number = 0

    def open_until_now(self, since_s: float, *, shoppers: int) -> None:
        """Shoppers spread over the time since then; what is due by now is sent."""
        shown = [self._shopper(since_s) for _ in range(shoppers)]
        due = [each for each in self._coming if float(str(each["ts"])) <= self._clock()]
        self._coming = [each for each in self._coming if each not in due]
        self._events.accept([*shown, *due])

    def _shopper(self, since_s: float) -> Raw:
        self._number += 1
        chance, variant = self._chance, self._chance.choice(list(RATES))
        seen_s = chance.uniform(since_s, self._clock())
        base: Raw = {"unit": f"u{self._number}", "test": "t0", "variant": variant}
        if chance.random() < RATES[variant]:
            late_days = 3.2 * chance.weibullvariate(1.0, 1.3) * (3 if variant == self._slow else 1)
            bought_s = seen_s + late_days * DAY_S
            sale = {"id": f"c{self._number}", "type": "conversion", "ts": bought_s, "value": 20.0}
            if late_days <= WINDOW_DAYS:
                self._coming.append({**base, **sale})
        return {**base, "id": f"i{self._number}", "type": "impression", "ts": seen_s}


def run(shop: Shop, clock: Clock, pass_days: PassDays, *, days: int, shoppers: int) -> None:
    for _ in range(days):
        since_s = clock()
        pass_days(1.0)
        shop.open_until_now(since_s, shoppers=shoppers)


def started(tests: Tests, new: NewTest, **options: object) -> None:
    usual = {"metric": "conversion_rate", "attribution_days": WINDOW_DAYS, "period_s": 30 * DAY_S}
    tests.create(replace(new, options=TestOptions.from_dict({**usual, **options})), who="x")
    tests.start("t0", who="x")


def rate(results: Results, variant: str) -> float:
    assert results.analysis is not None
    found = results.analysis.overall.variant(variant).rate
    assert found is not None
    return found


def test_young_shoppers_count_for_the_share_of_orders_that_has_come(
    tests: Tests, mug: NewTest, events: Events, clock: Clock, pass_days: PassDays
) -> None:
    started(tests, mug, attribution="corrected")
    shop = Shop(events, clock)
    run(shop, clock, pass_days, days=3, shoppers=150)
    early = tests.results("t0")
    assert early.correction is not None
    assert early.correction.curve is None
    assert "80% needed" in early.correction.why or "at most 10%" in early.correction.why
    assert early.open == 450, "until delays are known, windows must close"
    run(shop, clock, pass_days, days=10, shoppers=150)
    found = tests.results("t0")
    correction = found.correction
    assert correction is not None
    assert correction.curve is not None
    assert correction.curve.median_days == pytest.approx(2.4, rel=0.2)
    waiting = sum(day.impressions for day in found.days if not day.closed)
    assert (found.open, correction.young) == (0, waiting)
    assert 0.4 < correction.worth / correction.young < 0.9
    shown = sum(count.impressions for day in found.days for count in day.counts)
    raw = sum(count.conversions for day in found.days for count in day.counts) / shown
    run(shop, clock, pass_days, days=11, shoppers=0)
    truth = tests.results("t0")
    assert truth.correction is not None
    assert (truth.correction.young, truth.correction.worth) == (0, 0.0)
    for variant in RATES:
        assert rate(found, variant) == pytest.approx(rate(truth, variant), rel=0.2)
    of_all = sum(rate(truth, variant) for variant in RATES) / 3
    assert raw < 0.8 * of_all, "as they are counted, young shoppers look as if nobody bought"
    assert sum(rate(found, name) for name in RATES) / 3 == pytest.approx(of_all, rel=0.08)


@pytest.mark.parametrize("attribution", ["corrected", "closed"])
def test_a_promotion_is_watched_from_its_first_day_where_delays_are_corrected_for(
    tests: Tests,
    mug: NewTest,
    events: Events,
    clock: Clock,
    pass_days: PassDays,
    attribution: str,
) -> None:
    """Both images' young shoppers lack the same share of orders, so that their ratio is right."""
    started(tests, mug, attribution=attribution, auto_promote=False)
    shop = Shop(events, clock)
    run(shop, clock, pass_days, days=13, shoppers=100)
    tests.promote("t0", who="anna", variant="oak", reason="liked")
    run(shop, clock, pass_days, days=6, shoppers=900 if attribution == "corrected" else 50)
    (watch,) = tests.results("t0").watches
    if attribution == "closed":
        assert (watch.found.days, watch.found.winner_shown, watch.found.lift) == (0, 0, None)
        return
    assert watch.found.winner_shown == pytest.approx(1800, rel=0.1)
    assert watch.found.lift == pytest.approx(RATES["oak"] / RATES["white"] - 1.0, abs=0.25)
    low, high = watch.found.lift_interval
    assert low < RATES["oak"] / RATES["white"] - 1.0 < high


def test_delays_that_differ_between_images_are_not_corrected_for(
    tests: Tests, mug: NewTest, events: Events, clock: Clock, pass_days: PassDays
) -> None:
    started(tests, mug, attribution="corrected")
    run(Shop(events, clock, slow="oak"), clock, pass_days, days=14, shoppers=300)
    found = tests.results("t0")
    assert found.correction is not None
    assert found.correction.why.startswith("conversions do not come equally late after each image")
    assert found.open > 0


def test_delays_are_moved_with_the_counts_and_rebuilt_from_the_raw_events(
    tests: Tests, mug: NewTest, events: Events, clock: Clock, pass_days: PassDays, engine: Engine
) -> None:
    started(tests, mug, attribution="corrected")
    run(Shop(events, clock), clock, pass_days, days=4, shoppers=120)
    events.counter.settle()
    with reading(engine) as connection:
        kept = delays_of(connection, "t0")
        rule = rule_of(test := tests.get("t0"), TestOptions.from_dict(test.options))
        one = unit_changes(connection, "t0", ["u1", "u2", "u3", "u4", "u5", "u6"], rule).delays
    bought = sum(c.conversions for day in tests.results("t0").days for c in day.counts)
    assert sum(kept.values()) == bought > 20
    traffic = Traffic(engine, clock=clock)
    for number in range(1, 7):
        traffic.exclude("t0", f"u{number}", who="x", why="a tester")
    with reading(engine) as connection:
        assert delays_of(connection, "t0") == {
            key: often for key, before in kept.items() if (often := before - one.get(key, 0))
        }
    rebuilding = Rebuilding(engine, Archive(engine, blobs=MemoryBlobs(), clock=clock))
    assert rebuilding.rebuild("t0").differences == ()
    with writing(engine) as connection:
        connection.execute(update(CONVERSION_DELAY).values(conversions=7))
    damaged = rebuilding.rebuild("t0", replace=True)
    assert damaged.replaced
    assert all("/ delay " in each for each in damaged.differences)
    assert rebuilding.rebuild("t0").differences == ()


def test_an_order_found_to_be_earlier_moves_its_delay(
    tests: Tests, mug: NewTest, events: Events, clock: Clock, pass_days: PassDays, engine: Engine
) -> None:
    started(tests, mug, attribution="corrected")
    seen_s = clock()
    base: Raw = {"unit": "u", "test": "t0", "variant": "oak"}
    pass_days(3.0)
    for name, kind, after_s in (("late", "conversion", 2 * DAY_S), ("seen", "impression", 0.0),
                                ("soon", "conversion", 7200.0)):  # fmt: skip
        events.accept([{**base, "id": name, "type": kind, "ts": seen_s + after_s}])
        events.counter.settle()
    with reading(engine) as connection:
        ((key, often),) = delays_of(connection, "t0").items()
    assert (key, often) == (("oak", int(seen_s // DAY_S), delay_bin(7200.0)), 1)


def test_other_tests_keep_no_delays(
    tests: Tests, mug: NewTest, events: Events, clock: Clock, pass_days: PassDays, engine: Engine
) -> None:
    started(tests, mug)
    run(Shop(events, clock), clock, pass_days, days=2, shoppers=100)
    assert tests.results("t0").correction is None
    with reading(engine) as connection:
        assert delays_of(connection, "t0") == {}


@pytest.mark.parametrize("delay_s", [0.0, 59.0, 60.0, 75.0, 3600.0, 86_400.0, 90 * 86_400.0])
def test_a_bin_holds_a_delay_to_within_an_eighth(delay_s: float) -> None:
    middle_s = bin_delay_s(delay_bin(delay_s))
    assert delay_s < 60.0 or middle_s == pytest.approx(delay_s, rel=0.125)


@pytest.mark.parametrize(
    "options",
    [
        {"attribution": "open"},
        {"attribution": "corrected", "metric": "conversion_rate"},
        {"attribution": "corrected", "attribution_days": 7, "metric": "click_rate"},
        {"attribution": "corrected", "attribution_days": 7, "metric": "conversion_per_click"},
    ],
)
def test_what_cannot_be_corrected_is_refused(options: Raw) -> None:
    with pytest.raises(TestInvalid, match="attribution"):
        TestOptions.from_dict(options)
