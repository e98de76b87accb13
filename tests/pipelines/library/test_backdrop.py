"""A plate is decoded once while it is in use, cut and scaled, and knows its surface."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import TemplateLibrary
from pipelines.errors import RecipeInvalid
from pipelines.imaging.crop import View, whole
from pipelines.library import Template
from tests.pipelines.making import write_template

PLATE = (240, 240)


@pytest.fixture
def template(tmp_path: Path) -> Template:
    write_template(tmp_path, "table")
    return TemplateLibrary(tmp_path).get("table")


def test_the_same_part_is_decoded_once(template: Template) -> None:
    first = template.backdrop(whole(PLATE), PLATE)
    assert template.backdrop(whole(PLATE), PLATE) is first
    with pytest.raises(ValueError, match="read-only"):
        first.rgb[0, 0] = 0


def test_an_edited_plate_is_decoded_anew(template: Template, tmp_path: Path) -> None:
    before, revision = template.backdrop(whole(PLATE), PLATE), template.revision
    Image.fromarray(np.full((240, 240, 3), 20, np.uint8)).save(template.folder / "plate.png")
    edited = TemplateLibrary(tmp_path).get("table")
    assert edited.revision != revision
    assert edited.backdrop(whole(PLATE), PLATE).rgb.mean() < 30 < before.rgb.mean()


def test_a_part_is_cut_and_scaled(template: Template) -> None:
    view = View(left=40, top=120, width_px=100, height_px=60)
    part = template.backdrop(view, (200, 120))
    assert part.rgb.shape == (120, 200, 3)
    assert part.receiving.shape == (120, 200)
    assert part.receiving.mean() > 0.9


def test_what_only_crosses_the_surfaces_depth_is_no_surface(template: Template) -> None:
    path, revision = template.folder / "depth.png", template.revision
    depth = np.asarray(Image.open(path)).copy()
    depth[205:, :90] = 255  # a thing close to the camera
    depth[215:225, 20:60] = depth[215:225, 200:201]  # of which a part has the surface's depth
    Image.fromarray(depth).save(path)
    assert template.revision != revision
    receiving = template.receiving()
    assert receiving[220, 40] < 0.1
    assert receiving[220, 200] > 0.9


def test_folds_are_surface_and_the_front_of_a_step_is_not(template: Template) -> None:
    path, least, most = template.folder / "depth.png", 1 / 400, 1 / 40
    inverse = np.asarray(Image.open(path)) / 255 * (most - least) + least
    inverse[190:205] *= 1.04  # cloth lies on the plane, nearer
    inverse[215:] *= 0.965  # what is below it seems farther
    depth = np.clip((inverse - least) / (most - least) * 255, 0, 255)
    Image.fromarray(depth.astype(np.uint8)).save(path)
    receiving = template.receiving()
    assert receiving[197, 120] > 0.9
    assert receiving[230, 120] < 0.1


def test_distance_grows_towards_the_back(template: Template) -> None:
    distance = template.distance_cm(whole(PLATE), PLATE)
    assert distance[150, 120] > distance[230, 120] > 40
    anchor = template.anchor()
    at_anchor = distance[int(anchor.y * 240), 120]
    assert at_anchor == pytest.approx(
        30 / (np.sin(0.2094) + 0.3 * 240 / template.focal_px), rel=0.1
    )


def test_a_spot_has_the_scale_of_its_distance(template: Template) -> None:
    near, far = (template.spot(0.5, y, name="") for y in (0.9, 0.6))
    assert near.px_per_cm > template.anchor().px_per_cm > far.px_per_cm
    assert far.max_height < template.anchor().max_height
    beside = template.spot(0.1, 0.8, name="")
    assert beside.max_width < 0.2
    with pytest.raises(RecipeInvalid, match="above the surface"):
        template.spot(0.5, 0.2, name="")


def test_the_surface_knows_the_camera(template: Template) -> None:
    surface = template.surface_at(template.anchor())
    assert surface.axis_px == 120
    assert surface.distance_px == pytest.approx(50 / 36 * 240)
    assert not surface.lies_flat
