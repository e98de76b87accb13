"""Several products in a frame: what is seen of each, and all of them as one."""

import numpy as np
import pytest

from pipelines.imaging.company import merged, seen_of, share_seen
from pipelines.imaging.compose import all_in_scene, in_scene
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed

LIGHT = KeyLight(azimuth_deg=300, elevation_deg=40, angular_diameter_deg=6, key_ratio=0.7)
PAPER = Surface(depression_deg=14, roughness=0.6, reflectance=0.02)


def box(left: int, *, top: int = 40, side: int = 40, grey: int = 90, edge: float = 1.0) -> Placed:
    alpha = np.ones((side, side), np.float32)
    alpha[:, 0] = edge
    return Placed(
        rgb=np.full((side, side, 3), grey, np.uint8), alpha=alpha, left_px=left, top_px=top,
        frame_width_px=160, frame_height_px=120, enlargement=1.0,
    )  # fmt: skip


def test_a_nearer_one_covers_a_farther_one() -> None:
    far, near = box(20, grey=60), box(50, top=45, grey=180, edge=0.5)
    behind, before = seen_of([far, near])
    assert share_seen(near, before) == 1
    assert share_seen(far, behind) == pytest.approx(1 - 10 * 35 / 1600)
    whole = merged([far, near])
    assert (whole.left_px, whole.top_px) == (20, 40)
    assert whole.alpha.shape == (45, 70)
    assert tuple(whole.rgb[20, 45]) == (180, 180, 180)
    assert tuple(whole.rgb[20, 5]) == (60, 60, 60)
    edge = whole.alpha[20, 30]
    assert 0.9 < edge < 254 / 255  # covered, but no product's own colour
    assert whole.alpha[2, 60] == 0


def test_one_product_merged_is_itself() -> None:
    one = box(-10, edge=0.4)
    whole = merged([one])
    assert (whole.left_px, whole.alpha.shape) == (0, (40, 30))
    assert np.array_equal(whole.alpha, one.alpha[:, 10:])
    assert seen_of([one])[0].alpha.sum() == whole.alpha.sum()


def test_every_seen_pixel_is_the_merchants_own_and_shadows_are_cast_once() -> None:
    plate = np.full((120, 160, 3), (200, 190, 180), np.uint8)
    everywhere = np.ones((120, 160), np.float32)
    far, near = box(30, grey=60), box(62, top=48, grey=180)
    raster = all_in_scene([far, near], plate, light=LIGHT, surface=PAPER, receiving=everywhere)
    assert [one.locked_difference(raster) for one in seen_of([far, near])] == [0, 0]
    assert merged([far, near]).locked_difference(raster) == 0
    alone = [in_scene(one, plate, light=LIGHT, surface=PAPER, receiving=everywhere)
             for one in (far, near)]  # fmt: skip
    free = merged([far, near]).alpha_in_frame() == 0
    darkest = np.minimum(*alone).astype(int)
    assert (raster.astype(int) <= darkest + 2)[free].all()
    # In full shadow of both, no darker than the sky that both leave: the key is lost only once.
    assert (darkest - raster)[free].max() < 40
