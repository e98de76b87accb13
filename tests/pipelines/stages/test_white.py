"""White images end to end: shadows that are possible, sources that are too small."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipelines import Produced, produce
from tests.pipelines.making import TinyStudio, as_bytes, product_photo, recipe_for

PHOTO = as_bytes(product_photo())


def make(studio: TinyStudio, data: bytes = PHOTO, **params: Any) -> Produced:
    return produce(recipe_for("white", data, **params), data, name="box.png", studio=studio)


def said(produced: Produced, name: str) -> str:
    return next(check.value for check in produced.report.checks if check.name == name)


def outcome(produced: Produced, name: str) -> str:
    return next(check.outcome for check in produced.report.checks if check.name == name)


def opened(produced: Produced) -> npt.NDArray[np.uint8]:
    with Image.open(io.BytesIO(produced.data)) as image:
        return np.asarray(image.convert("RGB"))


def names(produced: Produced) -> set[str]:
    return {check.name for check in produced.report.checks}


def test_a_natural_shadow_is_kept_where_the_photo_has_one(studio: TinyStudio) -> None:
    picture = product_photo().astype(np.float32)
    for row in range(195, 215):
        picture[row, 100:240] *= 0.72
    made = make(studio, as_bytes(picture.astype(np.uint8)), shadow="natural", format="png")
    assert "the photo's own" in said(made, "shadow")
    assert outcome(made, "product lock") == "pass"
    raster = opened(made)
    assert raster[:20].min() == 255
    beside = raster[int(raster.shape[0] * 0.7) :, int(raster.shape[1] * 0.87) :]
    assert 120 < beside.min() < 245


def test_a_natural_shadow_that_cannot_be_had_is_replaced_and_said(studio: TinyStudio) -> None:
    picture = product_photo()
    alpha = np.zeros(picture.shape[:2], np.uint8)
    alpha[60:200, 100:200] = 255
    made = make(studio, as_bytes(np.dstack([picture, alpha])), shadow="natural")
    assert said(made, "shadow").startswith("contact instead of natural")


def test_where_the_photo_cuts_the_foot_off_nothing_is_cast(studio: TinyStudio) -> None:
    picture = product_photo()[:150]
    made = make(studio, as_bytes(picture), shadow="drop", format="png")
    assert "left out" in said(made, "shadow")
    assert (opened(made)[-1] < 200).any(), "the product reaches the frame's lower edge"
    free = make(studio, as_bytes(picture), shadow="drop", snap=False, format="png")
    assert (opened(free)[-1] == 255).all()


@pytest.mark.parametrize("upscale", ["auto", "always"])
def test_a_small_photo_is_enlarged_where_that_is_allowed(studio: TinyStudio, upscale: str) -> None:
    made = make(studio, size_px=480, upscale=upscale, upscaler="repeat@1")
    assert outcome(made, "sharpness") == "pass"
    assert "by repeat@1 on arithmetic" in said(made, "sharpness")
    assert outcome(made, "upscaling") == "pass"
    assert outcome(made, "product lock") == "pass"


def test_a_photo_that_is_large_enough_is_left_alone(studio: TinyStudio) -> None:
    assert "upscaling" not in names(make(studio, size_px=200, upscale="auto"))
    assert "upscaling" not in names(make(studio, size_px=480))


def test_never_says_what_would_help(studio: TinyStudio) -> None:
    made = make(studio, size_px=1200)
    (failed,) = [check for check in made.report.failures if check.name == "sharpness"]
    assert "--upscale auto" in failed.fix


def test_a_network_has_its_limit_too(studio: TinyStudio) -> None:
    made = make(studio, size_px=1200, upscale="auto", upscaler="repeat@1")
    assert outcome(made, "sharpness") == "fail"


def test_frame_and_ratio_are_those_of_the_recipe(studio: TinyStudio) -> None:
    made = make(studio, ratio="300x400", margin="10%,20px")
    assert (made.width_px, made.height_px) == (300, 400)
    dark = np.nonzero(opened(made).min(axis=2) < 200)
    assert dark[0].min() >= 39
    assert dark[1].min() >= 19
