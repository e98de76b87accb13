"""What networks are shown: every pixel counts, and edges stay where they are."""

import cv2
import numpy as np
import pytest

from pipelines.matting.inputs import halved, squared


@pytest.mark.parametrize(("height", "width"), [(1300, 1290), (1301, 1289), (2601, 640)])
def test_a_square_shows_what_means_over_the_whole_picture_show(height: int, width: int) -> None:
    ramp = np.linspace(0, 255, width)[None, :, None] * np.linspace(0.5, 1, height)[:, None, None]
    rgb = np.repeat(ramp, 3, axis=2).astype(np.uint8)
    mean = cv2.resize(rgb.astype(np.float32), (320, 320), interpolation=cv2.INTER_AREA)
    assert np.abs(squared(rgb, 320) - mean).max() < 1.5


def test_large_pictures_are_halved_until_few_pixels_are_left_to_average() -> None:
    rgb = np.zeros((2600, 5200, 3), np.uint8)
    rgb[1299] = 255  # a line of one pixel is told, however far it is shrunk
    assert squared(rgb, 320)[:, 160].max() > 25


def test_halves_are_means_of_four_and_an_odd_last_row_goes() -> None:
    rgb = np.zeros((5, 4, 3), np.uint8)
    rgb[0, 0], rgb[4] = 200, 255
    half = halved(rgb)
    assert half.shape == (2, 2, 3)
    assert half[0, 0, 0] == 50
    assert half.sum() == 150
