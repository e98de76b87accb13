"""Tests of one layer, from the command line to the feed, on both databases."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine

from abtest import Reason, TestState
from studio.db import layers
from studio.db import tests as rows
from studio.db.engine import open_engine, reading
from studio.db.tables import create_schema
from studio.services.errors import ItemBusy, LayerBusy, TestInvalid
from studio.services.feed import Feed
from studio.services.tests import NewTest, NewVariant, TestOptions, Tests
from tests.studio.commanding import Commands, picture

UNITS = [f"u{i}" for i in range(2000)]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = (
        f"sqlite:///{tmp_path / 'p.sqlite'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    found = open_engine(url)
    create_schema(found)
    yield found
    found.dispose()


@pytest.fixture
def tests(engine: Engine) -> Tests:
    ids = iter(f"t{i}" for i in range(99))
    return Tests(engine, clock=lambda: 1_750_000_000.0, new_id=lambda: next(ids))


@pytest.fixture
def feed(engine: Engine, tmp_path: Path) -> Callable[[], Feed]:
    def fresh() -> Feed:
        made = Feed(engine, clock=lambda: 1_750_000_000.0, file=tmp_path / "snapshot.json")
        made.refresh()
        return made

    return fresh


def new(item: str, share: float, layer: str | None = "home") -> NewTest:
    return NewTest(
        item=item,
        variants=(NewVariant(name="white", image="/w"), NewVariant(name="oak", image="/o")),
        options=TestOptions(layer=layer, share=share),
    )


def begun(tests: Tests, item: str, share: float, layer: str | None = "home") -> str:
    test_id = tests.create(new(item, share, layer), who="me").id
    tests.start(test_id, who="me")
    return test_id


def seen(feed: Feed, *items: str) -> list[tuple[str | None, ...]]:
    return [tuple(d.test for d in feed.decide(unit, {}, items).decisions) for unit in UNITS]


def test_no_shopper_is_in_two_tests_of_a_layer_and_nobody_moves(
    tests: Tests, feed: Callable[[], Feed]
) -> None:
    mug, shoe = begun(tests, "mug", 0.5), begun(tests, "shoe", 0.3)
    before = seen(feed(), "mug", "shoe")
    assert set(before) == {(mug, None), (None, shoe), (None, None)}
    assert abs(Counter(before)[mug, None] / len(UNITS) - 0.5) < 0.05
    hat = begun(tests, "hat", 0.2)
    after = seen(feed(), "mug", "shoe", "hat")
    assert [pair[:2] for pair in after] == before
    assert {pair[2] for pair in after if pair[:2] == (None, None)} == {hat}
    # The mug's test ends: its shoppers are free, the others stay where they are.
    tests.stop(mug, who="me")
    left = seen(feed(), "mug", "shoe", "hat")
    assert [pair[1:] for pair in left] == [pair[1:] for pair in after]
    assert {pair[0] for pair in left} == {None}
    cup = begun(tests, "cup", 0.5)
    assert {pair[0] for pair in seen(feed(), "cup", "shoe", "hat")} == {cup, None}


def test_a_unit_outside_sees_the_default_image_and_is_told_why(
    tests: Tests, feed: Callable[[], Feed]
) -> None:
    begun(tests, "mug", 0.1)
    live = feed()
    answers = [live.decide(unit, {}, ["mug"]).decisions[0] for unit in UNITS]
    assert Counter(answer.reason for answer in answers)[Reason.OUTSIDE_LAYER] > 1500
    assert {a.image for a in answers if a.reason is Reason.OUTSIDE_LAYER} == {"/w"}
    assert live.reasons["outside_layer"] > 1500


def test_a_layer_gives_no_more_than_it_has(tests: Tests, engine: Engine) -> None:
    first = begun(tests, "mug", 0.7)
    second = tests.create(new("shoe", 0.4), who="me").id
    with pytest.raises(LayerBusy, match=r"30\.00% are free"):
        tests.start(second, who="me")
    assert str(tests.get(second).state) == "draft"
    begun(tests, "hat", 1.0, layer="checkout")
    tests.promote(first, who="me", variant="oak", reason="by eye")
    tests.start(second, who="me")
    with reading(engine) as connection:
        assert set(layers.slices_of(connection, [first, second])) == {second}


def test_two_tests_of_a_layer_may_run_on_one_item_and_no_others(
    tests: Tests, feed: Callable[[], Feed]
) -> None:
    first, second = begun(tests, "mug", 0.5), begun(tests, "mug", 0.5)
    assert {pair[0] for pair in seen(feed(), "mug")} == {first, second}
    for layer in (None, "checkout"):
        other = tests.create(new("mug", 1.0, layer), who="me").id
        with pytest.raises(ItemBusy):
            tests.start(other, who="me")


def test_a_promotion_reaches_the_shoppers_outside_too(
    tests: Tests, feed: Callable[[], Feed]
) -> None:
    mug = begun(tests, "mug", 0.2)
    tests.promote(mug, who="me", variant="oak", reason="by eye")
    live = feed()
    reasons = {live.decide(unit, {}, ["mug"]).decisions[0].reason for unit in UNITS}
    assert reasons == {Reason.PROMOTED, Reason.HOLDOUT}


def refusals_of_starts_at_once(tests: Tests, drafts: list[str], refusal: type[Exception]) -> int:
    """Start all drafts in the same moment; how many were refused so."""
    gate = threading.Barrier(len(drafts))

    def is_refused(test_id: str) -> bool:
        gate.wait()
        try:
            tests.start(test_id, who="me")
        except refusal:
            return True
        return False

    with ThreadPoolExecutor(len(drafts)) as starters:
        return sum(starters.map(is_refused, drafts))


def test_starts_at_the_same_moment_share_a_layer_without_overlap(
    tests: Tests, engine: Engine
) -> None:
    drafts = [tests.create(new(f"item{i}", 0.2), who="me").id for i in range(7)]
    refused = refusals_of_starts_at_once(tests, drafts, LayerBusy)
    with reading(engine) as connection:
        held = layers.slices_of(connection, drafts)
    assert (len(held), refused) == (5, 2)
    pairs = sorted(pair for one in held.values() for pair in one.ranges)
    assert all(end <= first for (_, end), (first, _) in pairwise(pairs))


def test_of_tests_on_an_item_that_start_at_the_same_moment_one_runs(
    tests: Tests, engine: Engine
) -> None:
    drafts = [tests.create(new("mug", 1.0, None), who="me").id for _ in range(6)]
    refused = refusals_of_starts_at_once(tests, drafts, ItemBusy)
    with reading(engine) as connection:
        running = rows.list_ids(connection, states=[TestState.RUNNING], item="mug")
    assert (len(running), refused) == (1, 5)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"share": 0.5}, "share"),
        ({"layer": "home", "share": 0.0}, "share"),
        ({"layer": "home", "share": 1.5}, "share"),
        ({"layer": ""}, "layer"),
        ({"layer": "x" * 65}, "layer"),
        ({"layer": 7}, "options"),
    ],
)
def test_a_layer_that_cannot_be_is_refused(options: dict[str, object], field: str) -> None:
    with pytest.raises(TestInvalid) as refused:
        TestOptions.from_dict(options)
    assert refused.value.field == field


def test_a_layer_is_named_on_the_command_line(packshot: Commands, tmp_path: Path) -> None:
    white, oak = (picture(tmp_path / f"{name}.png", name) for name in ("white", "brown"))
    words = ("--variant", f"white={white}", "--variant", f"oak={oak}", "--layer", "home", "--start")
    made = packshot("test", "create", "mug", *words, "--share", "0.6", "--json")
    assert made.code == 0, made.err
    assert (made.data["options"]["layer"], made.data["options"]["share"]) == ("home", 0.6)
    assert "in layer home: 60% of its shoppers" in packshot("test", "status", made.data["id"]).out
    chosen = made.data["options"]["allocation"]
    assert chosen == {"policy": "top_two", "floor": None, "leader_share": None}
    full = packshot("test", "create", "shoe", *words, "--share", "0.6")
    assert full.code == 1
    assert "40.00% are free" in full.err
    alone = packshot("test", "create", "hat", *words[:4], "--share", "0.5")
    assert "a share is that of a layer; name the layer" in alone.error


def test_the_allocation_is_chosen_on_the_command_line(packshot: Commands, tmp_path: Path) -> None:
    white, oak = (picture(tmp_path / f"{name}.png", name) for name in ("white", "brown"))
    words = ("test", "create", "mug", "--variant", f"white={white}", "--variant", f"oak={oak}")
    made = packshot(*words, "--leader-share", "0.6", "--floor", "0.1", "--json")
    chosen = made.data["options"]["allocation"]
    assert chosen == {"policy": "top_two", "floor": 0.1, "leader_share": 0.6}
    assert packshot(*words, "--allocation", "thompson", "--json").code == 0
    assert packshot(*words, "--leader-share", "0.3").code == 1
    assert packshot(*words, "--floor", "0.6").code == 1
