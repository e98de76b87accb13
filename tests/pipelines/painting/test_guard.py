"""The guard band: the mask spares the product, and nothing of the band is shown afterwards."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipelines.painting import bled_area, inpaint_mask, kept_area, without_product

ALPHA = arrays.arrays(np.float32, (24, 32), elements=st.sampled_from([0.0, 0.01, 0.4, 1.0]))
Rgb = npt.NDArray[np.uint8]
CANVAS, PRODUCT = (230, 229, 227), (40, 70, 60)


def disc(size: int = 200, radius: int = 50, *, clear: float = 1.0) -> npt.NDArray[np.float32]:
    rows, columns = np.indices((size, size)) - size / 2
    return np.where(np.hypot(rows, columns) < radius, np.float32(clear), np.float32(0))


def wood(size: int = 200) -> Rgb:
    """Dark boards, with a shadow that runs slantwise up to the product."""
    rows, columns = np.indices((size, size))
    grain = 10 * np.sin(rows / 3 + np.sin(columns / 40) * 2)
    shade = np.where(rows - columns // 2 > 20, 0.6, 1.0)
    return np.asarray((np.array([120, 85, 60]) + grain[..., None]) * shade[..., None], np.uint8)


def over(alpha: npt.NDArray[np.float32], scene: Rgb) -> Rgb:
    return np.where(alpha[..., None] > 0.5, PRODUCT, scene).astype(np.uint8)


@given(ALPHA)
def test_no_visible_pixel_of_the_product_is_ever_painted(alpha: npt.NDArray[np.float32]) -> None:
    mask = inpaint_mask(alpha)
    assert set(np.unique(mask)) <= {0.0, 1.0}
    assert (mask[alpha > 0.1] == 0).all()
    assert (kept_area(alpha) == (mask == 0)).all()
    assert (bled_area(alpha) | ~kept_area(alpha)).all()


@given(ALPHA, st.integers(0, 2**31))
def test_far_from_the_product_nothing_is_touched(alpha: npt.NDArray[np.float32], seed: int) -> None:
    draw = np.random.default_rng(seed)
    before, after = (draw.integers(0, 256, (24, 32, 3)).astype(np.uint8) for _ in range(2))
    cleaned = without_product(before, after, alpha)
    assert cleaned.shape == after.shape
    far = cv2.erode((~bled_area(alpha)).astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    assert (cleaned[far] == after[far]).all()


@pytest.mark.parametrize("latent_px", [1, 8])
def test_the_old_scene_around_the_product_is_gone(latent_px: int) -> None:
    alpha, scene = disc(), wood()
    before = over(alpha, np.full_like(scene, CANVAS))
    cells = kept_area(alpha).astype(np.uint8)[::latent_px, ::latent_px]
    kept = np.kron(cells, np.ones((latent_px, latent_px), np.uint8)) > 0
    after = cv2.GaussianBlur(np.where(kept[..., None], before, scene).astype(np.uint8), (0, 0), 1)
    cleaned = without_product(before, np.asarray(after, np.uint8), alpha)
    rim = bled_area(alpha) & (alpha < 0.5)
    wrong = np.abs(cleaned.astype(int) - scene).max(axis=2)[rim]
    assert np.abs(np.asarray(after, int) - scene).max(axis=2)[rim].mean() > 30
    assert wrong.mean() < 15
    assert np.percentile(wrong, 98) < 70
    assert cleaned[rim].max() < 170


def test_a_painters_own_contact_shadow_is_kept() -> None:
    alpha, scene = disc(), wood()
    shadow = np.zeros((200, 200), np.float32)
    shadow[148:160, 60:140] = 0.7
    dark = np.asarray(scene * (1 - cv2.GaussianBlur(shadow, (0, 0), 2))[..., None], np.uint8)
    before = over(alpha, np.full_like(scene, CANVAS))
    cleaned = without_product(before, over(alpha, dark), alpha)
    under = np.s_[154:158, 80:120]
    assert (cleaned[under] == dark[under]).mean() > 0.9


def test_what_shines_through_glass_is_the_painting_and_not_what_stood_there() -> None:
    alpha, scene = disc(clear=0.3), wood()
    before = np.full_like(scene, CANVAS)
    after = np.where(kept_area(alpha)[..., None], before, scene).astype(np.uint8)
    behind = without_product(before, after, alpha)[90:110, 90:110]
    assert behind.mean(axis=(0, 1)) == pytest.approx(scene.mean(axis=(0, 1)), abs=25)


def test_a_product_that_fills_the_picture_leaves_it_alone() -> None:
    picture = wood()
    assert (without_product(picture, picture, np.ones((200, 200), np.float32)) == picture).all()
