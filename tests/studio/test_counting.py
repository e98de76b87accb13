"""From the log to the counts: days, windows, freshness, retention, units left out."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from studio.db import event_log
from studio.db.counting import add_counts
from studio.db.counts import counts_of
from studio.db.engine import Engine, open_engine, reading, writing
from studio.db.events import EventRecord
from studio.db.exposures import MOST_MICROS, Tally
from studio.db.tables import EVENT_CHUNK, EVENT_ID, create_schema
from studio.services.counting import Freshness
from studio.services.errors import TestInvalid
from studio.services.events import Events
from studio.services.tests import NewTest, Results, TestOptions, Tests

DAY_S = 86_400.0
Clock = Callable[[], float]
PassDays = Callable[[float], None]
Raw = dict[str, object]


def event(kind: str, unit: str = "u1", **more: object) -> Raw:
    base: Raw = {"id": f"{kind}-{unit}", "type": kind, "unit": unit, "test": "t0", "variant": "oak"}
    return {**base, **more}


def start(tests: Tests, new: NewTest, **options: object) -> None:
    tests.create(replace(new, options=TestOptions.from_dict(options)), who="x")
    tests.start("t0", who="x")


def shown(results: Results) -> dict[str, int]:
    assert results.analysis is not None
    return {one.variant: one.impressions for one in results.analysis.overall.variants}


def test_counts_say_how_fresh_they_are(
    engine: Engine, events: Events, tests: Tests, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    start(tests, mug)
    sent_s = clock()
    events.accept([event("impression"), event("click")])
    pass_days(0.001)
    events.accept([event("impression", "u2")])
    assert events.counter.freshness(now_s=clock()) == Freshness(counted_to_s=sent_s, waiting=3)
    with reading(engine) as connection:
        assert event_log.counted_to(connection) == 0
    assert events.counter.step() == 3
    assert events.counter.freshness(now_s=clock()) == Freshness(counted_to_s=clock(), waiting=0)
    with reading(engine) as connection:
        assert event_log.counted_to(connection) == 2
        chunks = event_log.read_chunks(connection, after=0, most=10)
    assert [[one.id for one in chunk.events] for chunk in chunks] == [
        ["impression-u1", "click-u1"], ["impression-u2"],
    ]  # fmt: skip
    assert events.counter.step() == 0


def test_who_reads_results_reads_all_that_was_sent(
    events: Events, tests: Tests, mug: NewTest
) -> None:
    start(tests, mug)
    events.accept([event("impression", f"u{n}") for n in range(7)])
    found = tests.results("t0")
    assert shown(found)["oak"] == 7
    assert found.freshness.waiting == 0


def test_the_decision_that_led_to_an_event_is_kept_with_it(
    engine: Engine, events: Events, tests: Tests, mug: NewTest
) -> None:
    start(tests, mug)
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    taken = events.accept(
        [
            event("impression", propensity=0.25, snapshot="184", agent=agent),
            event("impression", "u2", propensity=1.5),
            event("impression", "u3", preview=True),
            event("impression", "u4", propensity=None, reason="forced"),
        ]
    )
    refused = ["propensity", "preview", "preview"]
    assert [one.why.partition(":")[0] for one in taken.rejected] == refused
    with reading(engine) as connection:
        ((kept,),) = (one.events for one in event_log.read_chunks(connection, after=0, most=9))
    assert (kept.propensity, kept.snapshot, kept.crawler) == (0.25, "184", "Googlebot")


def test_a_clients_clock_that_runs_ahead_is_set_to_the_time_of_receipt(
    engine: Engine, events: Events, tests: Tests, mug: NewTest, clock: Clock
) -> None:
    """Else an event counts in the period that is open, and in a later one when recounted."""
    start(tests, mug)
    ahead = [event("impression", unit, ts=clock() + 299) for unit in ("u1", "u2")]
    assert events.accept(ahead[:1]).accepted == 1
    taken = events.accept_body(json.dumps({"events": ahead[1:]}).encode())
    assert taken is not None
    assert taken.accepted == 1
    assert events.accept([event("click", ts=clock() + 301)]).rejected
    with reading(engine) as connection:
        chunks = event_log.read_chunks(connection, after=0, most=9)
    assert [one.at_s for chunk in chunks for one in chunk.events] == [clock(), clock()]


@pytest.mark.parametrize("behind_s", [60.0, 3600.0])
def test_what_is_taken_counts_where_our_clock_is_behind_the_test_s_start(
    engine: Engine, events: Events, tests: Tests, mug: NewTest, clock: Clock,
    pass_days: PassDays, behind_s: float,
) -> None:  # fmt: skip
    """It was set back, or the test was started by another machine's."""
    start(tests, mug)
    started_s = clock()
    pass_days(-behind_s / 86_400.0)
    exact = min(behind_s, 250.0)  # clients' clocks may be ahead of ours, and not by an hour
    now = [event("impression", "u1"), event("impression", "u2", ts=clock() + exact)]
    body = json.dumps({"events": [event("impression", "u3", id="quick")]}).encode()
    expected = 3 if exact == behind_s else 2
    assert events.accept(now).accepted == expected - 1
    taken = events.accept_body(body)
    assert taken is not None
    assert taken.accepted == 1
    events.counter.settle()
    with reading(engine) as connection:
        (count,) = counts_of(connection, "t0")
        chunks = event_log.read_chunks(connection, after=0, most=9)
    assert count.impressions == expected
    assert {one.at_s for chunk in chunks for one in chunk.events} == {started_s}


