import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from abtest import Reason, Segment, Snapshot
from studio.db.engine import Engine, open_engine
from studio.db.tables import TEST
from studio.services.errors import BatchTooLarge
from studio.services.feed import MAX_ITEMS, Feed
from studio.services.image_links import asset_path
from studio.services.snapshot_file import SnapshotFile
from studio.services.tests import NewTest, NewVariant, Tests

Clock = Callable[[], float]
PassDays = Callable[[float], None]


@pytest.fixture
def running(tests: Tests, mug: NewTest) -> str:
    """A running test with a segment."""
    segment = Segment.from_dict({"name": "phone", "rule": {"device": "phone"}})
    test = tests.create(replace(mug, segments=(segment,)), who="merchant")
    tests.start(test.id, who="merchant")
    return test.id


def reasons(feed: Feed, units: int = 200, **attributes: object) -> set[str]:
    answers = [feed.decide(f"u{n}", attributes, ["mug"]) for n in range(units)]
    return {str(answer.decisions[0].reason) for answer in answers}


def test_a_feed_without_anything_still_answers(feed: Feed) -> None:
    (decision,) = feed.decide("u", {}, ["mug"]).decisions
    assert (decision.image, decision.reason) == (None, Reason.UNKNOWN_ITEM)
    assert feed.snapshot.version == "none"
    assert feed.reasons["unknown_item"] == 1


def test_the_feed_follows_a_test_s_life(feed: Feed, tests: Tests, running: str) -> None:
    assert feed.refresh() == "swapped"
    assert feed.refresh() == "unchanged"
    assert reasons(feed) == {"test"}
    assert feed.decide("u", {"device": "phone"}, ["mug"]).decisions[0].segment == "phone"
    tests.promote(running, who="anna", variant="oak", reason="liked")
    assert feed.refresh() == "swapped"
    assert reasons(feed) == {"promoted", "holdout"}
    tests.rollback(running, who="anna", reason="complaints")
    feed.refresh()
    answer = feed.decide("u", {}, ["mug", "hat"])
    assert [d.reason for d in answer.decisions] == [Reason.DEFAULT, Reason.UNKNOWN_ITEM]
    assert answer.decisions[0].image == "white.webp"
    assert answer.snapshot == feed.snapshot.version
    assert feed.refreshes == {"unchanged": 1, "swapped": 3, "failed": 0}


def test_weights_of_the_period_are_served(feed: Feed, tests: Tests, running: str) -> None:
    feed.refresh()
    before = {n: feed.decide(f"u{n}", {}, ["mug"]).decisions[0].variant for n in range(600)}
    assert set(before.values()) == {"white", "oak", "marble"}
    tests.drop_variant(running, "marble", who="anna")
    feed.refresh()
    after = {n: feed.decide(f"u{n}", {}, ["mug"]).decisions[0].variant for n in range(600)}
    moved = {n for n in before if before[n] != after[n]}
    assert moved == {n for n, variant in before.items() if variant == "marble"}


def test_a_running_test_goes_before_an_older_promotion(
    feed: Feed, tests: Tests, running: str, mug: NewTest
) -> None:
    tests.promote(running, who="anna", variant="oak", reason="liked")
    second = tests.create(mug, who="merchant")
    tests.start(second.id, who="merchant")
    feed.refresh()
    assert feed.decide("u", {}, ["mug"]).decisions[0].test == second.id
    tests.stop(second.id, who="merchant")
    feed.refresh()
    assert reasons(feed) == {"promoted", "holdout"}


@pytest.mark.parametrize("last", ["older", "newer"])
def test_the_latest_promotion_is_served_whichever_test_is_older(
    feed: Feed, tests: Tests, mug: NewTest, pass_days: PassDays, last: str
) -> None:
    ids = {}
    for name in ("older", "newer"):
        ids[name] = tests.create(mug, who="merchant").id
        pass_days(1)
    first = "newer" if last == "older" else "older"
    for name, variant in ((first, "oak"), (last, "marble")):
        tests.start(ids[name], who="merchant")
        tests.promote(ids[name], who="merchant", variant=variant, reason="liked")
        pass_days(1)
    feed.refresh()
    shown = {feed.decide(f"u{n}", {}, ["mug"]).decisions[0].variant for n in range(200)}
    assert shown == {"white", "marble"}


def make_unreadable(engine: Engine, test: str) -> None:
    """As a newer version would write it, with an option that this one does not know."""
    with engine.begin() as connection:
        connection.execute(
            update(TEST).where(TEST.c.id == test).values(options={"mood": "festive"})
        )


