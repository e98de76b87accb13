"""Product lock: one changed pixel of the opaque product fails."""

import numpy as np

from pipelines.checks.lock import placed_lock, source_lock
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.placement import place
from tests.pipelines.making import product_photo

ALPHA = np.zeros((260, 300), np.float32)
ALPHA[65:195, 100:200] = 1


def test_one_pixel_of_another_value_is_found() -> None:
    source = product_photo()
    cutout = Cutout(rgb=source.copy(), alpha=ALPHA)
    assert source_lock(cutout, source).outcome == "pass"
    cutout.rgb[0, 0] = 7  # no product there
    assert source_lock(cutout, source).outcome == "pass"
    cutout.rgb[100, 150, 1] += 3
    check = source_lock(cutout, source)
    assert (check.outcome, check.value) == ("fail", "largest difference 3")


def test_paint_on_the_placed_product_is_found() -> None:
    cutout = Cutout(rgb=product_photo(), alpha=ALPHA)
    placed = place(cutout, frame_px=(400, 400), scale=1.0, centre_x_px=200, centre_y_px=200)
    raster = placed.over(np.full((400, 400, 3), 255, np.uint8))
    assert placed_lock(placed, raster).outcome == "pass"
    raster[200, 200] ^= 16
    check = placed_lock(placed, raster)
    assert (check.outcome, check.value) == ("fail", "largest difference 16")
