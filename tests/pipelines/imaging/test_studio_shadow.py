"""White is white, the product is the product, and what lies between is a shadow."""

from dataclasses import replace
from typing import get_args

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.imaging.placement import Placed
from pipelines.imaging.studio_shadow import Kind, StudioShadow, on_white
from tests.pipelines.imaging.test_compose import bottle, standing

KINDS: tuple[Kind, ...] = get_args(Kind)
FRAME = 200
LOSS = np.zeros((FRAME, FRAME), np.float32)
LOSS[140:170, 60:150] = 0.4


def shadow(kind: Kind, **options: float) -> StudioShadow:
    return StudioShadow(kind=kind, photo_loss=LOSS, **options)


def darkness(placed: Placed, asked: StudioShadow) -> npt.NDArray[np.float64]:
    """How far below white each pixel outside the product is."""
    lost: npt.NDArray[np.float64] = 255 - on_white(placed, asked).astype(np.float64).mean(axis=2)
    lost[placed.alpha_in_frame() > 0] = 0
    return lost


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 99), scale=st.floats(0.3, 1.6), x=st.floats(-20, 220), kind=st.sampled_from(KINDS),
    softness=st.floats(0, 1), direction=st.floats(0, 360), reach=st.floats(0.05, 3),
)  # fmt: skip
def test_no_shadow_touches_the_product_or_the_frame(
    seed: int, scale: float, x: float, kind: Kind, softness: float, direction: float, reach: float
) -> None:
    placed = standing(bottle(seed), scale=scale, x=x)
    asked = shadow(kind, strength=1, softness=softness, direction_deg=direction, reach=reach)
    raster = on_white(placed, asked)
    assert placed.locked_difference(raster) == 0
    border = np.zeros((FRAME, FRAME), np.bool_)
    border[[0, -1]] = border[:, [0, -1]] = True
    border &= placed.alpha_in_frame() == 0
    assert (raster[border] == 255).all()


@pytest.mark.parametrize("kind", KINDS[1:])
def test_each_shadow_is_seen_and_grows_with_strength(kind: Kind) -> None:
    placed = standing(bottle(width=90, height=120))
    faint, strong = (darkness(placed, shadow(kind, strength=one)).sum() for one in (0.2, 0.8))
    assert strong > 1.5 * faint > 0
    assert darkness(placed, shadow(kind, strength=0)).sum() == 0


@pytest.mark.parametrize("kind", ["contact", "drop", "natural"])
def test_most_of_the_frame_stays_exactly_white(kind: Kind) -> None:
    placed = standing(bottle(), scale=0.6)
    lost = darkness(placed, shadow(kind, softness=0.3))
    assert (lost[:60] == 0).all()
    assert (lost > 0).mean() < 0.25


def test_without_a_shadow_everything_outside_is_pure_white() -> None:
    placed = standing(bottle(), scale=0.77)
    raster = on_white(placed, StudioShadow())
    assert (raster[placed.alpha_in_frame() == 0] == 255).all()


def test_a_drop_shadow_falls_away_from_its_light() -> None:
    placed = standing(bottle())
    from_left = darkness(placed, shadow("drop", direction_deg=270, reach=1))
    from_right = darkness(placed, shadow("drop", direction_deg=90, reach=1))
    assert from_left[:, 125:].sum() > 3 * from_left[:, :75].sum()
    assert from_right[:, :75].sum() > 3 * from_right[:, 125:].sum()


def beside(x: float, reach: float, light: float) -> npt.NDArray[np.float64]:
    """Darkness of a low light's shadow, from the product's foot to the frame on that side."""
    placed = standing(bottle(), x=x)
    asked = shadow("drop", direction_deg=light, reach=reach)
    lost: npt.NDArray[np.float64] = darkness(placed, asked).max(axis=0)
    foot = np.flatnonzero(placed.alpha_in_frame().max(axis=0) > 0)
    return lost[foot[-1] + 1 :] if light == 270 else lost[: foot[0]][::-1]


@pytest.mark.parametrize("light", [90, 270])
def test_a_shadow_that_leaves_the_frame_fades_from_the_foot_on(light: float) -> None:
    lost = beside(100, 3, light)
    assert 0.2 < lost[len(lost) // 2] / lost[:5].max() < 0.7
    assert -np.diff(lost).min() < 4 * lost.max() / len(lost), "it ends like a board"


def test_a_shadow_that_the_frame_holds_is_left_as_it_is() -> None:
    middle, aside = beside(100, 0.2, 270), beside(60, 0.2, 270)
    assert np.abs(middle - aside[: len(middle)]).max() <= 2


def test_a_lower_light_reaches_further() -> None:
    placed = standing(bottle(), scale=0.6, x=60)

    def extent(reach: float) -> int:
        lost = darkness(placed, shadow("drop", direction_deg=270, reach=reach, softness=0.1))
        return int(np.flatnonzero(lost.max(axis=0) > 8).max())

    assert extent(1.2) > extent(0.3) + 20


def test_a_soft_contact_shadow_spreads_further() -> None:
    placed = standing(bottle(width=90, height=120))

    def reached(softness: float) -> int:
        lost = darkness(placed, shadow("contact", softness=softness))
        return int(np.flatnonzero(lost.max(axis=1) > 4).max())

    assert reached(0.0) < reached(0.5) < reached(1.0)


def test_a_soft_drop_shadow_has_gentler_edges() -> None:
    placed = standing(bottle(width=60, height=110), x=70)

    def steepest(softness: float) -> float:
        asked = shadow("drop", softness=softness, direction_deg=270, reach=0.7)
        beside = darkness(placed, asked)[:, 112:]
        return float(np.abs(np.diff(beside, axis=0)).max() / beside.max())

    assert steepest(0.1) > 1.5 * steepest(1.0)


def test_a_reflection_ends_where_its_reach_does() -> None:
    placed = standing(bottle())
    far = darkness(placed, shadow("reflection", reach=0.4, softness=0.1))
    near = darkness(placed, shadow("reflection", reach=0.1, softness=0.1))
    assert far[172:180].sum() > 4 * near[172:180].sum()
    assert (far[162:166].sum(), near[162:166].sum()) > (0, 0)


def test_a_large_frame_is_shaded_as_a_small_one() -> None:
    small = standing(bottle(width=160, height=360), frame=800, x=400)
    large = standing(bottle(width=160, height=360), frame=1600, scale=2, x=800)
    large = replace(large, top_px=2 * small.top_px)
    asked = shadow("drop")
    before = on_white(small, asked).astype(np.float64)
    after = on_white(large, asked).astype(np.float64)[::2, ::2]
    outside = small.alpha_in_frame() == 0
    assert np.abs(before - after)[outside].mean() < 1.0


def test_a_patch_apart_from_the_product_is_no_shadow() -> None:
    placed = standing(bottle())
    apart = LOSS.copy()
    apart[30:50, 20:60] = 0.5
    lost = darkness(placed, StudioShadow(kind="natural", photo_loss=apart))
    assert lost[:100].max() == 0
    assert lost[150:].max() > 20


def test_a_natural_shadow_needs_a_photo() -> None:
    with pytest.raises(ValueError, match="loss of light"):
        on_white(standing(bottle()), StudioShadow(kind="natural"))
