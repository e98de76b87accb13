"""Detail: scaling keeps it, blur loses it, and nothing is judged that cannot be compared."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipelines.checks.detail import detail_check
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.placement import Placed, place

ALPHA = np.zeros((400, 400), np.float32)
ALPHA[50:350, 80:320] = 1


def photo(*, plain: bool = False) -> npt.NDArray[np.uint8]:
    """Texture as photos have it: detail at every scale."""
    random = np.random.default_rng(3)
    total = np.zeros((400, 400), np.float32)
    for size in (4, 12, 40, 120, 400):
        layer = random.normal(0, 12, (size, size)).astype(np.float32)
        total += cv2.resize(layer, (400, 400), interpolation=cv2.INTER_CUBIC)
    grey = (
        np.full((400, 400), 128, np.uint8)
        if plain
        else np.clip(total + 128, 0, 255).astype(np.uint8)
    )
    return np.dstack([grey] * 3)


def shown(
    source: npt.NDArray[np.uint8], scale: float
) -> tuple[Cutout, Placed, npt.NDArray[np.uint8]]:
    cutout = Cutout(rgb=source, alpha=ALPHA)
    side = round(400 * scale)
    placed = place(
        cutout, frame_px=(side, side), scale=scale, centre_x_px=side / 2, centre_y_px=side / 2
    )
    return cutout, placed, placed.over(np.full((side, side, 3), 255, np.uint8))


@pytest.mark.parametrize("scale", [0.4, 0.75, 1.0, 1.5, 2.0])
def test_placing_keeps_the_detail_and_blur_is_found(scale: float) -> None:
    source = photo()
    cutout, placed, raster = shown(source, scale)
    kept = detail_check(cutout, placed, raster, source)
    assert kept is not None
    assert kept.outcome == "pass", kept
    soft = cv2.GaussianBlur(raster, (0, 0), 1.2 * max(scale, 1)).astype(np.uint8)
    lost = detail_check(cutout, placed, soft, source)
    assert lost is not None
    assert lost.outcome == "fail", lost


def test_an_enlarged_copy_is_compared_with_the_photo_itself() -> None:
    source = photo()
    double = cv2.resize(source, (800, 800), interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    cutout = Cutout(rgb=double, alpha=cv2.resize(ALPHA, (800, 800)).astype(np.float32))
    placed = place(cutout, frame_px=(800, 800), scale=1.0, centre_x_px=400, centre_y_px=400)
    raster = placed.over(np.full((800, 800, 3), 255, np.uint8))
    check = detail_check(cutout, placed, raster, source)
    assert check is not None
    assert check.outcome == "pass"


def test_a_plain_product_has_none_to_lose() -> None:
    check = detail_check(*shown(photo(plain=True), 1.0), photo(plain=True))
    assert check is not None
    assert check.outcome == "note"


def test_what_leaves_the_frame_is_not_compared() -> None:
    cutout, placed, raster = shown(photo(), 1.0)
    assert detail_check(cutout, replace(placed, left_px=-4), raster, photo()) is None
