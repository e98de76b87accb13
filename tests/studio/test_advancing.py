"""When periods are closed: clocks that are set, tests that are broken, two schedulers."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update

from abtest import TestState
from studio.db import changes
from studio.db.engine import Connection, DatabaseGone, Engine, writing
from studio.db.tables import TEST
from studio.services import acting
from studio.services.experiment_options import TestOptions
from studio.services.test_change import Change
from studio.services.tests import NewTest, NewVariant, Tests
from tests.studio.conftest import DAY_S, START_S, HandClock


@pytest.fixture
def ticks() -> HandClock:
    """A monotonic clock, moved by hand."""
    return HandClock()


@pytest.fixture
def tests(engine: Engine, clock: HandClock, ticks: HandClock) -> Tests:
    ids = iter(f"t{number}" for number in range(100))
    return Tests(engine, clock=clock, new_id=lambda: next(ids), monotonic=ticks)


@pytest.fixture
def pass_hours(clock: HandClock, ticks: HandClock) -> Callable[[float], None]:
    """Lets time pass by all clocks."""

    def both(hours: float) -> None:
        clock.now_s += hours * 3600
        ticks.now_s += hours * 3600

    return both


def begin(tests: Tests, mug: NewTest, item: str = "mug") -> str:
    new = replace(mug, item=item, options=TestOptions(on_futility="keep"))
    return tests.start(tests.create(new, who="m").id, who="m").id


def starts(tests: Tests, test: str) -> list[float]:
    return [period.started_s for period in tests.get(test).periods]


def test_a_clock_that_is_set_back_delays_no_period(
    tests: Tests, mug: NewTest, clock: HandClock, pass_hours: Callable[[float], None]
) -> None:
    test = begin(tests, mug)
    pass_hours(12)
    assert tests.advance_due() == ()  # the scheduler has seen the period
    clock.now_s -= 48 * 3600
    pass_hours(11)
    assert tests.advance_due() == ()
    pass_hours(13.1)
    assert [one.id for one in tests.advance_due()] == [test]
    assert tests.advance_due() == (), "closed twice"
    periods = tests.get(test).periods
    assert [period.number for period in periods] == [1, 2]
    assert all(period.ended_s is None or period.ended_s >= period.started_s for period in periods)


def test_a_period_that_was_opened_in_the_future_begins_now(
    tests: Tests, engine: Engine, mug: NewTest, clock: HandClock,
    pass_hours: Callable[[float], None],
) -> None:  # fmt: skip
    """The clock was a year ahead, a period was closed by it, and then it was put right."""
    test = begin(tests, mug)
    clock.now_s += 365 * DAY_S
    assert len(tests.advance_due()) == 1
    clock.now_s -= 365 * DAY_S
    pass_hours(1)
    again = Tests(engine, clock=clock, new_id=lambda: "x", monotonic=clock)  # restarted, too
    assert again.advance_due() == ()
    assert starts(again, test) == [START_S, clock.now_s]
    assert tests.audit(test)[-1].action == "clock_corrected"
    pass_hours(23)
    assert again.advance_due() == ()
    pass_hours(1)
    assert len(again.advance_due()) == 1
    assert starts(again, test) == sorted(starts(again, test))


def test_a_person_acts_after_what_has_happened_whatever_the_clock_says(
    tests: Tests, mug: NewTest, clock: HandClock
) -> None:
    test = begin(tests, mug)
    clock.now_s -= 3600
    stopped = tests.stop(test, who="m")
    assert stopped.periods[-1].ended_s == START_S
    assert stopped.ended_s == START_S


def test_a_broken_test_is_logged_left_alone_for_a_while_and_holds_up_no_other(
    tests: Tests, engine: Engine, mug: NewTest, ticks: HandClock, caplog: pytest.LogCaptureFixture,
    pass_hours: Callable[[float], None],
) -> None:  # fmt: skip
    sound, broken = begin(tests, mug, "cup"), begin(tests, mug, "jug")
    with writing(engine) as connection:
        connection.execute(
            update(TEST).where(TEST.c.id == broken).values(options={"period_s": "a while"})
        )
    pass_hours(24)
    with caplog.at_level(logging.ERROR):
        assert [one.id for one in tests.advance_due()] == [sound]
        assert [one.id for one in tests.advance_due()] == []
    assert [record.test for record in caplog.records] == [broken]  # type: ignore[attr-defined]
    ticks.now_s += 61
    with caplog.at_level(logging.ERROR):
        tests.advance_due()
    assert [record.again_in_s for record in caplog.records] == [60.0, 120.0]  # type: ignore[attr-defined]


def test_a_second_scheduler_finds_nothing_left_to_do(
    tests: Tests,
    engine: Engine,
    mug: NewTest,
    clock: HandClock,
    pass_hours: Callable[[float], None],
) -> None:
    test = begin(tests, mug)
    other = Tests(engine, clock=clock, new_id=lambda: "x")
    pass_hours(24)
    assert len(tests.advance_due()) == 1
    assert other.advance_due() == ()
    assert [period.number for period in tests.get(test).periods] == [1, 2]


def test_a_draft_and_a_stopped_test_are_never_due(
    tests: Tests, mug: NewTest, pass_hours: Callable[[float], None]
) -> None:
    tests.create(mug, who="m")
    stopped = begin(tests, replace(mug, variants=(NewVariant(name="a", image="a"),
                                                  NewVariant(name="b", image="b"))), "cup")  # fmt: skip
    tests.stop(stopped, who="m")
    pass_hours(1000)
    assert tests.advance_due() == ()
    assert tests.get(stopped).state is TestState.STOPPED


def failing_at(monkeypatch: pytest.MonkeyPatch, broken: set[str]) -> list[str]:
    """Let the database fail at closing some tests, and say of which it was tried."""
    tried: list[str] = []
    close = acting.close_period

    def closed(change: Change) -> None:
        tried.append(change.test.id)
        if change.test.id in broken:
            raise DatabaseGone("UPDATE", {}, Exception("deadlock detected"))
        close(change)

    monkeypatch.setattr(acting, "close_period", closed)
    return tried


def test_a_lock_that_was_not_got_holds_up_no_other_test(
    tests: Tests, mug: NewTest, monkeypatch: pytest.MonkeyPatch, pass_hours: Callable[[float], None]
) -> None:
    ids = [begin(tests, mug, item) for item in ("cup", "jug", "pan")]
    pass_hours(24)
    tried = failing_at(monkeypatch, {ids[0], ids[1]})
    assert [one.id for one in tests.advance_due()] == [ids[2]]
    assert sorted(tried) == sorted(ids)


def test_a_round_ends_where_the_database_fails_at_every_test(
    tests: Tests, mug: NewTest, monkeypatch: pytest.MonkeyPatch, pass_hours: Callable[[float], None]
) -> None:
    """A full disk: each would wait for its turn in vain."""
    ids = [begin(tests, mug, item) for item in ("cup", "jug", "pan", "pot", "lid")]
    pass_hours(24)
    tried = failing_at(monkeypatch, set(ids))
    with pytest.raises(DatabaseGone):
        tests.advance_due()
    assert len(tried) == 3


def test_a_round_ends_at_once_where_there_is_no_database(
    tests: Tests, mug: NewTest, monkeypatch: pytest.MonkeyPatch, pass_hours: Callable[[float], None]
) -> None:
    ids = [begin(tests, mug, item) for item in ("cup", "jug")]
    pass_hours(24)
    tried = failing_at(monkeypatch, set(ids))

    def gone(_: Connection) -> int:
        raise DatabaseGone("SELECT", {}, Exception("connection refused"))

    monkeypatch.setattr(changes, "version", gone)
    with pytest.raises(DatabaseGone):
        tests.advance_due()
    assert len(tried) == 1
