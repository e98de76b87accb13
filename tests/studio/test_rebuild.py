import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.event import listen, remove

from assets import MemoryBlobs
from studio.db.counts import daily_counts_of
from studio.db.engine import Engine, open_engine, reading, writing
from studio.db.tables import COUNT, EXPOSURE, create_schema
from studio.services.archiving.archive import Archive
from studio.services.archiving.rebuild import Rebuilding
from studio.services.errors import TestNotFound
from studio.services.events import Events
from studio.services.tests import NewTest, Tests
from studio.services.traffic_search import TrafficSearch

DAY_S = 86_400.0


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """SQLite, and PostgreSQL for the tests that ask for both."""
    opened = open_engine(request.getfixturevalue(getattr(request, "param", "sqlite_url")))
    create_schema(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def archive(engine: Engine, clock: Callable[[], float]) -> Archive:
    return Archive(engine, blobs=MemoryBlobs(), clock=clock)


@pytest.fixture
def rebuilding(engine: Engine, archive: Archive) -> Rebuilding:
    return Rebuilding(engine, archive)


@pytest.fixture
def busy(
    tests: Tests, mug: NewTest, events: Events, clock: Callable[[], float], archive: Archive,
    engine: Engine, pass_days: Callable[[float], None],
) -> str:  # fmt: skip
    """A test of four days: shoppers, a crawler, repeats, late and early events, and an archive."""
    test = tests.create(mug, who="merchant")
    tests.start(test.id, who="merchant")
    chance = random.Random(11)
    started_s = clock()
    finder = TrafficSearch(engine, clock=clock)
    for day in range(4):
        pass_days(1.0)
        raws = [_raw(chance, f"{day}-{n}", clock(), started_s) for n in range(120)]
        crawl = [
            {"id": f"c{day}-{n}", "type": "impression", "unit": "robot", "test": test.id,
             "variant": "oak", "ts": clock() - n * 60.0}
            for n in range(150)
        ]  # fmt: skip
        events.accept([*raws, *raws[:40], *(crawl if day == 2 else [])])
        tests.advance_due()
        events.counter.settle()
        finder.search()
        archive.write(everything=day < 3)
    return test.id


def _raw(chance: random.Random, name: str, now_s: float, started_s: float) -> dict[str, object]:
    kind = chance.choices(["impression", "click", "conversion"], [6, 3, 1])[0]
    raw: dict[str, object] = {
        "id": name,
        "type": kind,
        "unit": f"u{chance.randrange(60)}",
        "test": "t0",
        "variant": chance.choice(["white", "oak", "marble"]),
        "ts": max(now_s - chance.random() * 2 * DAY_S, started_s),
    }
    return raw | ({"value": chance.randint(1, 90) + 0.99} if kind == "conversion" else {})


def stored(engine: Engine) -> object:
    with reading(engine) as connection:
        return {
            (day, each.segment, each.variant, each.period): (
                each.impressions, each.clicks, each.conversions, each.value_micros,
                pytest.approx(each.value_squares, abs=1e-6),
            )
            for day, counts in daily_counts_of(connection, "t0").items()
            for each in counts
            if each.impressions
        }  # fmt: skip


def test_counts_agree_with_the_raw_events_to_the_last_unit(
    rebuilding: Rebuilding, busy: str, archive: Archive
) -> None:
    assert len(archive.files()) > 2
    found = rebuilding.rebuild(busy)
    assert (found.events, found.differences, found.bots) == (630, (), ())
    assert found.cells > 10


@pytest.mark.parametrize("engine", ["sqlite_url", "postgres_url"], indirect=True)
def test_damaged_counts_are_named_and_replaced(
    rebuilding: Rebuilding, busy: str, engine: Engine, events: Events, clock: Callable[[], float]
) -> None:
    before = stored(engine)
    with writing(engine) as connection:
        connection.execute(
            update(COUNT).where(COUNT.c.variant == "oak").values(clicks=COUNT.c.clicks + 1)
        )
        connection.execute(EXPOSURE.delete().where(EXPOSURE.c.unit < "u5"))
    found = rebuilding.rebuild(busy)
    assert found.differences
    assert all("/ oak /" in each and ": clicks " in each for each in found.differences)
    assert not found.replaced
    assert rebuilding.rebuild(busy, replace=True).replaced
    assert stored(engine) == before
    assert rebuilding.rebuild(busy).differences == ()
    # What units did is there again too: a click still finds its impression.
    events.accept([{"id": "new", "type": "click", "unit": "robot", "test": busy, "variant": "oak"}])
    events.counter.settle()
    assert rebuilding.rebuild(busy).differences == ()


def test_a_unit_that_should_be_left_out_by_the_raw_events_is_named(
    rebuilding: Rebuilding, busy: str, engine: Engine, clock: Callable[[], float]
) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM excluded_unit")
    found = rebuilding.rebuild(busy)
    assert found.bots == ("robot: broke a rule, and counts",)
    assert found.differences


def test_an_unknown_test_is_said(rebuilding: Rebuilding, tmp_path: Path) -> None:
    with pytest.raises(TestNotFound):
        rebuilding.rebuild("none")


@pytest.mark.parametrize("engine", ["postgres_url"], indirect=True)
def test_what_is_accepted_while_counts_are_replaced_counts_once(
    engine: Engine, tests: Tests, mug: NewTest, events: Events, rebuilding: Rebuilding
) -> None:
    tests.start(tests.create(mug, who="merchant").id, who="merchant")
    base = {"unit": "u1", "test": "t0", "variant": "oak"}
    events.accept([{**base, "id": "seen", "type": "impression"}])
    events.counter.settle()
    with writing(engine) as connection:
        connection.execute(update(COUNT).values(impressions=5))
    asked: list[str] = []

    def sell(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if "min(event_waiting" in statement:
            asked.append(statement)
            if len(asked) == 2:  # the first look is that of the comparison
                events.accept([{**base, "id": "sold", "type": "conversion", "value": 5.0}])

    listen(engine, "after_cursor_execute", sell)
    assert rebuilding.rebuild("t0", replace=True).replaced
    remove(engine, "after_cursor_execute", sell)
    assert len(asked) >= 2
    events.counter.settle()
    with reading(engine) as connection:
        counts = daily_counts_of(connection, "t0").values()
    ((found,),) = counts
    assert (found.impressions, found.value_micros) == (1, 5_000_000)
