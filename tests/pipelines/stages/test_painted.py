"""Scenes that a model paints: the product is locked, what goes wrong has a name, the best is kept."""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines import ModelCard, Produced, TemplateLibrary, model_card, produce
from pipelines.errors import Interrupted, PaintingFailed, RecipeInvalid
from pipelines.generate import BUILT_IN_PROFILES, Ask, ProfileRegistry
from pipelines.matting.consensus import Matter, QuickMatter
from pipelines.provenance.xmp import marks_in
from pipelines.reading.lines import Line
from pipelines.reading.reader import TextReader
from tests.pipelines.making import (
    MODELS,
    TinyStudio,
    as_bytes,
    product_photo,
    recipe_for,
    write_template,
)
from tests.pipelines.painting.painters import (
    MISBEHAVING,
    PROFILE,
    WITH_CONTROL,
    Painter,
    as_editor,
    honest,
    lettered,
    shifted,
    too_small,
)

Rgb = npt.NDArray[np.uint8]


def blotched() -> Rgb:
    """A box of blotches before a light wall: no part of it looks like another."""
    picture = np.full((360, 420, 3), (205, 200, 190), np.uint8)
    coarse = np.random.default_rng(4).integers(20, 130, (18, 14, 3)).astype(np.uint8)
    picture[90:270, 140:280] = cv2.resize(coarse, (140, 180), interpolation=cv2.INTER_CUBIC)
    return picture


PHOTO = as_bytes(blotched())
CUT_OUT = as_bytes(
    np.dstack([blotched(), np.pad(np.full((180, 140), 255, np.uint8), ((90, 90), (140, 140)))])
)
PAINTED = {"model": "known", "generator": "known@1", "prompt": "on a beach", "attempts": 1}
SMALL = replace(PROFILE, buckets=((256, 256), (320, 208), (208, 320)))


class OddMatter:
    """Finds what stands out from its row and from the picture's corner."""

    card: ModelCard = model_card("u2netp")
    device = "arithmetic"
    quick: QuickMatter | None = None

    def probability(self, rgb: Rgb) -> npt.NDArray[np.float32]:
        small = np.asarray(cv2.resize(rgb, (160, 160), interpolation=cv2.INTER_AREA), np.int16)
        usual = np.median(small[:, np.r_[0:20, 140:160]], axis=1, keepdims=True)
        distance = np.abs(small - usual).max(axis=2)
        return np.asarray(np.clip(distance / 40 - 0.5, 0, 1), np.float32)


