"""Light and picture are each other's inverse; contrast follows the curve between them."""

import numpy as np
import pytest

from pipelines.imaging.exposure import contrast_kept, to_light, to_picture


def test_half_of_the_linear_value_is_light_of_one() -> None:
    assert to_light(np.array([188], np.uint8)) == pytest.approx(1.0, abs=0.02)


def test_half_the_light_darkens_a_white_less_than_a_grey() -> None:
    values = np.array([240, 120], np.uint8)
    halved = to_picture(to_light(values) * np.float32(0.5)).astype(float) / values
    assert halved[0] > halved[1] + 0.1


@pytest.mark.parametrize(("value", "share"), [(210, 0.35), (120, 0.35), (60, 0.2), (235, 0.6)])
def test_contrast_is_what_the_picture_shows(value: int, share: float) -> None:
    steps = np.array([value - 4, value + 4], np.uint8)
    light = to_light(steps)
    shown = to_picture(light * np.float32(share)).astype(float)
    middle = to_light(np.array([value], np.uint8))
    passed = np.array([share], np.float32)
    kept = float(contrast_kept(middle, middle * passed, passed)[0])
    assert (shown[1] - shown[0]) / 8 == pytest.approx(kept, abs=0.15)


def test_light_that_is_added_covers_contrast() -> None:
    before, one = np.array([0.3], np.float32), np.array([1.0], np.float32)
    assert contrast_kept(before, before, one)[0] == pytest.approx(1)
    assert contrast_kept(before, before + 0.5, one)[0] < 0.7
