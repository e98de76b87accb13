import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abtest import EVERYONE, Segment
from studio.db.counts import counts_of
from studio.db.engine import Engine, open_engine, reading
from studio.db.records import CountRecord
from studio.db.tables import create_schema
from studio.services.counting import Counter
from studio.services.errors import BatchTooLarge
from studio.services.event_limits import PROPENSITY_BEYOND, VALUE_BEYOND
from studio.services.events import MAX_EVENTS, Events
from studio.services.tests import NewTest, NewVariant, Tests
from tests.studio.conftest import HandClock

Clock = Callable[[], float]
PassDays = Callable[[float], None]
Raw = dict[str, object]


def counted(engine: Engine, test_id: str = "t0") -> dict[tuple[str, int], tuple[int, int, int]]:
    """(variant, period) to impressions, clicks and conversions, once all of the log is counted."""
    Counter(engine).settle()
    with reading(engine) as connection:
        counts = counts_of(connection, test_id)
    return {
        (c.variant, c.period): (c.impressions, c.clicks, c.conversions)
        for c in counts
        if c.impressions
    }


@pytest.fixture
def running(tests: Tests, mug: NewTest) -> str:
    """A running test with one segment."""
    segment = Segment.from_dict({"name": "phone", "rule": {"device": "phone"}})
    test = tests.create(replace(mug, segments=(segment,)), who="merchant")
    tests.start(test.id, who="merchant")
    return test.id


def event(kind: str, unit: object = "u1", **more: object) -> Raw:
    number = more.pop("n", 0)
    base: Raw = {
        "id": f"{kind}-{unit}-{number}",
        "type": kind,
        "unit": unit,
        "item": "mug",
        "test": "t0",
        "variant": "oak",
    }
    return {**base, **more}


def test_an_impression_and_its_click(engine: Engine, events: Events, running: str) -> None:
    taken = events.accept([event("impression"), event("click"), event("conversion", value=19.9)])
    assert (taken.accepted, taken.duplicates, taken.rejected) == (3, 0, ())
    assert counted(engine) == {("oak", 1): (1, 1, 1)}
    with reading(engine) as connection:
        (count,) = counts_of(connection, running)
    assert count.value_squares == pytest.approx(396.01)
    assert replace(count, value_squares=None) == CountRecord(
        segment=EVERYONE,
        variant="oak",
        period=1,
        impressions=1,
        clicks=1,
        conversions=1,
        value_micros=19_900_000,
    )


def test_squares_are_of_what_each_shopper_spent(
    engine: Engine, events: Events, running: str
) -> None:
    events.accept(
        [
            *(event("impression", unit=name) for name in ("u1", "u2", "u3")),
            event("conversion", unit="u1", value=10.0),
            event("conversion", unit="u2", value=4.0),
        ]
    )
    events.accept([event("conversion", unit="u1", value=2.0, n=1)])
    events.counter.settle()
    with reading(engine) as connection:
        (count,) = counts_of(connection, running)
    assert (count.conversions, count.value_micros) == (2, 16_000_000)
    assert count.value_squares == pytest.approx(12.0**2 + 4.0**2)


def test_an_id_counts_once_however_often_it_is_sent(
    engine: Engine, events: Events, running: str
) -> None:
    batch = [event("impression"), event("click"), event("click")]
    assert events.accept(batch).duplicates == 1
    again = events.accept(batch)
    assert (again.accepted, again.duplicates) == (0, 3)
    assert counted(engine) == {("oak", 1): (1, 1, 0)}


def test_a_unit_is_one_trial_a_period(
    engine: Engine, events: Events, tests: Tests, running: str, pass_days: PassDays
) -> None:
    events.accept([event("impression", n=n) for n in range(5)])
    events.accept([event("click", n=n) for n in range(5)])
    assert counted(engine) == {("oak", 1): (1, 1, 0)}
    pass_days(1)
    tests.advance(running)
    events.accept([event("impression", n=9)])
    assert counted(engine) == {("oak", 1): (1, 1, 0), ("oak", 2): (1, 0, 0)}