def test_a_test_of_a_newer_version_holds_up_no_other(
    feed: Feed, tests: Tests, engine: Engine, running: str, mug: NewTest, pass_days: PassDays
) -> None:
    feed.refresh()
    make_unreadable(engine, running)
    other = tests.create(replace(mug, item="cup"), who="merchant")
    tests.start(other.id, who="merchant")
    assert feed.refresh() == "swapped"
    # What nobody here can read is served as it was.
    found = {
        (d.item, d.reason)
        for n in range(99)
        for d in feed.decide(f"u{n}", {}, ["mug", "cup"]).decisions
    }
    assert found == {("mug", Reason.TEST), ("cup", Reason.TEST)}
    pass_days(1)
    assert [test.id for test in tests.advance_due()] == [other.id]


def test_a_test_of_a_newer_version_has_the_default_image_after_a_restart(
    feed: Feed, engine: Engine, running: str
) -> None:
    make_unreadable(engine, running)
    assert feed.refresh() == "swapped"
    assert reasons(feed, 20) == {"default"}


def test_a_restart_without_a_database_serves_the_last_snapshot(
    feed: Feed, running: str, clock: Clock, pass_days: PassDays, tmp_path: Path
) -> None:
    feed.refresh()
    expected = [feed.decide(f"u{n}", {}, ["mug"]) for n in range(50)]
    gone = open_engine("sqlite:////nowhere/at/all/x.sqlite")
    pass_days(0.5)
    again = Feed(gone, clock=clock, file=tmp_path / "snapshot.json")
    assert again.refresh() == "failed"
    assert [again.decide(f"u{n}", {}, ["mug"]) for n in range(50)] == expected
    assert again.age_s == pytest.approx(43_200)
    assert again.refreshes["failed"] == 1


def test_a_database_that_goes_away_leaves_the_old_snapshot(
    engine: Engine, feed: Feed, running: str
) -> None:
    feed.refresh()
    feed._builder._engine = open_engine(
        "postgresql+psycopg://nobody@127.0.0.1:1/x?connect_timeout=1"
    )
    assert feed.refresh() == "failed"
    assert reasons(feed) == {"test"}


def test_a_damaged_file_is_no_trouble(
    engine: Engine, clock: Clock, running: str, tmp_path: Path
) -> None:
    file = tmp_path / "snapshot.json"
    for damage in (b"", b"{", b"[]", b'{"format": 1}', b"\xff\xfe"):
        file.write_bytes(damage)
        feed = Feed(engine, clock=clock, file=file, fallback="none.webp")
        assert feed.decide("u", {}, ["mug"]).decisions[0].image == "none.webp"
        assert feed.file_faults["damaged"] == 1
        assert feed.refresh() == "swapped"
        assert reasons(feed) == {"test"}


