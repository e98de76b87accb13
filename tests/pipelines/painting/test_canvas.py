"""The empty studio: a template like any other, seen from where the photo was taken."""

import numpy as np
import pytest

from pipelines.imaging.crop import View, whole
from pipelines.imaging.viewpoint import Viewpoint
from pipelines.painting import canvas_for

SIDE = Viewpoint(side="side", confidence=0.9)
ABOVE = Viewpoint(side="above", confidence=0.9)


def test_its_camera_looks_as_the_photos_did() -> None:
    pitches = [
        canvas_for(Viewpoint(side="side", confidence=0.9, most_pitch_deg=pitch)).camera.pitch_deg
        for pitch in (1, 12, 60)
    ]
    assert pitches == [4, 12, 20]
    assert canvas_for(SIDE).camera.pitch_deg == 10
    flat = canvas_for(ABOVE)
    assert flat.surface_at(flat.anchor()).lies_flat
    unsure = canvas_for(Viewpoint(side="above", confidence=0.2))
    assert not unsure.surface_at(unsure.anchor()).lies_flat


@pytest.mark.parametrize("viewpoint", [SIDE, ABOVE])
def test_its_place_lies_on_its_surface_at_its_distance(viewpoint: Viewpoint) -> None:
    canvas = canvas_for(viewpoint)
    spot = canvas.anchor()
    size = (canvas.width_px, canvas.height_px)
    row, column = int(spot.y * size[1]), int(spot.x * size[0])
    assert canvas.receiving()[row, column] == 1
    along = canvas.distance_cm(whole(size), size)
    assert along[row, column] == pytest.approx(canvas.focal_px / spot.px_per_cm, rel=0.02)


def test_the_horizon_lies_above_the_place_and_the_wall_above_the_floor() -> None:
    canvas = canvas_for(SIDE)
    floor = canvas.receiving()[:, 0]
    bend = int(np.flatnonzero(floor > 0.5)[0])
    assert 0.3 < bend / canvas.height_px < canvas.anchor().y
    plate = canvas.plate().astype(int)
    assert plate[: bend - 60].mean() > plate[bend + 60 :].mean() + 5


def test_a_part_of_it_is_that_part() -> None:
    canvas = canvas_for(SIDE)
    view = View(left=100, top=500, width_px=600, height_px=300)
    part = canvas.backdrop(view, (600, 300))
    assert (part.rgb == canvas.plate()[500:800, 100:700]).all()
    assert part.receiving.shape == (300, 600)
    assert canvas.distance_cm(view, (60, 30)).shape == (30, 60)


def test_a_large_product_gets_a_large_studio() -> None:
    usual, large = canvas_for(SIDE), canvas_for(SIDE, height_cm=180)
    spot = large.anchor()
    assert 180 * spot.px_per_cm <= spot.max_height * large.height_px
    assert large.camera.height_cm > 5 * usual.camera.height_cm
    assert large.surface_at(spot).depression_deg == usual.surface_at(usual.anchor()).depression_deg


def test_revisions_tell_cameras_apart() -> None:
    assert canvas_for(SIDE).revision != canvas_for(ABOVE).revision
