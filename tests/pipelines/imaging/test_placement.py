"""A product that is made larger or smaller keeps its own colours up to its edge."""

import numpy as np
import pytest

from pipelines.imaging.cutout import VISIBLE, Cutout
from pipelines.imaging.placement import place_at

RED, BLUE = (210, 40, 30), (20, 60, 230)


def _disc(*, soft_px: float = 6.0, colour: tuple[int, int, int] = RED) -> Cutout:
    """A disc with a soft edge, on what was a blue wall in the photo."""
    rows, columns = np.mgrid[0:120, 0:140]
    apart = np.hypot(rows - 60, columns - 70)
    alpha = np.clip((40 - apart) / soft_px + 0.5, 0, 1).astype(np.float32)
    rgb = np.where((alpha > 0)[..., None], colour, BLUE).astype(np.uint8)
    return Cutout(rgb=rgb, alpha=alpha)


@pytest.mark.parametrize("scale", [0.37, 0.8, 1.25, 2.6])
def test_no_background_bleeds_into_a_resized_product(scale: float) -> None:
    placed = place_at(_disc(), frame_px=(400, 400), scale=scale, corner_px=(10, 10))
    seen = placed.alpha >= VISIBLE
    assert (placed.alpha[~seen] == 0).all()
    assert placed.alpha.max() <= 1
    off = np.abs(placed.rgb.astype(np.float32) - RED).max(axis=-1) * placed.alpha
    assert off[seen].max() <= 1.5
    assert off[placed.alpha >= 0.999].max() <= 1


@pytest.mark.parametrize("scale", [0.8, 1.25, 1.7, 2.6])
def test_a_bright_product_keeps_its_rim(scale: float) -> None:
    """Cubic filters ring past white beside a sharp edge: cut off there, the rim would be grey."""
    cutout = _disc(soft_px=1.0, colour=(250, 249, 248))
    placed = place_at(cutout, frame_px=(400, 400), scale=scale, corner_px=(5, 5))
    assert placed.rgb[placed.alpha >= 0.999].min() >= 247


def test_a_product_of_the_right_size_is_not_touched() -> None:
    cutout = _disc()
    box = cutout.box
    placed = place_at(cutout, frame_px=(300, 300), scale=1.0, corner_px=(0, 0))
    window = np.s_[box.top : box.bottom, box.left : box.right]
    assert (placed.rgb == cutout.rgb[window]).all()