def test_more_money_than_a_column_holds_is_cut_off_and_halts_nothing(
    engine: Engine, events: Events, tests: Tests, mug: NewTest
) -> None:
    start(tests, mug)
    absurd = [event("conversion", id=f"c{n}", value=1e9) for n in range(9_300)]
    events.accept([event("impression"), *absurd])
    events.counter.settle()
    events.accept([event("conversion", id="more", value=1e9), event("impression", "u2")])
    events.counter.settle()
    with reading(engine) as connection:
        (count,) = counts_of(connection, "t0")
    assert (count.impressions, count.conversions, count.value_micros) == (2, 1, MOST_MICROS)
    cell = ("everyone", "oak", 1, 0)
    with writing(engine) as connection:
        for _ in range(100):
            add_counts(connection, "t0", {cell: Tally(value_micros=-MOST_MICROS)})
    with reading(engine) as connection:
        (count,) = counts_of(connection, "t0")
    assert count.value_micros == 0, "of two days, what was cut off on each"


def test_days_are_counted_by_the_tests_own_midnight(
    events: Events, tests: Tests, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    start(tests, mug, timezone="Europe/Berlin", period_s=7 * DAY_S)
    # It is 15:06 UTC on 15 June 2025; in Berlin a day begins at 22:00 UTC.
    began_s = clock()
    pass_days(1)
    events.accept(
        [
            event("impression", "u1", ts=began_s + 6 * 3600),
            event("impression", "u2", ts=began_s + 7 * 3600),
            event("impression", "u2", id="again", ts=began_s + 20 * 3600),
        ]
    )
    days = tests.results("t0").days
    assert [(day.date, sum(one.impressions for one in day.counts)) for day in days] == [
        (date(2025, 6, 15), 1), (date(2025, 6, 16), 1),
    ]  # fmt: skip


def test_young_trials_wait_for_their_attribution_window(
    events: Events, tests: Tests, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    start(tests, mug, attribution_days=2, metric="conversion_rate", period_s=30 * DAY_S)
    began_s = clock()
    events.accept([event("impression", "u1"), event("impression", "u2")])
    pass_days(2.1)
    late_s = began_s + 2 * DAY_S + 1
    events.accept(
        [
            event("conversion", "u1", ts=began_s + 2 * DAY_S, value=3),
            event("conversion", "u2", ts=late_s, value=5),
            event("impression", "u3"),
        ]
    )
    found = tests.results("t0")
    assert (shown(found)["oak"], found.open) == (0, 3)
    pass_days(0.5)
    found = tests.results("t0")
    assert (shown(found)["oak"], found.open) == (2, 1)
    assert found.analysis is not None
    oak = next(one for one in found.analysis.overall.variants if one.variant == "oak")
    assert oak.successes == 1, "what came after the window must not count"


@pytest.mark.parametrize(
    "options", [{"attribution_days": 0}, {"attribution_days": 91}, {"timezone": "Mars/Olympus"}]
)
def test_windows_and_zones_that_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(TestInvalid, match=next(iter(options))):
        TestOptions.from_dict(options)


def test_an_id_is_known_for_seven_days_and_forgotten_after(
    engine: Engine, events: Events, tests: Tests, mug: NewTest, pass_days: PassDays
) -> None:
    start(tests, mug, period_s=30 * DAY_S)
    first = [event("impression", f"u{n}") for n in range(50)]
    events.accept(first)
    pass_days(7.99)
    events.forget()
    assert events.accept(first).duplicates == 50
    pass_days(2)
    assert events.forget() == 50
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(EVENT_ID)).scalar() == 0
    # Counted twice it is not even then: a shopper who sees an image again is the same trial.
    assert events.accept(first).accepted == 50
    assert shown(tests.results("t0"))["oak"] == 50


def chunks_left(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(EVENT_CHUNK)).scalar() or 0


def test_the_log_is_removed_once_it_is_counted_and_read(
    engine: Engine, events: Events, tests: Tests, mug: NewTest, pass_days: PassDays
) -> None:
    start(tests, mug, period_s=30 * DAY_S)
    events.accept([event("impression")])
    pass_days(20)
    events.forget()
    assert chunks_left(engine) == 1, "it is not counted yet"
    events.counter.settle()
    with writing(engine) as connection:
        event_log.set_reader(connection, "archive", 0)
    events.forget()
    assert chunks_left(engine) == 1, "the archive has not read it"
    with writing(engine) as connection:
        event_log.set_reader(connection, "archive", 1)
    events.forget()
    assert chunks_left(engine) == 0
    events.accept([event("click")])
    assert chunks_left(engine) == 1


def test_a_new_day_waits_for_no_reader_of_the_log(postgres_url: str) -> None:
    """Searches and archives read for minutes; all intakes would stand still until they end."""
    clicked = EventRecord("e", "click", "t0", "u1", "oak", "everyone", 0.0)
    engine = open_engine(postgres_url)
    create_schema(engine)
    with writing(engine) as connection:
        event_log.make_partition(connection, 20_000)
    with reading(engine) as reader:
        event_log.read_chunks(reader, after=0, most=1)
        for day in (20_000, 20_001):
            with writing(engine) as connection:
                connection.exec_driver_sql("SET LOCAL lock_timeout = 5000")
                event_log.make_partition(connection, day)
                kept = {event_log.digest_of(f"e{day}"): clicked}
                assert event_log.append(connection, kept, received_s=day * DAY_S) == set()
    with writing(engine) as connection:
        while event_log.take_waiting(connection, most_events=1):
            pass
        assert event_log.forget_chunks(connection, before_day=20_001) == 1
        assert [one.day for one in event_log.read_chunks(connection, after=0, most=9)] == [20_001]
    engine.dispose()


def test_a_stream_may_stand_between_the_check_and_the_log(
    engine: Engine, events: Events, tests: Tests, mug: NewTest, clock: Clock
) -> None:
    start(tests, mug)
    stream: list[list[object]] = []
    intake = Events(engine, clock=clock, append=lambda records: stream.append([*records]))
    raw = [event("impression"), event("smile")]
    for _ in range(2):
        taken = intake.accept(raw)
        assert (taken.accepted, len(taken.rejected)) == (1, 1)
    assert [events.write(records) for records in stream] == [1, 0]  # type: ignore[arg-type]
    assert shown(tests.results("t0"))["oak"] == 1
