"""Where the product lies, and what was seen of a frame in a part of it."""

import numpy as np
import pytest

from pipelines.imaging.cutout import Box
from pipelines.matting.guidance import Guidance
from pipelines.matting.product_area import cropped, inside, reduced, seen_in, working_size

FRAME = Box(left=0, top=0, right=800, bottom=400)


def _seen(left: int, right: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """A model's square of 100 px, in which a bar of full height but 10 px at each end stands."""
    seen = np.zeros((100, 100), np.float32)
    seen[10:90, left:right] = 1
    return seen


def test_a_crop_leaves_room_around_the_product_and_ends_at_the_frame() -> None:
    crop = cropped([_seen(40, 60)], FRAME, Guidance())
    assert crop is not None
    # The bar is 160 x 320 px of the frame; 12% of 320 are 38 px, and sides are even.
    assert crop == Box(left=282, top=2, right=518, bottom=398)
    assert cropped([np.zeros((100, 100), np.float32)], FRAME, Guidance()) is None


def test_what_a_user_kept_is_in_the_crop_though_no_model_saw_it() -> None:
    keep = np.zeros((400, 800), np.float32)
    keep[100:200, 700:760] = 1
    crop = cropped([_seen(40, 60)], FRAME, Guidance(keep=keep))
    assert crop is not None
    assert crop.left < 320
    assert crop.right >= 760


def test_what_was_seen_lies_in_the_crop_where_it_lies_in_the_picture() -> None:
    crop = Box(left=200, top=100, right=600, bottom=300)
    seen = seen_in(_seen(40, 60), FRAME, crop, (200, 100))
    assert seen.shape == (100, 200)
    assert seen[50, 64:136].min() > 0.9
    assert seen[50, :56].max() < 0.1
    assert seen[50, 144:].max() < 0.1


@pytest.mark.parametrize(("input_px", "longest"), [(320, 640), (100, 640), (1024, 1024)])
def test_large_crops_are_worked_on_at_two_pixels_for_one_of_a_small_models(
    input_px: int, longest: int
) -> None:
    box = Box(left=0, top=0, right=4000, bottom=2000)
    assert working_size(box, input_px) == (longest, longest // 2)
    assert working_size(Box(left=0, top=0, right=300, bottom=200), input_px) == (300, 200)


def test_a_part_is_reduced_by_means_of_its_pixels() -> None:
    rgb = np.zeros((40, 80, 3), np.uint8)
    rgb[:, 40:] = 200
    part = inside(rgb, Box(left=20, top=0, right=60, bottom=40))
    small = reduced(part, (10, 10))
    assert small.shape == (10, 10, 3)
    assert (small[:, :5] == 0).all()
    assert (small[:, 5:] == 200).all()
    assert reduced(part, (40, 40)) is part


@pytest.mark.parametrize("side", [40, 30, 21])
def test_no_pixel_is_passed_over_where_a_part_is_little_reduced(side: int) -> None:
    for column in range(40):
        rgb = np.zeros((40, 40, 3), np.uint8)
        rgb[:, column] = 240
        assert reduced(rgb, (side, side)).max() > 10
