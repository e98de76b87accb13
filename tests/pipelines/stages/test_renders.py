"""3D renders through the whole path: alpha and shadow as given, marked as what they are."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipelines import Produced, TemplateLibrary, produce
from pipelines.spec import Kind
from tests.pipelines.exr_making import box_planes, write_exr
from tests.pipelines.making import TinyStudio, as_bytes, product_photo, recipe_for, write_template

SIDE = 240
CLAY = (188, 124, 63)


@pytest.fixture
def studio(tmp_path: Path) -> TinyStudio:
    """A studio with the template ``table`` of 240 px."""
    write_template(tmp_path / "templates", "table")
    return TinyStudio(TemplateLibrary(tmp_path / "templates"))


@pytest.fixture
def render(tmp_path: Path) -> bytes:
    """A clay square, its shadow on the ground to its right."""
    planes = box_planes(side=SIDE, rgb=(0.5, 0.2, 0.05))
    shadow = np.ones((SIDE, SIDE), np.float32)
    shadow[150:180, 170:210] = 0.4
    return write_exr(tmp_path, planes | {"Shadow Catcher.Y": shadow})


def make(studio: TinyStudio, kind: Kind, data: bytes, **params: Any) -> Produced:
    return produce(recipe_for(kind, data, **params), data, name="box.exr", studio=studio)


def said(done: Produced) -> dict[str, str]:
    return {one.name: one.value for one in done.report.checks}


def pixels(done: Produced) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(done.data)).convert("RGB"))


def test_a_cutout_is_the_renders_own_alpha(studio: TinyStudio, render: bytes) -> None:
    done = make(studio, "cutout", render)
    picture = np.asarray(Image.open(io.BytesIO(done.data)))
    assert picture.shape == (SIDE, SIDE, 4)
    assert tuple(picture[120, 120]) == (*CLAY, 255)
    assert (picture[..., 3] == 255).sum() == (SIDE // 2) ** 2
    assert said(done)["cutout"] == "alpha as given by the source"


def test_on_white_the_shadow_pass_is_the_shadow(studio: TinyStudio, render: bytes) -> None:
    done = make(studio, "white", render, size_px=SIDE, fill=0.5, format="png", shadow="natural")
    assert "own pass" in said(done)["shadow"]
    picture = pixels(done)
    assert tuple(picture[120, 120]) == CLAY
    in_shadow = picture[165, 190]
    assert in_shadow.max() < 190
    assert np.ptp(in_shadow.astype(int)) <= 1
    bare = make(studio, "white", render, size_px=SIDE, fill=0.5, format="png")
    assert tuple(pixels(bare)[165, 190]) == (255, 255, 255)


def test_renders_are_marked_in_report_and_file(studio: TinyStudio, render: bytes) -> None:
    done = make(studio, "white", render, size_px=SIDE)
    assert said(done)["source kind"] == "3D render"
    assert b"digitalCreation" in done.data
    as_photo = make(studio, "white", render, size_px=SIDE, source_kind="photo")
    assert "source kind" not in said(as_photo)
    assert b"digitalCreation" not in as_photo.data


def test_a_user_may_say_that_a_picture_is_a_render(studio: TinyStudio) -> None:
    photo = as_bytes(product_photo())
    assert "source kind" not in said(make(studio, "white", photo, size_px=200))
    told = make(studio, "white", photo, size_px=200, source_kind="render")
    assert said(told)["source kind"] == "3D render"
    assert b"digitalCreation" in told.data


def test_exposure_changes_what_is_seen_and_the_report_says_the_curve(
    studio: TinyStudio, render: bytes
) -> None:
    darker = make(studio, "cutout", render, exposure_ev=-1)
    assert np.asarray(Image.open(io.BytesIO(darker.data)))[120, 120, 0] < CLAY[0] - 30
    notes = [one.value for one in darker.report.checks if one.name == "source"]
    assert any("-1 EV" in one for one in notes)


def test_in_a_scene_the_shadow_pass_is_used_only_when_asked_for(
    studio: TinyStudio, render: bytes
) -> None:
    reckoned = make(studio, "scene", render, template="table", format="png")
    own = make(studio, "scene", render, template="table", format="png", own_shadow=True)
    assert "own pass" in said(own)["shadow"]
    assert "shadow" not in said(reckoned)
    assert (pixels(own) != pixels(reckoned)).any()
    photo = as_bytes(product_photo())
    without = make(studio, "scene", photo, template="table", own_shadow=True)
    assert "no shadow pass" in said(without)["shadow"]


def test_a_render_made_for_the_template_is_laid_over_it_as_it_is(
    studio: TinyStudio, render: bytes
) -> None:
    template = studio.template("table")
    fits = f"{template.name}@{template.revision}"
    done = make(studio, "scene", render, template="table", rendered_for=fits, format="png")
    picture = pixels(done)
    assert tuple(picture[120, 120]) == CLAY
    assert said(done)["product lock"].endswith("0")
    plate = template.plate().astype(int)
    assert (plate[165, 190] - picture[165, 190] > 15).all()  # the render's shadow, on the table
    assert np.abs(plate[20, 20] - picture[20, 20]).max() == 0
    stale = make(studio, "scene", render, template="table", rendered_for="table@old")
    assert "light" not in said(stale)
