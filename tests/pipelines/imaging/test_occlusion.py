"""A column hides half the sky at its foot, and less and less farther away."""

import numpy as np

from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.occlusion import hidden_sky
from pipelines.imaging.placement import Placed
from pipelines.imaging.standing import standing_of

LIGHT = KeyLight(azimuth_deg=270, elevation_deg=40, angular_diameter_deg=4, key_ratio=0.8)
PAPER = Surface(depression_deg=30, roughness=0.6, reflectance=0.0)


def column(height: int) -> Placed:
    alpha = np.ones((height, 60), np.float32)
    return Placed(
        rgb=np.full((height, 60, 3), 99, np.uint8), alpha=alpha, left_px=270,
        top_px=300 - height, frame_width_px=600, frame_height_px=400, enlargement=1.0,
    )  # fmt: skip


def test_the_share_falls_from_a_half_to_nothing() -> None:
    placed = column(200)
    sky, size = hidden_sky(placed, standing_of(placed.alpha, PAPER), PAPER, LIGHT)
    assert size == (600, 400)
    row = sky.share[72]
    assert np.isclose(row.max(), 0.5, atol=0.02)
    outward = row[85:]
    assert (np.diff(outward) <= 1e-6).all()
    assert outward[-1] < 0.06


def test_a_taller_product_hides_more() -> None:
    tall, low = (
        hidden_sky(one, standing_of(one.alpha, PAPER), PAPER, LIGHT)[0].share
        for one in (column(200), column(30))
    )
    assert (tall >= low - 1e-6).all()
    assert tall.mean() > 1.5 * low.mean()


def test_the_lit_side_faces_the_light() -> None:
    placed = column(200)
    sky, _ = hidden_sky(placed, standing_of(placed.alpha, PAPER), PAPER, LIGHT)
    assert sky.facing[70, 10] > 0.9
    assert sky.facing[70, -10] == 0