def test_late_events_land_in_the_period_they_happened_in(
    engine: Engine, events: Events, tests: Tests, running: str, clock: Clock, pass_days: PassDays
) -> None:
    before_s = clock() + 100
    pass_days(1)
    tests.advance(running)
    events.accept([event("impression", ts=before_s)])
    # The click came after midnight, and belongs to the impression of the evening before.
    events.accept([event("click", ts=clock() + 20)])
    assert counted(engine) == {("oak", 1): (1, 1, 0)}


def test_a_click_waits_for_its_impression(engine: Engine, events: Events, running: str) -> None:
    assert events.accept([event("click")]).accepted == 1
    assert counted(engine) == {}
    events.accept([event("impression")])
    assert counted(engine) == {("oak", 1): (1, 1, 0)}


def test_a_click_on_another_variant_is_not_credited(
    engine: Engine, events: Events, running: str
) -> None:
    events.accept([event("impression"), event("click", variant="white")])
    assert counted(engine) == {("oak", 1): (1, 0, 0)}


@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.permutations(
        [
            (kind, unit, day)
            for kind in ("impression", "click", "conversion")
            for unit in ("u1", "u2")
            for day in (0, 1)
        ]
    ),
    st.integers(1, 12),
)
def test_any_order_in_any_batches_gives_the_same_counts(
    tmp_path_factory: pytest.TempPathFactory, order: list[tuple[str, str, int]], size: int
) -> None:
    folder = tmp_path_factory.mktemp("order")
    engine = open_engine(f"sqlite:///{folder / 'x.sqlite'}")
    create_schema(engine)
    now_s = [1e9]
    tests = Tests(engine, clock=lambda: now_s[0], new_id=lambda: "t0")
    variants = NewTest(item="mug", variants=tuple(map(_variant, ("oak", "white"))))
    tests.start(tests.create(variants, who="x").id, who="x")
    now_s[0] += 86_400
    tests.advance("t0")
    raw = [
        event(kind, unit, n=day, ts=1e9 + day * 86_400 + 5)
        for kind, unit, day in order
        if not (kind == "impression" and unit == "u2" and day == 1)
    ]
    events = Events(engine, clock=lambda: now_s[0])
    for start in range(0, len(raw), size):
        events.accept(raw[start : start + size])
    assert counted(engine) == {("oak", 1): (2, 2, 2), ("oak", 2): (1, 1, 1)}
    engine.dispose()


def _variant(name: str) -> NewVariant:
    return NewVariant(name=name, image=f"{name}.webp")


def test_a_clock_that_steps_back_past_a_start_refuses_nothing(
    engine: Engine, events: Events, running: str, clock: HandClock
) -> None:
    start_s = clock.now_s
    clock.now_s -= 120.0
    body = {"events": [event("impression"), event("click")]}
    quickly = events.accept_body(json.dumps(body).encode())
    closely = events.accept([event("impression", "u2"), event("click", "u2")])
    assert quickly is not None
    assert (quickly.accepted, closely.accepted) == (2, 2)
    clock.now_s = start_s + 60.0
    assert counted(engine) == {("oak", 1): (2, 2, 0)}


BAD: list[tuple[object, str]] = [
    (None, "not an object"),
    ([], "not an object"),
    ({}, "id: missing"),
    ({"id": 3}, "id: a text is expected"),
    (event("impression", id="x" * 129), "id: longer than 128 characters"),
    (event("impression", id="a\x00"), "id: holds characters that are no text"),
    (event("impression", id="e", unit="\ud800"), "unit: holds characters that are no text"),
    (event("smile"), "type: 'smile'; impression, click or conversion"),
    (event("impression", type=None), "type: missing; impression, click or"),
    (event("impression", type=[]), "type: no text; impression, click or"),
    (event("impression", unit=None), "unit: missing"),
    (event("impression", unit=1.5), "unit: a text is expected"),
    (event("impression", test="t9"), "test: there is no test 't9'"),
    (event("impression", test="\x00"), "test: holds characters that are no text"),
    (event("impression", test=None), "test: missing"),
    (event("impression", item="shoe"), "item: test t0 is about 'mug'"),
    (event("impression", variant="pine"), "variant: test t0 has no 'pine'"),
    (event("impression", segment="moon"), "segment: test t0 has no 'moon'"),
    (event("impression", segment=["phone"]), "segment: a text is expected"),
    (event("impression", ts="yesterday"), "ts: seconds since 1970"),
    (event("impression", ts="2025-06-15T12:00:00"), "ts: seconds since 1970"),
    (event("impression", ts=float("nan")), "ts: seconds since 1970"),
    (event("impression", ts=True), "ts: seconds since 1970"),
    (event("impression", ts=1e9), "ts: before test t0 was started"),
    (event("impression", ts=1_750_001_000), "ts: 1000 s in the future"),
    (event("click", value=1), "value: only conversions have one"),
    (event("conversion", value="1"), "value: a number is expected"),
    (event("conversion", value=float("inf")), VALUE_BEYOND),
    (event("conversion", value=-1.1e9), VALUE_BEYOND),
    (event("impression", propensity=1e-320), PROPENSITY_BEYOND),
    (event("impression", propensity=1.5), PROPENSITY_BEYOND),
    (event("impression", propensity="1"), "propensity: a number is expected"),
]


