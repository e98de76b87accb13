"""Putting the product back: exactly, and in contact with what is under it."""

import numpy as np
import pytest

from pipelines.imaging.light import Surface
from pipelines.imaging.placement import Placed
from pipelines.painting import put_back

SIDE = 240
TABLE = Surface(depression_deg=15, roughness=1, reflectance=0, distance_px=400, axis_px=120)
FLAT = Surface(depression_deg=89, roughness=1, reflectance=0)


def placed() -> Placed:
    draw = np.random.default_rng(0)
    return Placed(
        rgb=draw.integers(0, 256, (100, 70, 3)).astype(np.uint8),
        alpha=np.ones((100, 70), np.float32),
        left_px=85,
        top_px=70,
        frame_width_px=SIDE,
        frame_height_px=SIDE,
        enlargement=1.0,
    )


@pytest.mark.parametrize(("surface", "thickness_px"), [(TABLE, None), (FLAT, 4.0)])
def test_a_painting_without_contact_gets_one_and_the_product_stays(
    surface: Surface, thickness_px: float | None
) -> None:
    plain = np.full((SIDE, SIDE, 3), 190, np.uint8)
    raster, shaded = put_back(
        placed(), plain, surface=surface, receiving=np.ones((SIDE, SIDE), np.float32),
        thickness_px=thickness_px, zoom=0.3,
    )  # fmt: skip
    assert shaded
    assert placed().locked_difference(raster) == 0
    assert raster[171:173, 100:140].mean() < 184
    assert (raster[:20] == 190).all()
    assert (plain == 190).all()


def test_a_painters_own_shadow_is_left_and_only_met() -> None:
    shadow = np.full((SIDE, SIDE, 3), 190, np.uint8)
    shadow[165:185, 80:160] = 110
    raster, shaded = put_back(
        placed(), shadow, surface=TABLE, receiving=np.ones((SIDE, SIDE), np.float32),
        thickness_px=None, zoom=0.3,
    )  # fmt: skip
    assert not shaded
    assert placed().locked_difference(raster) == 0
    assert raster[171, 100:140].mean() < 108
    assert (raster[200:] == shadow[200:]).all()
