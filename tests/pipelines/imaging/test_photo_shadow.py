"""A photo's own shadow: found on even ground, told from patterns, carried to its place."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipelines.imaging.colour import to_linear, to_srgb
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.photo_shadow import in_frame, photo_shadow
from pipelines.imaging.placement import place_at

SIZE = 320


def photo(
    *, depth: float = 0.5, tilt: float = 0.3, grain: float = 0.0
) -> tuple[npt.NDArray[np.uint8], Cutout, npt.NDArray[np.float32]]:
    """A red box on a warm sweep that is lit unevenly, its shadow to the right; and that shadow."""
    rows, columns = np.indices((SIZE, SIZE)).astype(np.float32) / SIZE
    ground = 0.6 * (1 - tilt * (columns - 0.5) ** 2 - tilt * rows)
    ground *= 1 + grain * np.sin(columns * 90) * np.sin(rows * 70)
    lost = np.zeros((SIZE, SIZE), np.float32)
    cv2.ellipse(lost, (210, 232), (75, 16), 0, 0, 360, 1.0, -1)
    lost = depth * cv2.GaussianBlur(lost, (0, 0), 4)
    light = (ground * (1 - lost))[..., None] * np.array([1.0, 0.93, 0.82], np.float32)
    picture = to_srgb(light.astype(np.float32))
    alpha = np.zeros((SIZE, SIZE), np.float32)
    alpha[90:240, 110:200] = 1
    picture[alpha > 0] = (170, 40, 30)
    return picture, Cutout(rgb=picture, alpha=alpha), lost


def test_the_light_lost_is_found_and_nothing_else() -> None:
    picture, cutout, lost = photo()
    found = photo_shadow(picture, cutout)
    assert found.trustworthy
    assert found.loss.shape == lost.shape
    seen = (cutout.alpha == 0) & (np.indices(lost.shape)[1] > 210)
    core = seen & (lost > 0.25)
    assert np.abs(found.loss - lost)[core].mean() < 0.1
    assert found.loss[:60].max() == 0
    assert found.loss[:, :60].max() < 0.02


def test_an_unshaded_photo_has_none() -> None:
    picture, cutout, _ = photo(depth=0)
    assert photo_shadow(picture, cutout).loss.max() < 0.02


def test_a_bold_pattern_is_not_trusted() -> None:
    picture, cutout, _ = photo(grain=0.5)
    assert not photo_shadow(picture, cutout).trustworthy
    rng = np.random.default_rng(1)
    squares = np.kron(rng.integers(20, 235, (16, 16, 3)), np.ones((20, 20, 1))).astype(np.uint8)
    assert not photo_shadow(squares, cutout).trustworthy


def test_a_dark_thing_elsewhere_is_no_shadow() -> None:
    picture, cutout, _ = photo(depth=0)
    picture[20:60, 30:80] = to_srgb(to_linear(picture[20:60, 30:80]) * np.float32(0.4))
    assert photo_shadow(picture, cutout).loss[:70, :90].max() == 0


def test_a_product_that_fills_its_photo_leaves_nothing_to_judge() -> None:
    rgb = np.full((100, 100, 3), 90, np.uint8)
    found = photo_shadow(rgb, Cutout(rgb=rgb, alpha=np.ones((100, 100), np.float32)))
    assert not found.trustworthy
    assert not found.loss.any()


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.3])
def test_the_shadow_moves_and_grows_with_its_product(scale: float) -> None:
    picture, cutout, _ = photo()
    frame = round(SIZE * scale) + 80
    corner = round(110 * scale) + 40, round(90 * scale) + 30
    placed = place_at(cutout, frame_px=(frame, frame), scale=scale, corner_px=corner)
    moved = in_frame(photo_shadow(picture, cutout), cutout.box, (SIZE, SIZE), placed)
    assert moved.shape == (frame, frame)
    row, column = centre_of(photo_shadow(picture, cutout).loss)
    moved_row, moved_column = centre_of(moved)
    assert moved_row == pytest.approx(row * scale + 30, abs=3 * scale + 1)
    assert moved_column == pytest.approx(column * scale + 40, abs=3 * scale + 1)


def centre_of(plane: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Row and column of the middle of what is dark."""
    rows, columns = np.indices(plane.shape)
    return float((rows * plane).sum() / plane.sum()), float((columns * plane).sum() / plane.sum())
