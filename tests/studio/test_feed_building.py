"""Only what has changed is read anew, and the result is what reading all of it would give."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import event, update

from abtest import Segment, Snapshot
from studio.db import tests as rows
from studio.db.engine import Connection, Engine
from studio.db.records import TestRecord
from studio.db.tables import FEED_VERSION
from studio.services import feed_building
from studio.services.errors import TestInvalid
from studio.services.experiment_options import TestOptions
from studio.services.feed_building import FeedBuilder
from studio.services.image_keys import SignedImages
from studio.services.image_links import WINDOW_S, ImageLinks, PublicImages
from studio.services.previews import Previews
from studio.services.tests import NewTest, Tests

PassDays = Callable[[float], None]


def builder(engine: Engine, images: ImageLinks | None = None) -> FeedBuilder:
    return FeedBuilder(engine, fallback=None, images=images or PublicImages())


EMPTY = Snapshot(version="none", built_at_s=0.0, items={}, plans=())


def followed(many: FeedBuilder, serving: Snapshot, engine: Engine) -> Snapshot:
    """The next snapshot, which must be what a builder that has seen nothing makes."""
    fresh = many.next(serving, now_s=5.0)
    assert fresh is not None
    whole = builder(engine).next(EMPTY, now_s=5.0)
    assert whole is not None
    assert fresh.document() == whole.document()
    return fresh


@pytest.fixture
def many(tests: Tests, mug: NewTest) -> list[str]:
    """Twelve running tests on as many items."""
    segment = Segment.from_dict({"name": "phone", "rule": {"device": "phone"}})
    ids = []
    for number in range(12):
        draft = replace(mug, item=f"item-{number}", segments=(segment,))
        ids.append(tests.create(draft, who="anna").id)
        tests.start(ids[-1], who="anna")
    return ids


def test_each_change_gives_what_reading_all_would_give(
    engine: Engine, tests: Tests, mug: NewTest, many: list[str], pass_days: PassDays
) -> None:
    made = builder(engine)
    serving = followed(made, EMPTY, engine)
    assert made.next(serving, now_s=5.0) is None
    first, second, third, *_ = many
    changes: list[Callable[[], object]] = [
        lambda: tests.drop_variant(first, "marble", who="anna"),
        lambda: tests.promote(second, who="anna", variant="oak", reason="liked"),
        lambda: tests.start(tests.create(replace(mug, item="item-1"), who="anna").id, who="anna"),
        lambda: tests.create(replace(mug, item="new"), who="anna"),
        lambda: tests.stop(third, who="anna"),
        lambda: tests.rollback(second, who="anna", reason="complaints"),
    ]
    for change in changes:
        pass_days(0.01)
        change()
        serving = followed(made, serving, engine)
    assert serving.items["new"] == "white.webp"


def test_one_change_reads_one_test(
    engine: Engine, tests: Tests, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = builder(engine)
    serving = made.next(EMPTY, now_s=1.0)
    assert serving is not None
    tests.stop(many[0], who="anna")
    read: list[list[str]] = []
    load = rows.load_tests

    def noted(connection: Connection, ids: list[str]) -> dict[str, TestRecord]:
        read.append(list(ids))
        return load(connection, ids)

    tests.promote(many[1], who="anna", variant="oak", reason="liked")
    monkeypatch.setattr(rows, "load_tests", noted)
    fresh = made.next(serving, now_s=2.0)
    assert fresh is not None
    assert read == [[many[1]]]
    assert fresh._served["item-5"] is serving._served["item-5"]


def test_many_changes_are_read_as_a_whole(
    engine: Engine, tests: Tests, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_building, "_MOST_CHANGED", 2)
    made = builder(engine)
    serving = followed(made, EMPTY, engine)
    for test in many[:3]:
        tests.stop(test, who="anna")
    followed(made, serving, engine)


def test_a_database_that_was_set_back_is_read_as_a_whole(
    engine: Engine, tests: Tests, many: list[str]
) -> None:
    made = builder(engine)
    serving = followed(made, EMPTY, engine)
    with engine.begin() as connection:
        connection.execute(update(FEED_VERSION).values(version=3))
    assert followed(made, serving, engine).version == "3"


def test_nothing_is_read_where_nothing_has_changed(engine: Engine, many: list[str]) -> None:
    made = builder(engine)
    serving = made.next(EMPTY, now_s=1.0)
    assert serving is not None
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    assert made.next(serving, now_s=2.0) is None
    event.remove(engine, "before_cursor_execute", note)
    assert len(statements) == 2


def signed(engine: Engine) -> SignedImages:
    previews = Previews(lambda: b"s" * 32, clock=lambda: 5.0, image_url=lambda image, _: image)
    return SignedImages(engine, clock=lambda: 5.0, previews=previews, new_secret=lambda: b"k" * 32)


def test_addresses_change_with_the_window_and_no_test_does(
    engine: Engine, tests: Tests, mug: NewTest
) -> None:
    digests = ["0a" * 32, "0b" * 32]
    shown = [replace(one, image=name) for one, name in zip(mug.variants, digests, strict=False)]
    test = tests.create(replace(mug, variants=tuple(shown), default_image=None), who="t")
    tests.start(test.id, who="t")
    building = builder(engine, signed(engine))
    first = building.next(EMPTY, now_s=5.0)
    assert first is not None
    assert building.next(first, now_s=WINDOW_S - 1.0) is None
    second = building.next(first, now_s=WINDOW_S + 0.0)
    assert second is not None
    assert first.version.partition(".")[0] == second.version.partition(".")[0]
    assert first.version != second.version
    for snapshot, until_s in ((first, 3 * WINDOW_S), (second, 4 * WINDOW_S)):
        images = [each.image for plan in snapshot.plans for each in plan.variants]
        assert all(f"?sig={until_s}.1." in image for image in images)
    units = [f"u{number}" for number in range(50)]
    chosen = [
        [snapshot.decide(unit, {}, test.item).variant for unit in units]
        for snapshot in (first, second)
    ]
    assert chosen[0] == chosen[1]
    # Another machine, which has served nothing yet, gives the very same.
    other = builder(engine, signed(engine)).next(EMPTY, now_s=WINDOW_S + 0.0)
    assert other is not None
    assert [other.decide(unit, {}, test.item).image for unit in units] == [
        second.decide(unit, {}, test.item).image for unit in units
    ]


def test_a_test_that_cannot_be_read_keeps_good_addresses(
    engine: Engine, tests: Tests, mug: NewTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = tests.create(
        replace(mug, variants=tuple(replace(one, image="0a" * 32) for one in mug.variants)), who="t"
    )
    tests.start(test.id, who="t")
    building = builder(engine, signed(engine))
    first = building.next(EMPTY, now_s=5.0)
    assert first is not None

    def refuse(told: object) -> None:
        raise TestInvalid(field="options", why="of a newer version")

    monkeypatch.setattr(TestOptions, "from_dict", refuse)
    second = building.next(first, now_s=WINDOW_S + 0.0)
    assert second is not None
    assert f"?sig={4 * WINDOW_S}.1." in second.plans[0].variants[0].image
