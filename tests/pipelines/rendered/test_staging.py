"""Camera and light of a template, as Blender is told them."""

import math

import numpy as np
import pytest

from pipelines.library import TemplateLibrary
from pipelines.rendered import Stand, stand_of, studio_stand

NAMES = ("raw-wood", "podium", "midnight-gloss")


def seen_at(stand: Stand, point: tuple[float, float, float]) -> tuple[float, float]:
    """Where a pinhole camera over the origin, tilted down, sees a point; shares of the frame."""
    pitch = math.radians(stand.pitch_deg)
    x, y, z = point[0], point[1], point[2] - stand.camera_m
    depth = y * math.cos(pitch) - z * math.sin(pitch)
    up = y * math.sin(pitch) + z * math.cos(pitch)
    focal = stand.focal_mm / stand.sensor_mm
    return 0.5 + focal * x / depth, 0.5 - focal * up / depth


@pytest.mark.parametrize("name", NAMES)
def test_the_place_is_seen_where_the_anchor_is(name: str) -> None:
    template = TemplateLibrary().get(name)
    for anchor in template.anchors:
        stand = stand_of(template, anchor)
        assert seen_at(stand, (*stand.place, 0.0)) == pytest.approx((anchor.x, anchor.y))


@pytest.mark.parametrize("name", NAMES)
def test_a_centimetre_there_has_the_templates_pixels(name: str) -> None:
    template = TemplateLibrary().get(name)
    stand = stand_of(template, template.anchor())
    x, y = stand.place
    left, right = (seen_at(stand, (x + side, y, 0.0))[0] for side in (-0.005, 0.005))
    pixels = (right - left) * template.width_px
    assert pixels == pytest.approx(template.anchor().px_per_cm, rel=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_key_and_sky_together_show_a_white_sheet_as_white(name: str) -> None:
    template = TemplateLibrary().get(name)
    stand = stand_of(template, template.anchor())
    slant = math.sin(math.radians(max(template.light.elevation_deg, 5)))
    key = np.array(stand.sun_watts) * slant
    sky = np.array(stand.sky_radiance) * math.pi
    shown = 0.8 * (key + sky) / math.pi
    assert 0.5 < shown.max() <= 0.73
    share = key.max() / (key.max() + sky.max())
    assert share == pytest.approx(template.light.key_ratio, abs=0.01)
    assert all(0.039 <= one <= 0.851 for one in stand.surface_rgb_linear)


def test_a_studio_sees_the_middle_of_a_model_that_fills_most_of_its_frame() -> None:
    stand = studio_stand()
    width, height = stand.size_m
    x, y = stand.place
    assert seen_at(stand, (x, y, height / 2)) == pytest.approx((0.5, 0.5))
    left, right = (seen_at(stand, (x + side, y, height / 2))[0] for side in (-width / 2, width / 2))
    assert right - left == pytest.approx(0.72, abs=0.02)
    corners = [seen_at(stand, (x + side, y - width / 2, z)) for side in (-width / 2, width / 2)
               for z in (0.0, height)]  # fmt: skip
    assert all(0.02 < value < 0.98 for corner in corners for value in corner)
    assert stand.filled
    template = TemplateLibrary().get("podium")
    assert not stand_of(template, template.anchor()).filled
