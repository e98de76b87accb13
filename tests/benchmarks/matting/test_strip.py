"""The strip's colours say what is wrong."""

import numpy as np
from PIL import Image

from tests.benchmarks.matting.strip import draw_strip, error_colours


def test_lost_is_red_too_much_is_blue_and_right_is_white() -> None:
    found = np.array([[0.0, 1.0, 1.0]], np.float32)
    wanted = np.array([[1.0, 0.0, 1.0]], np.float32)
    colours = error_colours(found, wanted)
    assert colours[0].tolist() == [[255, 0, 0], [0, 0, 255], [255, 255, 255]]


def test_a_strip_shows_photo_truth_cutout_and_error_side_by_side() -> None:
    photo = Image.new("RGB", (48, 24), (10, 200, 30))
    alpha = np.zeros((24, 48), np.float32)
    alpha[:, :24] = 1
    nothing = (np.zeros((24, 48, 3), np.float32), np.zeros_like(alpha))
    strip = draw_strip(photo, nothing, (None, alpha))
    assert strip.size == (4 * 480, 240)
    left = [strip.getpixel((panel * 480 + 100, 120)) for panel in range(4)]
    assert left == [(10, 200, 30), (10, 200, 30), (255, 0, 255), (255, 0, 0)]
    right = [strip.getpixel((panel * 480 + 400, 120)) for panel in range(4)]
    assert right == [(10, 200, 30), (255, 0, 255), (255, 0, 255), (255, 255, 255)]
