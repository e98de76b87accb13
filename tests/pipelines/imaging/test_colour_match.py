"""A tint stays inside its bound, and is a tint."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.imaging.colour import delta_e, to_lab
from pipelines.imaging.colour_match import match_colour
from pipelines.imaging.cutout import OPAQUE, Cutout
from pipelines.imaging.light import KeyLight, Rgb

WHITE: Rgb = (1.0, 1.0, 1.0)


def lit(colour: Rgb, *, ambient: Rgb = WHITE) -> KeyLight:
    return KeyLight(
        azimuth_deg=0, elevation_deg=40, angular_diameter_deg=4, key_ratio=0.9,
        color_rgb_linear=colour, ambient_rgb_linear=ambient,
    )  # fmt: skip


def colours(seed: int) -> Cutout:
    rng = np.random.default_rng(seed)
    alpha = np.ones((40, 30), np.float32)
    alpha[:5] = 0.5
    return Cutout(rgb=rng.integers(0, 256, (40, 30, 3), dtype=np.uint8), alpha=alpha)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99), limit=st.floats(3, 12))
def test_colour_match_stays_inside_its_bound(seed: int, limit: float) -> None:
    cutout = colours(seed)
    tinted, moved = match_colour(cutout, lit((1.0, 0.6, 0.3)), limit=limit)
    opaque = cutout.alpha >= OPAQUE
    worst = float(delta_e(tinted.rgb[opaque], cutout.rgb[opaque]).max())
    assert worst <= limit
    assert moved == pytest.approx(worst, abs=1e-4)
    assert worst > 0


def test_warm_light_makes_a_grey_warm_and_leaves_it_as_light() -> None:
    grey = Cutout(rgb=np.full((9, 9, 3), 128, np.uint8), alpha=np.ones((9, 9), np.float32))
    tinted, _ = match_colour(grey, lit((1.0, 0.8, 0.6)), limit=8)
    lightness, _, yellow = to_lab(tinted.rgb)[4, 4]
    assert yellow > 2
    assert lightness == pytest.approx(to_lab(grey.rgb)[4, 4, 0], abs=0.6)


def test_neutral_light_leaves_everything() -> None:
    cutout = colours(1)
    tinted, moved = match_colour(cutout, lit(WHITE), limit=8)
    assert moved == 0
    assert (tinted.rgb == cutout.rgb).all()


def test_nothing_opaque_is_nothing_to_match() -> None:
    clear = Cutout(rgb=np.zeros((9, 9, 3), np.uint8), alpha=np.full((9, 9), 0.4, np.float32))
    assert match_colour(clear, lit((1.0, 0.6, 0.3)), limit=8) == (clear, 0.0)
