"""What tests taught, read back from the database and the images' own recipes."""

import io
import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import update

import assets
import pipelines
from abtest import PSEUDO_CLICKS, TestState
from assets.index import sql as asset_index
from studio.db.engine import Engine, open_engine, writing
from studio.db.tables import PERIOD, create_schema
from studio.services.errors import TestInvalid
from studio.services.events import Events
from studio.services.lessons import WHITE, Lessons
from studio.services.tests import NewTest, NewVariant, TestOptions, Tests
from tests.studio.commanding import Commands

SHOWN, CLICKED = 600, {"white": 12, "raw-wood": 36, "podium": 12}
PassDays = Callable[[float], None]


@pytest.fixture
def engine(sqlite_url: str) -> Engine:
    """One database for images and tests, as an installation has."""
    opened = open_engine(sqlite_url)
    create_schema(opened)
    asset_index.create_schema(opened)
    return opened


@pytest.fixture
def lessons(engine: Engine, store: assets.AssetStore, clock: Callable[[], float]) -> Lessons:
    return Lessons(engine, store=store, templates=pipelines.TemplateLibrary(), clock=clock)


def picture(number: int) -> bytes:
    """A picture like no other."""
    data = io.BytesIO()
    Image.new("RGB", (8, 8), (number, 0, 0)).save(data, "PNG")
    return data.getvalue()


def made(store: assets.AssetStore, kind: pipelines.Kind, number: int, **params: str) -> str:
    """A tiny picture that says it was made by a recipe."""
    source = store.put(picture(0)).digest
    recipe = pipelines.Recipe(
        kind=kind, source=source, params=pipelines.params_from(kind, params), models=()
    )
    derivation = assets.Derivation(
        source_digest=source, recipe_hash=recipe.digest, recipe=recipe.to_json(), report={}
    )
    return store.put(picture(number), derivation=derivation).digest


def variants_of(images: dict[str, str]) -> tuple[NewVariant, ...]:
    return tuple(NewVariant(name=name, image=image) for name, image in images.items())


def run(tests: Tests, events: Events, images: dict[str, str], item: str) -> None:
    """A test that ran for a day, with clicks as `CLICKED` says."""
    test = tests.create(NewTest(item=item, variants=variants_of(images)), who="merchant")
    tests.start(test.id, who="merchant")
    sent = [
        {"id": f"{item}-{kind}-{name}-{unit}", "type": kind, "unit": f"{name}-{unit}",
         "item": item, "test": test.id, "variant": name}
        for name in images
        for kind, number in (("impression", SHOWN), ("click", CLICKED.get(name, 12)))
        for unit in range(number)
    ]  # fmt: skip
    for start in range(0, len(sent), 500):
        assert not events.accept(sent[start : start + 500]).rejected


def test_winners_teach_what_to_make_next(
    tests: Tests, events: Events, store: assets.AssetStore, lessons: Lessons
) -> None:
    images = {
        "white": made(store, "white", 1, shadow="contact"),
        "raw-wood": made(store, "scene", 2, template="raw-wood"),
        "podium": made(store, "scene", 3, template="podium"),
        "photo": "https://shop.example/photo.jpg",
    }
    for number in range(4):
        run(tests, events, images, item=f"mug-{number}")
    scenes = {one.word: one for one in lessons.learned().suggestions(feature="scene")}
    assert next(iter(scenes)) == "raw-wood"
    assert scenes["raw-wood"].prob_better > 0.9
    assert scenes["raw-wood"].tests == 4
    assert scenes[WHITE].effect < 0
    assert scenes["bathroom"].tests == 0  # never tested, yet known


def test_images_made_elsewhere_teach_nothing(
    tests: Tests, events: Events, lessons: Lessons
) -> None:
    run(tests, events, {"a": "a.webp", "b": "b.webp"}, item="mug")
    assert all(one.tests == 0 for one in lessons.learned().suggestions())