def test_bad_events_are_listed_and_the_good_ones_are_kept(
    engine: Engine, events: Events, running: str
) -> None:
    taken = events.accept([event("impression", "good"), *(raw for raw, _ in BAD)])
    assert taken.accepted == 1
    for rejected, (raw, why) in zip(taken.rejected, BAD, strict=True):
        assert rejected.why.startswith(why), raw
    assert counted(engine) == {("oak", 1): (1, 0, 0)}


def test_what_is_refused_is_refused_on_the_quick_path_as_well(
    engine: Engine, events: Events, running: str
) -> None:
    bad = [
        (event("impression", n=1, propensity=1e-320), PROPENSITY_BEYOND),
        (event("conversion", n=2, value=1.1e9), VALUE_BEYOND),
    ]
    body = {"events": [event("impression"), *(raw for raw, _ in bad)]}
    taken = events.accept_body(json.dumps(body).encode())
    assert taken is not None
    assert [rejected.why for rejected in taken.rejected] == [why for _, why in bad]
    assert counted(engine) == {("oak", 1): (1, 0, 0)}


def test_what_is_taken(events: Events, running: str) -> None:
    variations: list[Raw] = [
        {"ts": "2025-06-15T17:06:40+02:00"},
        {"ts": 1_750_000_100},
        {"unit": 42},
        {"segment": "phone"},
        {"segment": None},
        {"more": {"a": 1}},
        {"item": None},
    ]
    sent = [{**event("impression", n=n), **each} for n, each in enumerate(variations)]
    taken = events.accept(sent)
    assert (taken.accepted, taken.rejected) == (len(variations), ())


def test_after_the_end_only_clicks_are_taken_and_for_a_day(
    engine: Engine, events: Events, tests: Tests, running: str, clock: Clock, pass_days: PassDays
) -> None:
    events.accept([event("impression")])
    pass_days(0.5)
    tests.stop(running, who="anna")
    late = events.accept([event("impression", "u2", ts=clock()), event("click", ts=clock() + 60)])
    assert late.accepted == 1
    assert "after test t0 was ended" in late.rejected[0].why
    assert counted(engine) == {("oak", 1): (1, 1, 0)}
    pass_days(2)
    assert events.accept([event("click", n=2)]).accepted == 0


def test_a_batch_has_a_limit(events: Events) -> None:
    with pytest.raises(BatchTooLarge):
        events.accept([{}] * (MAX_EVENTS + 1))


def test_an_empty_batch(events: Events) -> None:
    assert events.accept([]).accepted == 0


def test_two_intakes_at_once_count_each_unit_once(
    engine: Engine, running: str, clock: Clock
) -> None:
    """Both send the same units under ids of their own, interleaved."""

    def send(source: str) -> None:
        intake = Events(engine, clock=clock)
        for start in range(0, 200, 20):
            intake.accept(
                [event("impression", f"u{n}", n=source) for n in range(start, start + 20)]
                + [event("click", f"u{n}", n=source) for n in range(start, start + 20, 2)]
            )

    threads = [threading.Thread(target=send, args=(source,)) for source in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(engine) == {("oak", 1): (200, 100, 0)}
