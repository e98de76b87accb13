"""Edits from recipe to file: what is locked, where it may happen, and what the file keeps."""

import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipelines import Produced, produce
from pipelines.errors import Interrupted, PaintingFailed, ProductNotFound, RecipeInvalid
from pipelines.generate import Ask
from pipelines.provenance.xmp import marks_in
from pipelines.report import Check
from pipelines.spec import params_from
from pipelines.stages.shot import Unheard
from tests.pipelines.editing.painters import Painter, Painting, Rgb, profile, through_autoencoder
from tests.pipelines.making import TinyStudio, as_bytes, product_photo, recipe_for

MODEL = {"model": "known", "generator": "known@1", "instruction": "add a red dot"}
DOT = (200, 40, 50)


def photo() -> Rgb:
    """A product before a wall with a little texture, by which a drift could be told."""
    picture = product_photo(size=(320, 280)).astype(np.float32)
    noise = np.random.default_rng(2).normal(0, 14, (35, 40, 1)).astype(np.float32)
    grown = cv2.resize(noise, (320, 280), interpolation=cv2.INTER_CUBIC)[..., None]
    wall = (product_photo(size=(320, 280)) == (205, 200, 190)).all(axis=2)[..., None]
    grown[:20] = grown[:, :20] = 0
    return np.asarray(np.clip(picture + grown * wall * 0.4, 0, 255), dtype=np.uint8)