def test_a_new_test_learns_how_much_images_differ(
    tests: Tests, events: Events, store: assets.AssetStore
) -> None:
    images = {name: made(store, "scene", i, template=name)
              for i, name in enumerate(("raw-wood", "podium", "desk"), start=1)}  # fmt: skip
    before = tests.create(NewTest(item="cup", variants=variants_of(images)), who="merchant")
    for number in range(3):
        run(tests, events, images, item=f"mug-{number}")
    for test in tests.all():
        if test.state is TestState.RUNNING:
            tests.stop(test.id, who="merchant", reason="over")
    after = tests.create(NewTest(item="cup", variants=variants_of(images)), who="merchant")
    assert before.options["pseudo_clicks"] == PSEUDO_CLICKS
    learned = after.options["pseudo_clicks"]
    assert isinstance(learned, float)
    assert learned < 0.6 * PSEUDO_CLICKS  # these images differed a lot
    chosen = NewTest(item="cup", variants=variants_of(images),
                     options=TestOptions(pseudo_clicks=50.0))  # fmt: skip
    assert tests.create(chosen, who="merchant").options["pseudo_clicks"] == 50.0


def test_a_new_test_learns_that_images_have_tails(
    tests: Tests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most images of earlier tests do the same, and some do far better or worse."""
    rng = np.random.default_rng(1)
    strengths = np.where(rng.random((60, 4)) < 0.8, 400.0, 6.0)
    clicks = rng.poisson(400 * rng.gamma(strengths, 1.0 / strengths))
    past = [[(float(won), 20_000.0) for won in test] for test in clicks]
    monkeypatch.setattr("studio.services.drafting.past_tests", lambda *_, **__: past)
    new = NewTest(item="cup", variants=variants_of({"a": "a.webp", "b": "b.webp"}))
    learned = TestOptions.from_dict(tests.create(new, who="merchant").options)
    assert learned.spread is not None
    assert learned.pseudo_clicks == pytest.approx(learned.spread.pseudo_clicks, abs=0.01)
    assert learned.spread.strengths[0] > 5 * learned.spread.strengths[1]
    own = replace(new, options=TestOptions(pseudo_clicks=50.0))
    assert tests.create(own, who="merchant").options["spread"] is None


def test_a_past_test_that_cannot_be_read_keeps_no_new_one_from_being_created(
    tests: Tests, mug: NewTest, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    old = tests.create(mug, who="merchant").id
    tests.start(old, who="merchant")
    tests.stop(old, who="merchant")
    with writing(engine) as connection:
        connection.execute(update(PERIOD).values(weights={"unheard-of": 1.0}))
    assert tests.create(mug, who="merchant").state is TestState.DRAFT
    assert [record.getMessage() for record in caplog.records] == ["past_test_unreadable"]


def test_a_warm_start_is_what_earlier_tests_taught(
    tests: Tests,
    events: Events,
    store: assets.AssetStore,
    lessons: Lessons,
    engine: Engine,
    clock: Callable[[], float],
) -> None:
    images = {name: made(store, "scene", i, template=name)
              for i, name in enumerate(("raw-wood", "podium"), start=1)}  # fmt: skip
    for number in range(3):
        run(tests, events, images, item=f"mug-{number}")
    warm = Tests(engine, clock=clock, new_id=lambda: "warm", head_starts=lessons.head_starts)
    shown = variants_of({**images, "photo": "https://shop.example/photo.jpg"})
    asked = NewTest(item="cup", variants=shown, options=TestOptions(warm_start=True))
    options = TestOptions.from_dict(warm.create(asked, who="merchant").options)
    assert 0.0 < options.head_starts["raw-wood"] <= 0.2
    assert -0.2 <= options.head_starts["podium"] < 0.0
    assert "photo" not in options.head_starts  # nothing is on record
    warm.start("warm", who="merchant")
    found = warm.results("warm").analysis
    assert found is not None
    assert found.overall.prob_best["raw-wood"] > found.overall.prob_best["podium"]
    assert [one.name for one in found.health.findings] == ["head_start"]
    cold = NewTest(item="pot", variants=shown)
    assert tests.create(cold, who="merchant").options["head_starts"] == {}
    with pytest.raises(TestInvalid, match="no record"):
        tests.create(asked, who="merchant")


def test_the_command_tells_it(packshot: Commands) -> None:
    said = packshot("test", "suggest", "--count", "3")
    assert said.code == 0
    assert "nothing is known; all deserve a try" in said.out
    found = json.loads(packshot("test", "suggest", "--explore", "3", "--json").out)
    assert {"feature", "word", "effect", "drawn"} <= set(found[0])
    assert (
        "No test has images that differ in 'colour'"
        in packshot("test", "suggest", "--feature", "colour").out
    )
