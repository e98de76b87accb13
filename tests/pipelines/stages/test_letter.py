"""The lettering stage within the whole path: file in, file with words and their checks out."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipelines import Produced, TemplateLibrary, produce
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed
from pipelines.spec import Kind
from pipelines.stages.letter import cast_core
from tests.pipelines.brands.kits import write_kit
from tests.pipelines.making import TinyStudio, as_bytes, product_photo, recipe_for, write_template

PHOTO = as_bytes(product_photo(size=(600, 520)))


@pytest.fixture
def studio(tmp_path: Path) -> TinyStudio:
    """A studio with the template ``table`` and the brand ``acorn``, which has a logo."""
    write_template(tmp_path / "templates", "table")
    studio = TinyStudio(TemplateLibrary(tmp_path / "templates"), brands=tmp_path / "brands")
    logo = np.zeros((20, 50, 4), np.uint8)
    logo[..., 2], logo[..., 3] = 200, 255
    Image.fromarray(logo).save(tmp_path / "logo.png")
    studio.brands.add(write_kit(tmp_path, '[logo]\nfile = "logo.png"\ncorner = "top-right"'))
    return studio


def make(studio: TinyStudio, kind: Kind, **params: Any) -> Produced:
    return produce(recipe_for(kind, PHOTO, **params), PHOTO, name="box.png", studio=studio)


def checks(done: Produced) -> dict[str, tuple[str, str]]:
    return {one.name: (one.outcome, one.value) for one in done.report.checks}


def pixels(done: Produced) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(done.data)).convert("RGB"))


def test_words_on_white_leave_the_white_pure_and_the_product_locked(studio: TinyStudio) -> None:
    asked = {"size_px": 640, "fill": 0.5, "format": "png", "brand": "acorn", "shadow": "contact"}
    done = make(studio, "white", headline="Box", points="Green|Square", badge="NEW", **asked)
    found = checks(done)
    assert done.report.passed, done.report.failures
    assert found["text beside product"] == (
        "pass", "0 px over the product, 0 px over its shadow's core",
    )  # fmt: skip
    assert {"headline contrast", "points contrast", "badge contrast", "pure white"} <= set(found)
    bare = pixels(make(studio, "white", **asked))
    assert 0.01 < (pixels(done) != bare).any(axis=-1).mean() < 0.3


def test_words_in_a_scene_take_the_free_space(studio: TinyStudio) -> None:
    done = make(
        studio, "scene", template="table", size_px=600, headline="Box", label="en", brand="acorn"
    )
    found = checks(done)
    assert done.report.passed, done.report.failures
    assert found["label height"][0] == "pass"
    assert found["product lock"][0] == "pass"


def test_a_brand_alone_puts_its_logo(studio: TinyStudio) -> None:
    done = make(studio, "white", size_px=640, fill=0.5, format="png", brand="acorn")
    blue = (pixels(done).reshape(-1, 3) == (0, 0, 200)).all(axis=-1)
    assert blue.sum() > 0.9 * (0.16 * 640) ** 2 * 20 / 50
    assert "fonts" not in checks(done)


def test_channels_without_text_get_no_logo_and_the_report_says_so(studio: TinyStudio) -> None:
    done = make(studio, "white", spec="amazon-main", brand="acorn")
    assert checks(done)["logo"] == ("note", "left out: amazon-main forbids it")
    assert not (pixels(done).reshape(-1, 3) == (0, 0, 200)).all(axis=-1).any()


def test_without_words_nothing_is_said(studio: TinyStudio) -> None:
    assert "text beside product" not in checks(make(studio, "white", size_px=300))


def test_the_same_recipe_gives_the_same_bytes(studio: TinyStudio) -> None:
    first, second = (
        make(studio, "white", size_px=400, fill=0.5, badge="NEW", brand="acorn").data
        for _ in range(2)
    )
    assert first == second


def test_the_core_of_a_shadow_lies_on_the_side_away_from_the_light() -> None:
    placed = Placed(
        rgb=np.zeros((300, 120, 3), np.uint8),
        alpha=np.ones((300, 120), np.float32),
        left_px=440,
        top_px=400,
        frame_width_px=1000,
        frame_height_px=1000,
        enlargement=1.0,
    )
    light = KeyLight(azimuth_deg=290, elevation_deg=40, angular_diameter_deg=2, key_ratio=0.7)
    core = cast_core(placed, light, Surface(depression_deg=15, roughness=1, reflectance=0))
    assert core.shape == (1000, 1000)
    columns = np.flatnonzero(core[:, :].any(axis=0))
    assert columns[-1] > 600  # the light comes from the left, the shadow falls to the right
    assert 1000 - columns[0] < 600 or core[:, :400].sum() == 0