def dotted(bucket: Rgb) -> Rgb:
    height, width = bucket.shape[:2]
    painted = bucket.copy()
    cv2.circle(painted, (width // 6, height // 6), width // 16, DOT, -1)
    return painted


def edit(studio: TinyStudio, *paintings: Painting, data: bytes | None = None,
         ability: Any = "edit", **params: Any) -> Produced:  # fmt: skip
    source = as_bytes(photo()) if data is None else data
    painter = Painter(*paintings, profile=profile(ability, bucket=(320, 320)))
    studio.generators["known@1"] = painter
    recipe = recipe_for("edit", source, **MODEL | params)
    return produce(recipe, source, name="box.png", studio=studio)


def opened(data: bytes) -> npt.NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def check(produced: Produced, name: str) -> Check:
    return next(one for one in produced.report.checks if one.name == name)


def test_the_file_keeps_every_byte_that_was_not_changed(studio: TinyStudio) -> None:
    produced = edit(studio, lambda bucket: through_autoencoder(dotted(bucket)))
    assert produced.report.passed, produced.report.failures
    assert produced.suffix == ".png"
    result = opened(produced.data)
    changed = (result != photo()).any(axis=2)
    assert 0.005 < changed.mean() < 0.06
    assert not changed[:, 160:].any()
    assert np.abs(result[40:50, 48:58].astype(int) - DOT).mean() < 12
    assert check(produced, "product lock").outcome == "pass"
    assert check(produced, "text invented").value.startswith("not looked for")
    assert marks_in(produced.data).source_type == "compositeWithTrainedAlgorithmicMedia"


def test_the_report_says_where_it_ran_and_what_was_left_aside_of_two_leases(
    studio: TinyStudio,
) -> None:
    class Telling(Painter):
        where = "NVIDIA Nothing, bfloat16"

        def remarks(self, ask: Ask) -> tuple[str, ...]:
            return ("known takes no words to keep out",)

    leases: list[str] = []

    class Counting(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            leases.append(name)
            return super().__getitem__(name)

    painter = Telling(lambda bucket: through_autoencoder(dotted(bucket)),
                      profile=profile(bucket=(320, 320)))  # fmt: skip
    studio.generators = Counting({"known@1": painter})
    source = as_bytes(photo())
    made = produce(recipe_for("edit", source, **MODEL), source, name="box.png", studio=studio)
    told = [one.value for one in made.report.checks if one.name == "painter"]
    assert told == ["ran on NVIDIA Nothing, bfloat16", "known takes no words to keep out"]
    assert len(leases) == 2  # what the model can, and one attempt


def test_the_same_recipe_gives_the_same_bytes(studio: TinyStudio) -> None:
    assert edit(studio, dotted).data == edit(studio, dotted).data


def test_a_turned_photo_is_edited_upright(studio: TinyStudio) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = as_bytes(np.rot90(photo()).copy(), exif=exif)
    result = opened(edit(studio, dotted, data=turned).data)
    assert result.shape == (280, 320, 3)
    assert (result[:, 160:] == photo()[:, 160:]).all()


def test_a_picture_with_alpha_keeps_it(studio: TinyStudio) -> None:
    alpha = np.zeros((280, 320), np.uint8)
    alpha[30:260, 30:300] = 255
    alpha[30:40, 30:300] = 120
    data = as_bytes(np.dstack([photo(), alpha]))
    with pytest.raises(RecipeInvalid, match="all of it is product"):
        edit(studio, dotted, data=data)
    result = opened(edit(studio, dotted, data=data, allow_product_changes=True).data)
    assert (result[..., 3] == alpha).all()
    assert (result[..., :3] == photo())[alpha == 0].all()
    assert (result[..., :3] != photo()).any()
    with pytest.raises(RecipeInvalid, match="holds no transparency"):
        edit(studio, dotted, data=data, allow_product_changes=True, format="jpeg")


def test_an_area_confines_the_edit_and_lets_an_inpainting_model_make_it(
    studio: TinyStudio,
) -> None:
    result = opened(edit(studio, lambda bucket: 255 - bucket // 2, dotted, area="10%,10%,15%,20%",
                         ability="inpaint").data)  # fmt: skip
    changed = (result != photo()).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert rows.min() >= 28 and rows.max() < 84  # noqa: PT018 - one box
    assert columns.min() >= 32 and columns.max() < 80  # noqa: PT018 - one box
    with pytest.raises(RecipeInvalid, match="mark with area"):
        edit(studio, dotted, ability="inpaint")


def test_an_area_may_be_drawn(studio: TinyStudio) -> None:
    mask = np.zeros((280, 320), np.uint8)
    mask[30:70, 30:80] = 255
    drawn, black, small = (as_bytes(one) for one in (mask, mask * 0, mask[:-1]))
    for data in (drawn, black, small):
        digest = recipe_for("cutout", data).source
        studio.assets[digest] = data
    result = opened(edit(studio, dotted, area_mask=recipe_for("cutout", drawn).source).data)
    changed = (result != photo()).any(axis=2)
    assert changed.any()
    assert not changed[mask == 0].any()
    with pytest.raises(RecipeInvalid, match="black all over"):
        edit(studio, dotted, area_mask=recipe_for("cutout", black).source)
    with pytest.raises(RecipeInvalid, match="320 x 280"):
        edit(studio, dotted, area_mask=recipe_for("cutout", small).source)


@pytest.mark.parametrize(
    ("area", "words"),
    [
        ("130,90,30,30", "lies on the locked product"),
        ("300,10,90,40", "area = '300,10,90,40': must lie within the photo"),
    ],
)
def test_an_area_in_which_nothing_can_change_is_refused(
    studio: TinyStudio, area: str, words: str
) -> None:
    with pytest.raises(RecipeInvalid, match=words):
        edit(studio, dotted, area=area)


def test_the_product_changes_only_where_allowed(studio: TinyStudio) -> None:
    def painted(bucket: Rgb) -> Rgb:
        result = bucket.copy()
        cv2.circle(result, (160, 160), 20, (250, 250, 250), -1)
        return result

    locked = edit(studio, painted)
    assert "on the locked product" in check(locked, "edit made").value
    assert (opened(locked.data) == photo()).all()
    free = edit(studio, painted, allow_product_changes=True)
    assert free.report.passed, free.report.failures
    assert "largest difference" in check(free, "product changed").value
    assert (opened(free.data)[138:142, 158:162] == 250).all()


def test_without_a_product_there_is_nothing_to_lock(studio: TinyStudio) -> None:
    wall = np.full((280, 320, 3), 120, np.uint8)
    with pytest.raises(ProductNotFound, match="--allow-product-changes"):
        edit(studio, dotted, data=as_bytes(wall))
    free = edit(studio, dotted, data=as_bytes(wall), allow_product_changes=True)
    assert check(free, "cutout").outcome == "note"
    assert (opened(free.data) != wall).any()


def test_invented_text_is_read_and_asked_for_again(studio: TinyStudio) -> None:
    def written(bucket: Rgb) -> Rgb:
        painted = bucket.copy()
        painted[100:220, 100:220] = 30
        return painted

    made = edit(studio, written, text_models="label@1", allow_product_changes=True, attempts=2)
    assert check(made, "text invented").outcome == "fail"
    assert "text invented: “NIGHT SERUM”" in check(made, "attempts").value
    asked = edit(studio, written, text_models="label@1", allow_product_changes=True,
                 instruction="write NIGHT SERUM on it")  # fmt: skip
    assert check(asked, "text invented").outcome == "pass"


@pytest.mark.parametrize("painting", [np.zeros_like, lambda bucket: bucket[:-3]])
def test_no_picture_is_made_of_answers_that_are_none(
    studio: TinyStudio, painting: Callable[[Rgb], Rgb]
) -> None:
    with pytest.raises(PaintingFailed, match="seed 0 failed"):
        edit(studio, painting, attempts=2)


def test_it_stops_when_it_is_cancelled(studio: TinyStudio) -> None:
    class Stopping(Unheard):
        def cancelled(self) -> bool:
            return bool(painter.asked)

    painter = Painter(np.zeros_like, profile=profile(bucket=(320, 320)))
    studio.generators["known@1"] = painter
    source = as_bytes(photo())
    with pytest.raises(Interrupted):
        produce(recipe_for("edit", source, **MODEL), source, name="box.png", studio=studio,
                control=Stopping())  # fmt: skip
    assert len(painter.asked) == 1


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"instruction": "  "}, "must say what to change"),
        ({"instruction": "x" * 5001}, "5,001 characters"),
        ({"instruction": "go", "area": "1,2,3"}, "must be x,y,width,height"),
        ({"instruction": "go", "area": "0,0,9,9", "area_mask": "ab" * 32}, "not both"),
        ({"instruction": "go", "steps": 0}, "must be 1 to 150"),
        ({"instruction": "go", "template": "podium"}, "edit knows only"),
    ],
)
def test_an_edit_that_says_nothing_sensible_cannot_be_asked_for(
    params: dict[str, Any], words: str
) -> None:
    with pytest.raises(RecipeInvalid, match=words):
        params_from("edit", {"model": "known", **params})
