"""The geometry of a level surface before a wall."""

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.adopt.ground import fall_at, ground, surface_mask
from pipelines.library import Camera

CAMERA = Camera(focal_mm=50, sensor_mm=36, pitch_deg=12, height_cm=30, distance_cm=90)


def depth_cm(camera: Camera = CAMERA, **edges: float) -> npt.NDArray[np.float64]:
    wanted = {"back_y": 0.55, "slope": 0.0, "front_y": 1.0} | edges
    made = ground(camera, aspect=1.0, **wanted)
    near, far = 1 / made.near_cm, 1 / made.far_cm
    return np.asarray(1 / (made.disparity / 255 * (near - far) + far))


def test_the_wall_stands_where_the_surface_ends() -> None:
    depth = depth_cm()
    edge = int(0.55 * 768)
    assert depth[edge - 6, 400] == pytest.approx(depth[edge + 6, 400], rel=0.06)
    assert depth[700, 400] < depth[600, 400] < depth[edge + 6, 400]


def test_a_place_on_the_surface_is_as_far_as_its_fall_says() -> None:
    depth = depth_cm()
    for y in (0.65, 0.8, 0.95):
        expected = CAMERA.height_cm / fall_at(CAMERA, y, aspect=1.0)
        assert depth[int(y * 768), 300] == pytest.approx(expected, rel=0.02)


def test_a_tilted_edge_tilts_the_surface() -> None:
    mask = surface_mask((100, 100), back_y=0.5, slope=0.1, front_y=0.9)
    assert mask[:, 5].argmax() < mask[:, 95].argmax()
    assert not mask[95].any()


def test_seen_from_above_there_is_one_depth() -> None:
    above = Camera(focal_mm=50, sensor_mm=36, pitch_deg=90, height_cm=80, distance_cm=80)
    depth = depth_cm(above, back_y=0.0)
    assert depth.min() > 70
    assert depth.max() < 90
