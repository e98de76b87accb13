"""A cast shadow has the solid's width, the light's softness and the camera's perspective."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed
from pipelines.imaging.shadows import cast_density

Plane = npt.NDArray[np.float32]
SUN = KeyLight(azimuth_deg=270, elevation_deg=45, angular_diameter_deg=0.6, key_ratio=0.8)
SOFTBOX = replace(SUN, angular_diameter_deg=50)
TABLE = Surface(depression_deg=20, roughness=1, reflectance=0)


def on_table(alpha: Plane) -> Placed:
    height, width = alpha.shape
    return Placed(
        rgb=np.zeros((height, width, 3), np.uint8), alpha=alpha, left_px=100,
        top_px=300 - height, frame_width_px=600, frame_height_px=400, enlargement=1.0,
    )  # fmt: skip


def post(height: int = 120) -> Plane:
    return np.ones((height, 40), np.float32)


def flag() -> Plane:
    """A post with a thin arm near its top, and nothing beneath the arm."""
    alpha = np.zeros((160, 120), np.float32)
    alpha[:, :40] = 1
    alpha[20:32] = 1
    return alpha


def reach(shadow: Plane) -> int:
    return int(np.flatnonzero((shadow > 0.5).any(axis=0))[-1])


def test_under_45_degrees_a_shadow_is_as_long_as_the_thing_is_high() -> None:
    foot = 0.4 * 40 * TABLE.foreshortening
    tall = (120 - foot) / np.cos(np.radians(20))
    assert reach(cast_density(on_table(post()), SUN, TABLE)) == pytest.approx(140 + tall, abs=6)


def test_it_has_width_where_the_light_comes_from_the_side() -> None:
    shadow = cast_density(on_table(post()), SUN, TABLE)
    assert np.count_nonzero(shadow[:, 190] > 0.5) >= 7


def test_what_falls_away_from_a_near_camera_gets_smaller() -> None:
    away = replace(SUN, azimuth_deg=0, elevation_deg=25)
    near = replace(TABLE, distance_px=500.0, axis_px=120.0)

    def width_far_back(surface: Surface) -> int:
        shadow = cast_density(on_table(post()), away, surface) > 0.5
        first = int(np.flatnonzero(shadow.any(axis=1))[0])
        return int(shadow[first + 5].sum())

    assert width_far_back(near) < 0.9 * width_far_back(TABLE)


def test_a_thin_arm_high_up_leaves_no_spot_in_soft_light() -> None:
    """Its own shadow is wider than it is dark, also where it falls into the post's."""
    hard, soft = (cast_density(on_table(flag()), light, TABLE) for light in (SUN, SOFTBOX))
    beyond = np.s_[:, 325:]
    assert hard[beyond].max() > 0.9
    assert soft[beyond].max() < 0.45
    row = soft[int(np.argmax(soft[:, 200]))]
    assert (np.diff(row[150:]) < 0.01).all()


def test_the_foot_stays_sharp_and_the_head_goes_soft() -> None:
    shadow = cast_density(on_table(post(160)), SOFTBOX, TABLE)

    def steepest(column: int) -> float:
        return float(np.abs(np.diff(shadow[:, column])).max())

    assert steepest(143) > 2.5 * steepest(250)
