"""Swaps from a drawn photo to a finished file, with finders and painters whose answers are known."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipelines import Produced, produce
from pipelines.errors import (
    GarmentNotFound,
    ModelMissing,
    PaintingFailed,
    PersonCutOff,
    PersonFromBehind,
    PersonNotFound,
    PersonsSeveral,
    RecipeInvalid,
)
from pipelines.generate import Ask
from pipelines.imaging.cutout import Box, Cutout
from pipelines.person import PersonFinder
from pipelines.person.clothes import Parsed
from pipelines.provenance.xmp import marks_in
from pipelines.report import Check
from pipelines.stages import swap
from pipelines.stages.ghost import ghost
from pipelines.stages.worn import Worn
from tests.pipelines.making import TinyStudio, as_bytes, recipe_for
from tests.pipelines.person import acting
from tests.pipelines.person.acting import ActingFinder, ActingJudge, Actor
from tests.pipelines.person.bodies import face_at, person_standing
from tests.pipelines.person.drawn import SKIN, Drawn, drawn_person

Rgb = npt.NDArray[np.uint8]
PAINTED: dict[str, Any] = {
    "person": "woman with dark skin",
    "model": "acting",
    "generator": "acting@1",
}


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return drawn_person()


@pytest.fixture
def stage(studio: TinyStudio, drawn: Drawn) -> TinyStudio:
    studio.finders["finder@1"] = ActingFinder(drawn.person)
    studio.face_judges["judge@1"] = ActingJudge()
    return studio


def swapped(studio: TinyStudio, drawn: Drawn, rgb: Rgb | None = None, **params: Any) -> Produced:
    data = as_bytes(drawn.rgb if rgb is None else rgb)
    known = {"finder": "finder@1", "face_judge": "judge@1", "format": "png"}
    recipe = recipe_for("swap", data, **(known | params))
    return produce(recipe, data, name="shirt.png", studio=studio)


def shown(made: Produced) -> Rgb:
    with Image.open(io.BytesIO(made.data)) as picture:
        return np.asarray(picture.convert("RGB"))


def outcome(made: Produced, name: str) -> str:
    return next(one.outcome for one in made.report.checks if one.name == name)


def value(made: Produced, name: str) -> str:
    return next(one.value for one in made.report.checks if one.name == name)


def failed(made: Produced) -> set[str]:
    return {one.name for one in made.report.failures}


def has_skin(rgb: Rgb) -> float:
    return float((np.abs(rgb.astype(int) - SKIN).max(axis=2) < 12).mean())


def test_a_ghost_stands_on_white_with_nobody_in_it(stage: TinyStudio, drawn: Drawn) -> None:
    made = swapped(stage, drawn, person="ghost", size_px=400)
    picture = shown(made)
    assert failed(made) - {"sharpness"} == set()
    assert picture.shape[:2] == (400, 400)
    assert tuple(picture[2, 2]) == (255, 255, 255)
    assert has_skin(picture) < 0.002
    assert outcome(made, "garment lock") == "pass"
    assert outcome(made, "neck closed") == "pass"
    assert "painting model" in value(made, "models")
    assert marks_in(made.data).source_type == "algorithmicallyEnhanced"


def test_a_faceless_photo_ends_below_the_nose_and_keeps_the_rest(
    stage: TinyStudio, drawn: Drawn
) -> None:
    made = swapped(stage, drawn, person="faceless")
    picture = shown(made)
    row = drawn.rgb.shape[0] - picture.shape[0]
    assert drawn.person.face is not None
    assert row > drawn.person.face.centre[1]
    assert np.array_equal(picture, drawn.rgb[row:])
    chin = shown(swapped(stage, drawn, person="faceless", faceless="chin"))
    assert chin.shape[0] < picture.shape[0]
    assert made.report.subject is not None
    assert not marks_in(made.data).source_type


def test_a_blurred_face_cannot_be_recognised_and_the_shirt_is_untouched(
    stage: TinyStudio, drawn: Drawn
) -> None:
    rgb = drawn.rgb.copy()
    rgb[58:66, 135:165] = (20, 20, 30)  # eyes
    made = swapped(stage, drawn, rgb, person="faceless", faceless="blur")
    picture = shown(made)
    assert picture.shape == rgb.shape
    assert picture[62, 130:170].std() < 0.5 * rgb[62, 130:170].std()
    garment = drawn.garment > 0.5
    garment[:160] = False
    assert np.array_equal(picture[garment], rgb[garment])
    assert "blocks" in value(made, "faceless")


def test_without_a_face_nothing_is_cut_off_and_that_is_said(
    stage: TinyStudio, drawn: Drawn
) -> None:
    stage.finders["finder@1"] = ActingFinder(replace(drawn.person, face=None))
    made = swapped(stage, drawn, person="faceless")
    assert np.array_equal(shown(made), drawn.rgb)
    assert "no face in the picture" in value(made, "faceless")


def test_another_person_wears_the_same_pixels(stage: TinyStudio, drawn: Drawn) -> None:
    painter = Actor(acting.another_person)
    stage.generators["acting@1"] = painter
    made = swapped(stage, drawn, **PAINTED)
    picture = shown(made)
    assert failed(made) == set()
    core = drawn.garment > 0.5
    assert drawn.person.face is not None
    x, y = np.round(drawn.person.face.centre).astype(int)
    assert np.abs(picture[y, x].astype(int) - acting.DARK_SKIN).max() < 20
    assert (np.abs(picture[core].astype(int) - drawn.rgb[core]).max(axis=1) == 0).mean() > 0.93
    assert value(made, "garment lock") == "largest difference 0"
    assert outcome(made, "old face gone") == "pass"
    assert value(made, "old face gone").startswith("face distance")
    assert outcome(made, "new face") == "pass"
    assert marks_in(made.data).source_type == "compositeWithTrainedAlgorithmicMedia"
    assert "painted by a model" in value(made, "generated person")
    (ask,) = painter.asked
    assert "woman with dark skin" in ask.prompt
    assert "deformed hands" in ask.negative_prompt


def test_the_mask_leaks_neither_face_nor_silhouette_and_spares_the_garment(
    stage: TinyStudio, drawn: Drawn
) -> None:
    painter = Actor(acting.another_person)
    stage.generators["acting@1"] = painter
    swapped(stage, drawn, **PAINTED)
    mask = painter.asked[0].mask[2:-2, 2:-2]
    body = (drawn.figure > 0.5) & (drawn.garment < 0.5)
    inside = cv2.erode(body.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert mask[inside].min() > 0.9
    head = drawn.person.scale_px
    rows, columns = np.nonzero(body[:120])
    beside = mask[rows.min() + 20 : rows.max(), max(0, columns.min() - round(0.2 * head))]
    assert beside.min() > 0.9  # the band is wider than the head was
    middle = np.zeros_like(body)
    middle[220:400, 110:190] = True
    assert mask[middle].max() == 0


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (acting.the_same_person, {"old face gone", "nothing changed"}),
        (acting.nobody, {"new face"}),
        (acting.over_the_garment, {"product painted over"}),
        (acting.with_a_twin, {"one person"}),
        (acting.black, {"blank painting"}),
        (acting.shifted, {"drift"}),
    ],
)
def test_a_painter_that_misbehaves_is_caught_by_name(
    stage: TinyStudio, drawn: Drawn, answer: Callable[[Ask], Rgb], names: set[str]
) -> None:
    stage.generators["acting@1"] = Actor(answer)
    made = swapped(stage, drawn, **PAINTED, attempts=1)
    assert names <= failed(made)
    # Whatever it painted, the garment is the photo's own.
    assert outcome(made, "garment lock") == "pass"
    assert np.array_equal(shown(made)[220:400, 110:190], drawn.rgb[220:400, 110:190])


def test_a_picture_of_another_size_is_refused(stage: TinyStudio, drawn: Drawn) -> None:
    stage.generators["acting@1"] = Actor(acting.too_small)
    with pytest.raises(PaintingFailed, match="painting's size"):
        swapped(stage, drawn, **PAINTED, attempts=2)


def test_the_next_seed_is_tried_until_all_is_well(stage: TinyStudio, drawn: Drawn) -> None:
    painter = Actor(lambda ask: (
        acting.nobody(ask) if ask.seed == 5 else acting.another_person(ask)
    ))  # fmt: skip
    stage.generators["acting@1"] = painter
    data = as_bytes(drawn.rgb)
    recipe = recipe_for("swap", data, finder="finder@1", face_judge="judge@1", **PAINTED)
    made = produce(replace(recipe, seed=5), data, name="a.png", studio=stage)
    assert failed(made) == set()
    assert len(painter.asked) == 2
    assert painter.asked[0].seed != painter.asked[1].seed
    assert "seed 5 failed new face" in value(made, "attempts")


def test_the_same_recipe_gives_the_same_bytes(stage: TinyStudio, drawn: Drawn) -> None:
    stage.generators["acting@1"] = Actor(acting.another_person)
    assert swapped(stage, drawn, **PAINTED).data == swapped(stage, drawn, **PAINTED).data


def test_faces_are_compared_by_pixels_where_no_network_is_pulled(
    stage: TinyStudio, drawn: Drawn
) -> None:
    stage.generators["acting@1"] = Actor(acting.another_person)
    made = swapped(stage, drawn, **PAINTED, face_judge="")
    assert "packshot models pull face-identity" in value(made, "old face gone")


def test_a_pose_is_given_to_models_that_take_one(stage: TinyStudio, drawn: Drawn) -> None:
    able = acting.profile(abilities=acting.INPAINT | {"control"}, controls=acting.POSES)
    painter = Actor(acting.another_person, profile=able)
    stage.generators["acting@1"] = painter
    made = swapped(stage, drawn, **PAINTED)
    control = painter.asked[0].control["pose"]
    assert control.shape == painter.asked[0].picture.shape
    assert 0.002 < (control.max(axis=2) > 0).mean() < 0.2
    assert "held by the pose" in value(made, "painted by")


def test_another_person_before_white_and_before_a_template(stage: TinyStudio, drawn: Drawn) -> None:
    stage.generators["acting@1"] = Actor(acting.another_person)
    white = swapped(stage, drawn, **PAINTED, background="white", size_px=400)
    assert tuple(shown(white)[2, 2]) == (255, 255, 255)
    assert outcome(white, "product lock") == "pass"
    assert outcome(white, "pure white") == "pass"
    scene = swapped(stage, drawn, **PAINTED, background="table")
    assert outcome(scene, "product lock") == "pass"
    assert "table" in value(scene, "template")
    assert marks_in(scene.data).source_type == "compositeWithTrainedAlgorithmicMedia"


def test_a_reference_needs_consent_and_a_model_that_takes_pictures(
    stage: TinyStudio, drawn: Drawn
) -> None:
    face = as_bytes(np.full((1200, 900, 3), 120, np.uint8))
    stage.assets.update({recipe_for("cutout", face).source: face})
    digest = recipe_for("cutout", face).source
    given: dict[str, Any] = {"model": "acting", "generator": "acting@1", "reference": digest}
    with pytest.raises(RecipeInvalid, match="consent"):
        swapped(stage, drawn, **given)
    stage.generators["acting@1"] = Actor(acting.another_person)
    with pytest.raises(RecipeInvalid, match="takes no reference pictures"):
        swapped(stage, drawn, **given, i_have_consent=True)
    able = acting.profile(abilities=acting.INPAINT | {"references"})
    painter = Actor(acting.another_person, profile=able)
    stage.generators["acting@1"] = painter
    made = swapped(stage, drawn, **given, i_have_consent=True)
    assert painter.asked[0].references[0].shape == (1024, 768, 3)  # a megapixel at most
    assert digest[:12] in value(made, "consent")
    assert made.report.subject is not None
    assert made.report.subject.settings["i_have_consent"] is True


def test_bad_pictures_are_refused_in_a_line_each(stage: TinyStudio, drawn: Drawn) -> None:
    person = drawn.person
    assert person.pose is not None
    back = replace(person.pose, points=(person.pose.points * (-1, 1) + (300, 0)).astype(np.float32))
    portrait = replace(person, face=face_at(150, 210, height=300), pose=None)
    stage.generators["acting@1"] = Actor(acting.another_person)
    for finder, fault, params in (
        (ActingFinder(None), PersonNotFound, {"person": "ghost"}),
        (ActingFinder(person, others=2), PersonsSeveral, {"person": "ghost"}),
        (ActingFinder(replace(person, face=None, pose=back)), PersonFromBehind, PAINTED),
        (Fixed(portrait), PersonCutOff, {"person": "faceless"}),
    ):
        stage.finders["finder@1"] = finder
        with pytest.raises(fault) as told:
            swapped(stage, drawn, **params)
        assert str(told.value).startswith("shirt.png: ")
        assert "\n" not in str(told.value)


def test_a_body_without_a_garment_is_refused(stage: TinyStudio, drawn: Drawn) -> None:
    nothing = as_bytes(np.zeros((*drawn.rgb.shape[:2], 3), np.uint8))
    digest = recipe_for("cutout", nothing).source
    stage.assets[digest] = nothing
    with pytest.raises(GarmentNotFound):
        swapped(stage, drawn, person="ghost", garment=digest)


def test_a_drawn_garment_wins_and_needs_nobody(stage: TinyStudio, drawn: Drawn) -> None:
    mask = as_bytes(np.repeat((drawn.garment * 255).astype(np.uint8)[..., None], 3, axis=2))
    digest = recipe_for("cutout", mask).source
    stage.assets[digest] = mask
    stage.finders["finder@1"] = ActingFinder(None)
    made = swapped(stage, drawn, person="ghost", garment=digest, size_px=400)
    assert "drawn by you" in value(made, "garment")
    assert has_skin(shown(made)) < 0.002


class Striped:
    """Takes the lower half of whatever it sees for the garment."""

    key, cell = "striped@1", 0.02

    def __init__(self) -> None:
        self.boxes: list[Box] = []

    def parse(self, rgb: Rgb, box: Box) -> Parsed:
        self.boxes.append(box)
        low = np.zeros((40, 40), np.float32)
        low[20:] = 1
        return Parsed(shares={"upper": low, "body": 1 - low}, box=box)


class Telling(Actor):
    """Tells where it runs and what it cannot do."""

    where = "NVIDIA Nothing, bfloat16"

    def remarks(self, ask: Ask) -> tuple[str, ...]:
        return ("acting takes no words to keep out",)


def test_the_report_says_where_was_painted_and_what_the_painter_left_aside(
    stage: TinyStudio, drawn: Drawn
) -> None:
    leases: list[str] = []

    class Counting(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            leases.append(name)
            return super().__getitem__(name)

    stage.generators = Counting({"acting@1": Telling(acting.another_person)})
    made = swapped(stage, drawn, **PAINTED)
    assert value(made, "painter") == "acting takes no words to keep out"
    told = value(made, "painted by")
    assert told.startswith("acting@1: 304 x 424 px, ")
    assert "steps, strength 1; on NVIDIA Nothing, bfloat16" in told
    assert leases == ["acting@1"]  # one attempt, one lease


def test_seams_are_relit_outside_the_garment_and_reported(stage: TinyStudio, drawn: Drawn) -> None:
    rgb = drawn.rgb.astype(np.float32)
    away = cv2.distanceTransform((drawn.garment < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    collar = np.clip(1 - away / 18, 0, 1) * (drawn.figure - drawn.garment)
    photo = np.asarray(rgb * (1 - 0.2 * collar[..., None]), np.uint8)
    stage.generators["acting@1"] = Actor(acting.another_person)
    made = swapped(stage, drawn, photo, **PAINTED)
    assert "neck darker by" in value(made, "seams")
    assert outcome(made, "garment lock") == "pass"
    column = shown(made)[100:, 150].astype(int)
    edge = int(np.flatnonzero(drawn.garment[100:, 150] > 0.5)[0])
    assert column[edge - 5 : edge - 2].sum() < 0.95 * column[edge - 30 : edge - 27].sum()


def test_a_painters_colour_cast_is_taken_off_the_new_person(
    stage: TinyStudio, drawn: Drawn
) -> None:
    def tinted(ask: Ask) -> Rgb:
        painted = acting.another_person(ask) + np.array([8.0, 0.0, -8.0])
        return np.asarray(np.clip(painted, 0, 255), np.uint8)

    shade = drawn.rgb.astype(np.float32) * np.linspace(0.8, 1, drawn.rgb.shape[1])[None, :, None]
    photo = shade.astype(np.uint8)
    stage.generators["acting@1"] = Actor(acting.another_person)
    true = shown(swapped(stage, drawn, photo, **PAINTED)).astype(int)
    stage.generators["acting@1"] = Actor(tinted)
    made = swapped(stage, drawn, photo, **PAINTED)
    assert outcome(made, "colour cast") == "pass"
    assert "taken out" in value(made, "colour cast")
    assert drawn.person.face is not None
    x, y = np.round(drawn.person.face.centre).astype(int)
    face = np.s_[y - 10 : y + 10, x - 10 : x + 10]
    assert np.abs(shown(made)[face] - true[face]).mean(axis=(0, 1)).max() < 5  # of 8
    assert outcome(made, "garment lock") == "pass"


def test_a_parser_of_the_users_own_parts_garment_and_person(
    stage: TinyStudio, drawn: Drawn
) -> None:
    parser = stage.clothes_parsers["striped@1"] = Striped()
    stage.generators["acting@1"] = Actor(acting.another_person)
    made = swapped(stage, drawn, **PAINTED, clothes_parser="striped@1", attempts=1)
    assert "parsed by striped@1" in value(made, "garment")
    (box,) = parser.boxes
    assert box.width_px > 0.6 * box.height_px > 200
    arm = np.s_[330:360, 60:66]  # below the middle: the parser calls it garment, so it is locked
    assert np.array_equal(shown(made)[arm], drawn.rgb[arm])
    coloured = swapped(stage, drawn, **PAINTED)
    assert not np.array_equal(shown(coloured)[arm], drawn.rgb[arm])
    assert "the pose" in value(coloured, "garment")


def test_a_drawn_garment_wins_over_a_parser(stage: TinyStudio, drawn: Drawn) -> None:
    mask = as_bytes(np.repeat((drawn.garment * 255).astype(np.uint8)[..., None], 3, axis=2))
    digest = recipe_for("cutout", mask).source
    stage.assets[digest] = mask
    made = swapped(stage, drawn, person="ghost", garment=digest, clothes_parser="nowhere@1")
    assert "drawn by you" in value(made, "garment")


def test_without_the_networks_it_says_what_to_pull(stage: TinyStudio, drawn: Drawn) -> None:
    with pytest.raises(ModelMissing, match="packshot models pull person"):
        swapped(stage, drawn, person="ghost", finder="")


class Fixed(ActingFinder):
    """Always finds the same, whatever is shown."""

    def find(self, rgb: Rgb) -> Any:
        return self.person


def test_a_box_says_which_of_several_persons(stage: TinyStudio, drawn: Drawn) -> None:
    """Looked at alone, the person is found where the whole photo has her."""
    looked: list[tuple[int, ...]] = []

    class InBox(ActingFinder):
        def find(self, rgb: Rgb) -> Any:
            looked.append(rgb.shape)
            if rgb.shape[1] == 300:
                return drawn.person
            face, pose = drawn.person.face, drawn.person.pose
            assert face is not None
            assert pose is not None
            corner = np.array([20, 0], np.float32)
            return replace(
                drawn.person,
                face=replace(face, mesh=face.mesh - corner),
                pose=replace(pose, points=pose.points - corner),
                silhouette=np.ones(rgb.shape[:2], np.float32),
            )

    stage.finders["finder@1"] = InBox(drawn.person)
    whole = shown(swapped(stage, drawn, person="faceless"))
    boxed = shown(swapped(stage, drawn, person="faceless", box="20,0,260,420"))
    assert np.array_equal(whole, boxed)
    assert (420, 260, 3) in looked


class Crowd(ActingFinder):
    """Sees a bystander first in the whole photo, and who is meant only in a box of her size."""

    def find(self, rgb: Rgb) -> Any:
        if rgb.shape[1] == 300:
            return super().find(rgb)
        return replace(person_standing(width=600, height=420), others=1)


def test_in_a_box_the_painted_person_is_looked_for_there_too(
    stage: TinyStudio, drawn: Drawn
) -> None:
    bystander = drawn_person(cloth=(40, 150, 60))
    pair = np.concatenate([bystander.rgb, drawn.rgb], axis=1)
    stage.finders["finder@1"] = Crowd(drawn.person)
    wide = acting.profile()
    wide = replace(wide, buckets=((600, 424), *wide.buckets))
    stage.generators["acting@1"] = Actor(acting.another_person, profile=wide)
    made = swapped(stage, drawn, pair, **PAINTED, box="300,0,300,420")
    assert failed(made) == set()
    white = swapped(
        stage, drawn, pair, **PAINTED, box="300,0,300,420", background="white", size_px=400
    )
    assert failed(white) - {"sharpness"} == set()
    picture = shown(white).astype(int)
    green = (picture[..., 1] > picture[..., 0] + 50) & (picture[..., 1] > picture[..., 2] + 50)
    assert not green.any()


@pytest.mark.parametrize("params", [{"person": "ghost"}, PAINTED | {"background": "white"}])
def test_only_the_garment_is_compared_with_the_photo(
    stage: TinyStudio, drawn: Drawn, params: dict[str, Any]
) -> None:
    """The inside of a collar and another person are in no photo: nothing is said of them."""
    stage.generators["acting@1"] = Actor(acting.another_person)
    made = swapped(stage, drawn, **params, size_px=400)
    (own,) = [one for one in made.report.checks if one.name == "photo's own pixels"]
    assert own.outcome == "pass"
    assert own.limit == "0 inside the garment"


def test_a_garment_that_is_not_the_photos_fails_where_it_is_placed(
    stage: TinyStudio, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def brighter(worn: Worn, finder: PersonFinder) -> tuple[Cutout, tuple[Check, ...]]:
        made, checks = ghost(worn, finder)
        return replace(
            made, rgb=np.where(made.rgb < 250, made.rgb + 5, 255).astype(np.uint8)
        ), checks

    monkeypatch.setattr(swap, "ghost", brighter)
    made = swapped(stage, drawn, person="ghost", size_px=400)
    assert "photo's own pixels" in failed(made)


def test_printed_text_is_read_before_and_after(stage: TinyStudio, drawn: Drawn) -> None:
    stage.generators["acting@1"] = Actor(acting.another_person)
    made = swapped(stage, drawn, **PAINTED, check_text=True, text_models="label@1")
    assert outcome(made, "text on the product") == "pass"
    unread = swapped(stage, drawn, **PAINTED, check_text=True, text_models="")
    assert "packshot models pull text-reader" in value(unread, "text on the product")
