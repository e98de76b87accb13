"""Light on the surface: what the product takes, gives back, and mirrors."""

import numpy as np
import pytest

from pipelines.imaging.exposure import to_light
from pipelines.imaging.ground import kept_by_all, light_behind, mirror, window_of
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed

FROM_LEFT = KeyLight(azimuth_deg=270, elevation_deg=40, angular_diameter_deg=4, key_ratio=0.7)
PAPER = Surface(depression_deg=15, roughness=0.6, reflectance=0.0)
GLOSS = Surface(depression_deg=15, roughness=0.05, reflectance=0.05)
EVERYWHERE = np.ones((300, 400), np.float32)


def post(*, grey: int = 60) -> Placed:
    return Placed(
        rgb=np.full((120, 40, 3), grey, np.uint8), alpha=np.ones((120, 40), np.float32),
        left_px=150, top_px=80, frame_width_px=400, frame_height_px=300, enlargement=1.0,
    )  # fmt: skip


def test_in_the_shadow_sky_is_hidden_near_the_foot() -> None:
    kept = kept_by_all([post()], FROM_LEFT, PAPER, EVERYWHERE)
    near, far = kept[196, 196].mean(), kept[196, 300].mean()
    assert near < far < 0.6
    assert kept[280, 20].min() > 0.97


def test_a_bright_product_gives_light_back_on_its_lit_side() -> None:
    dark, bright = (kept_by_all([post(grey=g)], FROM_LEFT, PAPER, EVERYWHERE) for g in (10, 230))
    assert bright[196, 140].mean() > dark[196, 140].mean() + 0.02
    assert bright.max() <= 1


def test_nothing_happens_beyond_the_window() -> None:
    rows, columns = window_of(post(), FROM_LEFT, EVERYWHERE)
    kept = kept_by_all([post()], FROM_LEFT, PAPER, EVERYWHERE)
    kept[rows, columns] = 1
    assert kept.min() > 0.97
    assert window_of(post(), FROM_LEFT, np.zeros_like(EVERYWHERE)) == (slice(0, 0), slice(0, 0))


def test_a_product_no_brighter_than_the_wall_is_hardly_mirrored() -> None:
    plate = np.full((300, 400, 3), 150, np.uint8)
    receiving = EVERYWHERE.copy()
    receiving[:150] = 0
    behind = light_behind(plate, receiving)
    assert behind == pytest.approx(to_light(plate)[0, 0])
    same, darker = to_light(plate), to_light(plate)
    mirror(same, post(grey=150), GLOSS, receiving, behind=behind)
    assert np.abs(same - to_light(plate)).max() < 0.02
    mirror(darker, post(grey=20), GLOSS, receiving, behind=behind)
    assert darker[210, 170].mean() < 0.95 * to_light(plate)[0, 0].mean()
    assert (darker[:150] == to_light(plate)[:150]).all()
