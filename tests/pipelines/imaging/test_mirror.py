"""The mirror image hangs below the standing line and blurs with distance."""

import numpy as np

from pipelines.imaging.light import Surface
from pipelines.imaging.mirror import reflection
from pipelines.imaging.placement import Placed

MIRROR = Surface(depression_deg=12, roughness=0.02, reflectance=0.05)
SATIN = Surface(depression_deg=12, roughness=0.5, reflectance=0.05)


def flag() -> Placed:
    """Red above, blue below, standing on row 100."""
    rgb = np.zeros((60, 40, 3), np.uint8)
    rgb[:30, :, 0], rgb[30:, :, 2] = 200, 200
    return Placed(
        rgb=rgb, alpha=np.ones((60, 40), np.float32), left_px=80, top_px=40, frame_width_px=200,
        frame_height_px=200, enlargement=1.0,
    )  # fmt: skip


def test_what_is_low_mirrors_close() -> None:
    rgb, share = reflection(flag(), MIRROR)
    assert rgb[110, 100, 2] > 150 > rgb[110, 100, 0]
    assert rgb[150, 100, 0] > 150 > rgb[150, 100, 2]
    assert (share[:100] == 0).all()
    assert share[105, 100] > share[150, 100] > 0


def test_a_rough_surface_blurs_what_is_far_from_it() -> None:
    def edge(surface: Surface) -> float:
        rgb, _ = reflection(flag(), surface)
        return float(np.abs(np.diff(rgb[120:142, 100, 0])).max())

    assert edge(SATIN) < 0.5 * edge(MIRROR)


def test_a_product_outside_the_frame_mirrors_nowhere() -> None:
    outside = Placed(
        rgb=flag().rgb, alpha=flag().alpha, left_px=400, top_px=40, frame_width_px=200,
        frame_height_px=200, enlargement=1.0,
    )  # fmt: skip
    _, share = reflection(outside, MIRROR)
    assert (share == 0).all()
