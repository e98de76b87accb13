"""Edge colours: what a mixture was made of is given back."""

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.matting import foreground
from pipelines.matting.foreground import free_colours

OWN, BEHIND = np.array([200.0, 40.0, 30.0]), np.array([20.0, 160.0, 220.0])


def _mixture() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    ramp = np.clip((np.arange(40) - 15) / 10, 0, 1)
    alpha = np.tile(ramp, (12, 1)).astype(np.float32)
    rgb = alpha[..., None] * OWN + (1 - alpha[..., None]) * BEHIND
    return (rgb + 0.5).astype(np.uint8), alpha


def test_no_background_stays_in_the_edge() -> None:
    rgb, alpha = _mixture()
    freed = free_colours(rgb, alpha)
    covered = alpha > 0
    assert np.abs(freed[covered].astype(int) - OWN).max() <= 3


def test_opaque_pixels_keep_their_bytes() -> None:
    rgb, alpha = _mixture()
    rgb = rgb ^ np.random.default_rng(0).integers(0, 8, rgb.shape).astype(np.uint8)
    freed = free_colours(rgb, alpha)
    assert np.array_equal(freed[alpha == 1], rgb[alpha == 1])
    assert np.array_equal(freed[alpha == 0], rgb[alpha == 0])


def test_a_picture_without_pure_colours_is_left_alone() -> None:
    rgb, alpha = _mixture()
    half = np.full_like(alpha, 0.5)
    assert np.array_equal(free_colours(rgb, half), rgb)
    only_product = np.maximum(alpha, np.float32(0.5))
    freed = free_colours(rgb, only_product)
    assert np.abs(freed.astype(int) - OWN).max() <= 3


def test_a_mixed_pixel_borrows_from_the_nearest_pure_one_near_or_far() -> None:
    rng = np.random.default_rng(7)
    alpha = np.full((60, 70), 0.5, np.float32)
    sure = rng.random(alpha.shape) < np.linspace(0.3, 0.0, 70) ** 2  # thins out to the right
    alpha[sure] = 1
    places = np.flatnonzero(~sure)
    found = foreground._nearest(sure, places)
    assert sure.ravel()[found].all()
    at = np.stack(np.divmod(places, 70), axis=1)
    nearest = np.hypot(*(at - np.stack(np.divmod(found, 70), axis=1)).T)
    pure = np.argwhere(sure)
    exact = np.sqrt(((at[:, None] - pure[None]) ** 2).sum(axis=2).min(axis=1))
    assert (exact > 10).any()
    near = exact <= 8
    assert np.array_equal(nearest[near], exact[near])
    assert nearest == pytest.approx(exact, rel=0.05)  # far off, OpenCV's distance is not exact