class BlackLetters:
    """Reads a word wherever the upper left of a picture has near-black strokes."""

    key = "letters@1"

    def read(self, rgb: Rgb) -> list[Line]:
        dark = (rgb[: rgb.shape[0] // 4].max(axis=2) < 60).mean()
        corners = np.array([[0, 0], [50, 0], [50, 20], [0, 20]], np.float32)
        return [Line(text="Summer Sale", score=0.98, corners=corners)] if dark > 0.005 else []


class PaintingStudio(TinyStudio):
    """A studio with a painter, and with eyes that see what it did."""

    def __init__(self, library: TemplateLibrary, painter: Painter, *assets: bytes) -> None:
        super().__init__(library, *assets)
        self.generators["known@1"] = painter

    @contextmanager
    def matters(self, names: Sequence[str]) -> Iterator[Sequence[Matter]]:
        yield [OddMatter() for _ in names]

    @contextmanager
    def text_reader(self, name: str) -> Iterator[TextReader]:
        yield BlackLetters()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> TemplateLibrary:
    root = tmp_path_factory.mktemp("templates")
    write_template(root, "table")
    return TemplateLibrary(root)


@pytest.fixture
def paint(library: TemplateLibrary) -> Callable[..., Produced]:
    """Make a painted scene with a painter's answer."""

    def made(answer: Callable[[Ask], Rgb] | Painter, *, seed: int = 0, **params: Any) -> Produced:
        painter = answer if isinstance(answer, Painter) else Painter(answer, profile=SMALL)
        given_ = {"size_px": 320, **PAINTED, **params}
        recipe = replace(recipe_for("scene", PHOTO, **given_), seed=seed)
        studio = PaintingStudio(library, painter)
        return produce(recipe, PHOTO, name="box.png", studio=studio)

    return made


def one_after_another(*answers: Callable[[Ask], Rgb]) -> Callable[[Ask], Rgb]:
    """A painter that does something else each time."""
    left = iter(answers)

    def answer(ask: Ask) -> Rgb:
        return next(left)(ask)

    return answer


def said(produced: Produced) -> dict[str, tuple[str, str]]:
    return {one.name: (one.outcome, one.value) for one in produced.report.checks}


def failed(produced: Produced) -> set[str]:
    return {one.name for one in produced.report.failures}


def shown(data: bytes) -> Rgb:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def test_an_honest_painter_passes_every_check(paint: Callable[..., Produced]) -> None:
    made = paint(honest, text_models="letters@1")
    assert not failed(made), made.report.failures
    told = said(made)
    assert told["product lock"][0] == told["drift"][0] == told["text invented"][0] == "pass"
    assert told["painted by"][1].startswith("known@1: 256 x 256 px, 4 steps, strength 1")
    assert told["prompt"][1].startswith("on a beach, the product standing in the scene")
    assert told["attempts"][1] == "1 of at most 1, seed 0 kept"
    assert told["template"][1].startswith("canvas@")


@pytest.mark.parametrize("what", [one for one in MISBEHAVING if one != "returns another size"])
def test_a_painter_that_misbehaves_is_caught_by_name(
    paint: Callable[..., Produced], what: str
) -> None:
    answer, check = MISBEHAVING[what]
    made = paint(answer, text_models="letters@1")
    assert check in failed(made), said(made)
    assert said(made)["product lock"][0] == "pass"


def test_a_painting_of_another_size_is_no_picture(paint: Callable[..., Produced]) -> None:
    with pytest.raises(PaintingFailed, match=r"2 attempts, the last one: painting's size 128 x"):
        paint(lambda ask: too_small(ask)[:128, :128], attempts=2)


def test_the_next_seed_is_tried_and_the_first_good_one_kept(
    paint: Callable[..., Produced],
) -> None:
    answers = (MISBEHAVING["returns black"][0], MISBEHAVING["duplicates it"][0], honest)
    painter = Painter(one_after_another(*answers), profile=SMALL)
    made = paint(painter, attempts=5, seed=40)
    assert not failed(made)
    assert [one.seed for one in painter.asked] == [40, 1_000_043, 2_000_046]
    told = said(made)["attempts"][1]
    assert told.startswith("3 of at most 5, seed 2000046 kept; seed 40 failed blank painting")
    assert "seed 1000043 failed product duplicated" in told


def test_the_best_of_bad_ones_is_kept_and_its_report_fails(paint: Callable[..., Produced]) -> None:
    answers = (MISBEHAVING["returns noise"][0], lettered, shifted(12))
    made = paint(
        Painter(one_after_another(*answers), profile=SMALL), attempts=3,
        text_models="letters@1",
    )  # fmt: skip
    assert failed(made) == {"text invented"}
    assert not made.report.passed


@pytest.mark.parametrize("template", ["", "table"])
def test_strength_0_is_the_scene_as_it_stands_and_asks_no_painter(
    paint: Callable[..., Produced], library: TemplateLibrary, template: str
) -> None:
    painter = Painter(honest, profile=SMALL)
    made = paint(painter, template=template, strength=0, generator="", format="png")
    assert painter.asked == []
    assert said(made)["painted by"][1].startswith("nobody: strength 0")
    assert marks_in(made.data).source_type == "compositeSynthetic"
    if template:
        plain = recipe_for("scene", PHOTO, template=template, size_px=320, format="png")
        studio = PaintingStudio(library, painter)
        stands = produce(plain, PHOTO, name="box.png", studio=studio)
        assert (shown(made.data) == shown(stands.data)).all()


def test_a_painter_starts_from_the_template_as_far_as_it_may(
    paint: Callable[..., Produced],
) -> None:
    painter = Painter(honest, profile=SMALL)
    made = paint(painter, template="table", describe="green box", steps=2, guidance=3.5)
    (ask,) = painter.asked
    assert (ask.strength, ask.steps, ask.guidance_scale) == (0.6, 2, 3.5)
    assert ask.picture.shape == (256, 256, 3)
    assert np.abs(ask.picture[5, 5].astype(int) - (200, 190, 180)).max() < 3
    assert "green box standing in the scene" in ask.prompt
    assert "duplicate product" in ask.negative_prompt
    assert said(made)["template"][1].startswith("table@")
    report = made.report.to_json()
    assert report["painter"] == "known@1"
    assert marks_in(made.data).source_type == "compositeWithTrainedAlgorithmicMedia"


def test_the_mask_spares_the_product_that_is_seen(paint: Callable[..., Produced]) -> None:
    painter = Painter(honest, profile=SMALL)
    paint(painter)
    (ask,) = painter.asked
    dark = ask.picture.max(axis=2) < 120
    assert dark.sum() > 500
    assert (ask.mask[dark] == 0).all()
    assert 0.5 < ask.mask.mean() < 0.97


def test_the_same_recipe_gives_the_same_bytes_and_another_seed_others(
    paint: Callable[..., Produced],
) -> None:
    first, again, other = (paint(honest, seed=seed).data for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_model_that_paints_all_anew_is_put_back_in_place(paint: Callable[..., Produced]) -> None:
    editor = as_editor(Painter(shifted(5), profile=SMALL))
    made = paint(editor)
    outcome, drift = said(made)["drift"]
    assert outcome == "pass"
    assert drift.startswith("5.0 px right")
    assert drift.endswith("put back")
    assert editor.asked[0].prompt.startswith("Replace the background: on a beach")
    assert "drift" in failed(paint(as_editor(Painter(shifted(40), profile=SMALL))))


def test_a_map_is_given_where_the_model_takes_one(paint: Callable[..., Produced]) -> None:
    able = replace(SMALL, abilities=WITH_CONTROL, controls=frozenset({"depth"}))
    painter = Painter(honest, profile=able)
    assert "held by depth" in said(paint(painter))["painted by"][1]
    assert painter.asked[0].control["depth"].shape == (256, 256, 3)
    with pytest.raises(RecipeInvalid, match="control = 'canny': model 'known' takes depth"):
        paint(Painter(honest, profile=able), control="canny")


def test_a_reference_is_shown_to_a_model_that_looks_at_pictures(
    library: TemplateLibrary,
) -> None:
    mood = np.full((900, 2400, 3), (30, 60, 90), np.uint8)
    able = replace(SMALL, abilities=SMALL.abilities | {"references"})
    painters = [Painter(honest, profile=able), as_editor(Painter(honest, profile=able))]
    painters[1].profile = replace(painters[1].profile, abilities=frozenset({"edit", "references"}))
    for painter, words in zip(
        painters, ("of the reference picture", "second picture"), strict=True
    ):
        digest = hashlib.sha256(as_bytes(mood)).hexdigest()
        params = {**PAINTED, "prompt": "", "reference": digest}
        recipe = recipe_for("scene", PHOTO, **params, size_px=320)
        studio = PaintingStudio(library, painter, as_bytes(mood))
        made = produce(recipe, PHOTO, name="box.png", studio=studio)
        (ask,) = painter.asked
        assert ask.references[0].shape == (384, 1024, 3)
        assert words in ask.prompt
        assert f"shown the reference {digest[:12]}" in said(made)["painted by"][1]
    blind = Painter(honest, profile=SMALL)
    with pytest.raises(RecipeInvalid, match="'known' takes no reference pictures"):
        produce(
            recipe, PHOTO, name="box.png",
            studio=PaintingStudio(library, blind, as_bytes(mood)),
        )  # fmt: skip


def test_cancelling_reaches_the_painter(library: TemplateLibrary) -> None:
    class Stopped:
        fraction = 0.0

        def cancelled(self) -> bool:
            return bool(painter.asked) or self.fraction > 0.3

        def progress(self, fraction: float) -> None:
            self.fraction = fraction

    painter = Painter(honest, profile=SMALL)
    recipe = recipe_for("scene", PHOTO, **PAINTED, size_px=320)
    studio = PaintingStudio(library, painter)
    with pytest.raises(Interrupted):
        produce(recipe, PHOTO, name="box.png", studio=studio, control=Stopped())


PROFILES = ProfileRegistry((BUILT_IN_PROFILES,)).all()
SCENES = ("", *TemplateLibrary().names())


def scribbler(profile: str) -> Painter:
    """Paints noise over everything, as a profile does, in its buckets at an eighth of their size."""
    real = PROFILES[profile]
    buckets = tuple((wide // 8, high // 8) for wide, high in real.buckets)
    small = replace(real, buckets=buckets, multiple_px=1)
    return Painter(MISBEHAVING["returns noise"][0], profile=small)


@pytest.mark.parametrize("number", range(len(SCENES)))
def test_the_product_is_locked_in_every_scene_whoever_paints(number: int) -> None:
    """Every template and the empty canvas; every profile four times or more."""
    profiles = sorted(PROFILES)
    painter = scribbler(profiles[number % len(profiles)])
    params = {**PAINTED, "template": SCENES[number], "strength": 1, "size_px": 160}
    recipe = recipe_for("scene", CUT_OUT, **params)
    studio = PaintingStudio(TemplateLibrary(), painter)
    made = produce(recipe, CUT_OUT, name="box.png", studio=studio)
    assert said(made)["product lock"] == ("pass", "largest difference 0")
    assert painter.asked


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    profile=st.sampled_from(sorted(PROFILES)),
    x=st.floats(0.2, 0.8),
    y=st.floats(0.55, 0.95),
    scale=st.floats(0.2, 1.0),
    ratio=st.sampled_from(["", "4:5", "16:9", "300x200"]),
    padding=st.sampled_from(["", "10%"]),
    colour=st.tuples(*[st.integers(0, 200)] * 3),
    hole=st.booleans(),
)
def test_the_product_is_locked_whatever_is_painted_where(
    library: TemplateLibrary,
    profile: str,
    x: float,
    y: float,
    scale: float,
    ratio: str,
    padding: str,
    colour: tuple[int, int, int],
    hole: bool,
) -> None:
    painter = scribbler(profile)
    rgba = np.dstack([product_photo(colour=colour), np.zeros((260, 300), np.uint8)])
    rgba[60:200, 90:210, 3] = 255
    if hole:
        rgba[100:140, 120:180, 3] = 90
    size = {} if ratio == "300x200" else {"size_px": 240}
    data = as_bytes(rgba)
    recipe = recipe_for(
        "scene", data, **PAINTED, template="table", x=x, y=y, scale=scale, ratio=ratio,
        padding=padding, **size,
    )  # fmt: skip
    made = produce(recipe, data, name="box.png", studio=PaintingStudio(library, painter))
    assert said(made)["product lock"] == ("pass", "largest difference 0")
    assert max(painter.asked[0].size_px) == max(
        side
        for bucket in painter.profile.buckets
        for side in bucket
        if painter.asked[0].size_px == bucket
    )


def test_without_weights_for_reading_the_report_says_so(
    paint: Callable[..., Produced], tmp_path: Path
) -> None:
    told = said(paint(lettered))["text invented"]
    assert told == ("note", "not looked for: packshot models pull text-reader")


@pytest.mark.parametrize("strength", [0, 1])
def test_words_are_set_on_a_scene_that_no_template_describes(
    paint: Callable[..., Produced], strength: float
) -> None:
    if not (MODELS / "fonts").is_dir():
        pytest.skip("font noto-sans-sc is not here; run `packshot brands font`")
    made = paint(honest, strength=strength, headline="Summer", size_px=480)
    assert said(made)["text beside product"][0] == "pass"