def test_a_whole_file_of_another_version_of_ours_is_refused(
    engine: Engine, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "snapshot.json"
    SnapshotFile(file).write(b'{"format": 99}', now_s=clock())
    feed = Feed(engine, clock=clock, file=file)
    assert (feed.version, feed.file_faults["damaged"]) == ("none", 1)


def test_a_file_of_another_database_is_replaced(
    engine: Engine, clock: Clock, running: str, tmp_path: Path
) -> None:
    """It bears the same version number, which must not be taken for the same content."""
    file = tmp_path / "snapshot.json"
    feed = Feed(engine, clock=clock, file=file)
    feed.refresh()
    SnapshotFile(file).write(feed.document().replace(b"oak.webp", b"other.webp"), now_s=clock())
    again = Feed(engine, clock=clock, file=file)
    assert again.refresh() == "swapped"
    assert {v.image for v in again.snapshot.plans[0].variants} >= {"oak.webp"}


def test_an_unwritable_folder_does_not_keep_the_feed_from_its_snapshot(
    engine: Engine, clock: Clock, running: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    feed = Feed(engine, clock=clock, file=tmp_path / "file" / "snapshot.json")
    assert feed.refresh() == "swapped"
    assert reasons(feed) == {"test"}


def test_nothing_half_written_is_left(feed: Feed, running: str, tmp_path: Path) -> None:
    feed.refresh()
    assert [path.name for path in tmp_path.glob("*snapshot*")] == ["snapshot.json"]


def test_digests_become_addresses(
    engine: Engine, clock: Clock, tests: Tests, tmp_path: Path
) -> None:
    digest = "ab" * 32
    variants = (NewVariant(name="a", image=digest), NewVariant(name="b", image="https://x.test/b"))
    tests.start(tests.create(NewTest(item="shoe", variants=variants), who="x").id, who="x")
    feed = Feed(engine, clock=clock, file=tmp_path / "s.json")
    feed.refresh()
    images = {feed.decide(f"u{n}", {}, ["shoe"]).decisions[0].image for n in range(99)}
    assert images == {f"/v1/assets/{digest}", "https://x.test/b"}
    assert asset_path("x" * 64) == "x" * 64


def test_a_request_has_a_limit(feed: Feed) -> None:
    with pytest.raises(BatchTooLarge):
        feed.decide("u", {}, ["mug"] * (MAX_ITEMS + 1))


def test_odd_shoppers_get_an_answer(feed: Feed, running: str) -> None:
    feed.refresh()
    odd: list[tuple[object, object]] = [(None, {}), (3.5, None), ("u", []), ("u", {"x": {}})]
    for unit, attributes in odd:
        answer = feed.decide(unit, attributes, ["mug", None, 7], placement="home")
        assert len(answer.decisions) == 3
        assert answer.decisions[0].image is not None


def test_a_fresh_snapshot_is_young(feed: Feed, running: str, pass_days: PassDays) -> None:
    feed.refresh()
    assert feed.age_s == 0.0
    pass_days(1)
    assert feed.age_s == 86_400
    feed.refresh()
    assert feed.age_s == 0.0


def test_time_is_only_what_the_clock_says(engine: Engine, tmp_path: Path) -> None:
    assert Feed(engine, clock=time.time, file=tmp_path / "none.json").age_s > 0


def test_an_answer_is_the_decisions_as_json(feed: Feed, running: str) -> None:
    feed.refresh()
    items = ["mug", "hat", None, 7, "\ud800"]
    for unit in ("u1", "u2", None):
        said = json.loads(feed.answer(unit, {"device": "phone"}, items))
        decided = feed.decide(unit, {"device": "phone"}, items)
        assert said == {
            "snapshot": feed.version,
            "decisions": [asdict(decision) for decision in decided.decisions],
        }
    with pytest.raises(BatchTooLarge):
        feed.answer("u", {}, ["mug"] * (MAX_ITEMS + 1))


def test_the_document_builds_a_snapshot_that_decides_the_same(feed: Feed, running: str) -> None:
    feed.refresh()
    document = feed.document()
    assert feed.document() is document
    again = Snapshot.from_dict(json.loads(document))
    units = [f"u{n}" for n in range(50)]
    assert [again.decide(unit, {}, "mug") for unit in units] == [
        feed.snapshot.decide(unit, {}, "mug") for unit in units
    ]


@pytest.fixture
def follower(tmp_path: Path, clock: Clock) -> Feed:
    """The feed of a process that has no database to build from."""
    gone = open_engine("sqlite:////nowhere/at/all/x.sqlite")
    return Feed(gone, clock=clock, file=tmp_path / "snapshot.json")


def test_a_follower_takes_over_each_change(
    feed: Feed, follower: Feed, tests: Tests, running: str, pass_days: PassDays
) -> None:
    assert follower.follow() == "failed"  # nothing is written yet
    feed.refresh()
    assert [follower.follow(), follower.follow()] == ["swapped", "unchanged"]
    assert (follower.version, reasons(follower)) == (feed.version, {"test"})
    tests.stop(running, who="anna")
    pass_days(1)
    feed.refresh()
    assert follower.refresh() == "swapped"  # a follower builds nothing
    assert (follower.version, reasons(follower)) == (feed.version, {"default"})


def test_a_follower_knows_its_age_by_the_builder_s_touch(
    feed: Feed, follower: Feed, running: str, pass_days: PassDays
) -> None:
    feed.refresh()
    follower.follow()
    pass_days(1)
    assert follower.age_s == pytest.approx(86_400)
    feed.refresh()
    assert (follower.follow(), follower.age_s) == ("unchanged", 0.0)


def test_a_follower_keeps_what_it_serves_when_the_file_is_damaged(
    feed: Feed, follower: Feed, running: str, tests: Tests, pass_days: PassDays, tmp_path: Path
) -> None:
    feed.refresh()
    follower.follow()
    tests.promote(running, who="anna", variant="oak", reason="liked")
    feed.refresh()
    follower.follow()
    file = tmp_path / "snapshot.json"
    file.write_bytes(file.read_bytes()[:-5])
    assert [follower.follow(), follower.follow()] == ["failed", "unchanged"]
    assert reasons(follower) == {"promoted", "holdout"}
    assert follower.file_faults["damaged"] == 1
    # The builder notices at its next look, though nothing has changed in the database.
    pass_days(1)
    assert feed.refresh() == "unchanged"
    assert (follower.follow(), follower.age_s) == ("unchanged", 0.0)


def test_a_restart_with_a_damaged_file_serves_the_snapshot_before_it(
    feed: Feed, clock: Clock, running: str, tests: Tests, tmp_path: Path
) -> None:
    feed.refresh()
    tests.promote(running, who="anna", variant="oak", reason="liked")
    feed.refresh()
    file = tmp_path / "snapshot.json"
    file.write_bytes(file.read_bytes()[:-5])
    gone = open_engine("sqlite:////nowhere/at/all/x.sqlite")
    again = Feed(gone, clock=clock, file=file)
    assert reasons(again) == {"test"}
    assert again.file_faults["damaged"] == 1
