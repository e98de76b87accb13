"""Depth of field blurs what lies behind the product, and nothing else."""

import numpy as np
import numpy.typing as npt

from pipelines.imaging.focus import defocused

STRIPES = (np.indices((200, 300))[1] // 4 % 2 * 120 + 60).astype(np.uint8)
PICTURE = np.dstack([STRIPES] * 3)
DISTANCE = np.repeat(np.linspace(400, 40, 200, dtype=np.float32)[:, None], 300, axis=1)


def contrast(picture: npt.NDArray[np.uint8], row: int) -> float:
    return float(np.abs(np.diff(picture[row, 20:-20, 0].astype(int))).mean())


def test_what_is_farther_is_softer_and_what_is_nearer_stays() -> None:
    result, kept = defocused(PICTURE, DISTANCE, focus_cm=100, blur=0.03)
    assert (result[185:] == PICTURE[185:]).all()
    assert (kept[185:] == 1).all()
    assert contrast(result, 10) < 0.5 * contrast(PICTURE, 10)
    assert contrast(result, 10) < contrast(result, 120)
    assert kept[10].max() < 0.2


def test_without_blur_the_picture_is_the_plate() -> None:
    result, kept = defocused(PICTURE, DISTANCE, focus_cm=100, blur=0)
    assert result is PICTURE
    assert (kept == 1).all()


def test_a_sharp_edge_does_not_bleed_into_the_blur_behind_it() -> None:
    picture = np.full((200, 200, 3), 40, np.uint8)
    picture[:, 100:] = 250
    distance = np.full((200, 200), 1000, np.float32)
    distance[:, 100:] = 100
    result, _ = defocused(picture, distance, focus_cm=100, blur=0.1)
    assert result[100, 90].max() < 90
