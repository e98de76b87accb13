"""The rim is a product's partly covered outline, and nothing else of it."""

import numpy as np

from pipelines.imaging.placement import Placed
from pipelines.imaging.rim import clipped, rim_of, wrapped


def disc(size: int = 120, *, glass: bool = False) -> Placed:
    rows, columns = np.indices((size, size))
    distance = np.hypot(rows - size / 2, columns - size / 2) - size * 0.4
    alpha = np.clip(0.5 - distance, 0, 1).astype(np.float32)
    if glass:
        alpha[distance < -12] = 0.4
    return Placed(
        rgb=np.full((size, size, 3), 40, np.uint8), alpha=alpha, left_px=0, top_px=0,
        frame_width_px=size, frame_height_px=size, enlargement=1.0,
    )  # fmt: skip


def test_clear_glass_inside_is_no_rim() -> None:
    rim = rim_of(disc(glass=True).alpha)
    assert rim.any()
    assert not rim[50:70, 50:70].any()


def test_light_wraps_around_the_rim_alone() -> None:
    placed = disc(glass=True)
    colours = wrapped(placed, np.full((120, 120, 3), 250, np.uint8))
    rim = rim_of(placed.alpha)
    assert (colours[~rim] == placed.rgb[~rim]).all()
    assert colours[rim].mean() > placed.rgb[rim].mean() + 10


def test_a_darker_backdrop_leaves_the_rim_as_it_is() -> None:
    placed = disc()
    assert (wrapped(placed, np.zeros((120, 120, 3), np.uint8)) == placed.rgb).all()


def test_a_product_that_leaves_the_frame_is_clipped() -> None:
    size = 120
    half = Placed(
        rgb=disc().rgb, alpha=disc().alpha, left_px=-60, top_px=100, frame_width_px=size,
        frame_height_px=size, enlargement=1.0,
    )  # fmt: skip
    patch, window = clipped(half)
    assert patch.alpha.shape == (20, 60)
    assert window == (slice(100, 120), slice(0, 60))
