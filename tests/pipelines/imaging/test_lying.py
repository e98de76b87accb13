"""What lies flat is shaded around its outline, by its height and the light."""

import numpy as np
import pytest

from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.lying import lying_shadow
from pipelines.imaging.placement import Placed

FROM_LEFT = KeyLight(azimuth_deg=270, elevation_deg=45, angular_diameter_deg=4, key_ratio=0.8)
ABOVE = Surface(depression_deg=88, roughness=1, reflectance=0)


def card() -> Placed:
    return Placed(
        rgb=np.full((80, 60, 3), 99, np.uint8), alpha=np.ones((80, 60), np.float32), left_px=70,
        top_px=60, frame_width_px=200, frame_height_px=200, enlargement=1.0,
    )  # fmt: skip


@pytest.mark.parametrize("thickness", [4.0, 12.0])
def test_the_shadow_reaches_as_far_as_the_slab_is_high(thickness: float) -> None:
    cast, _ = lying_shadow(card(), FROM_LEFT, ABOVE, thickness_px=thickness)
    row = cast[100]
    reach = np.flatnonzero(row > 0.5)[-1] - 129
    assert reach == pytest.approx(thickness, abs=2)  # light at 45 degrees
    assert row[60] == pytest.approx(0, abs=0.01)


def test_light_from_below_the_picture_throws_it_up() -> None:
    front = KeyLight(azimuth_deg=0, elevation_deg=45, angular_diameter_deg=4, key_ratio=0.8)
    cast, _ = lying_shadow(card(), front, ABOVE, thickness_px=10)
    assert cast[54, 100] > 0.9
    assert cast[146, 100] < 0.1


def test_sky_is_hidden_on_every_side_and_not_far() -> None:
    _, hidden = lying_shadow(card(), FROM_LEFT, ABOVE, thickness_px=6)
    close = [hidden[100, 67], hidden[100, 132], hidden[57, 100], hidden[142, 100]]
    assert min(close) > 0.1
    assert max(close) - min(close) < 0.03
    assert hidden[100, 170] < 0.02
