"""The difference map: pale where nothing changed, coloured where something did."""

import io

import numpy as np
import pytest
from PIL import Image

from pipelines.editing.difference import difference_map, difference_picture
from tests.pipelines.editing.painters import texture
from tests.pipelines.making import as_bytes


def test_changes_are_coloured_the_more_the_redder_and_the_rest_is_grey() -> None:
    before = texture(90, 120, seed=3)
    after = before.copy()
    after[10:30, 10:40] = 255 - after[10:30, 10:40] // 4
    after[50:70, 10:40] = np.clip(after[50:70, 10:40].astype(int) + 12, 0, 255)
    drawn = difference_map(before, after).astype(int)
    rest = drawn[:, 60:]
    assert (rest.max(axis=2) - rest.min(axis=2)).max() == 0
    assert rest.min() > 160
    much, little = drawn[12:28, 12:38].mean(axis=(0, 1)), drawn[52:68, 12:38].mean(axis=(0, 1))
    assert much[0] > 180 > much[1]
    assert little[1] > much[1] + 60
    assert little[0] - little[2] > 40


def test_large_pictures_and_clear_ones_are_drawn_small_and_on_white() -> None:
    before = np.full((40, 2600, 4), 255, np.uint8)
    before[:, 100:, 3] = 0
    after = before.copy()
    after[:, 1300:, :] = (0, 0, 0, 255)
    data = difference_picture(as_bytes(before), as_bytes(after))
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (2000, 31))
        left, right = image.getpixel((100, 10)), image.getpixel((1900, 10))
    assert left == (255, 255, 255)
    assert isinstance(right, tuple)
    assert right[0] > 150 > right[1]


def test_a_picture_that_is_nearly_a_line_is_drawn_one_pixel_high() -> None:
    line = texture(2, 10_000, seed=1)
    assert difference_map(line, 255 - line).shape == (1, 2000, 3)


def test_two_sizes_have_no_difference() -> None:
    with pytest.raises(ValueError, match="sizes differ"):
        difference_map(texture(40, 40, seed=1), texture(40, 44, seed=1))
