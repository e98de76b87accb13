"""What a user draws decides, and the picture's edges refine it."""

import numpy as np
import numpy.typing as npt
import pytest

from pipelines import RecipeInvalid
from pipelines.imaging.cutout import Box, Cutout
from pipelines.matting.consensus import look
from pipelines.matting.edge import free_edges
from pipelines.matting.guidance import Guidance, drawn
from tests.pipelines.making import ColourMatter, as_bytes

Rgb = npt.NDArray[np.uint8]


def _two_boxes() -> Rgb:
    """Two dark boxes on a light wall, 300 x 200 px."""
    picture = np.full((200, 300, 3), (205, 200, 190), np.uint8)
    picture[60:140, 40:120] = (40, 70, 60)
    picture[60:140, 180:260] = (60, 40, 70)
    return picture


def _rough(left: int, top: int, right: int, bottom: int) -> npt.NDArray[np.float32]:
    mask = np.zeros((200, 300), np.float32)
    mask[top:bottom, left:right] = 1
    return mask


def _cut(guidance: Guidance) -> Cutout:
    picture = _two_boxes()
    consensus = look(picture, [ColourMatter()], guidance)
    assert consensus is not None
    return free_edges(picture, consensus)


def test_several_products_are_all_kept() -> None:
    alpha = _cut(Guidance()).alpha
    assert alpha[65:135, 45:115].min() == 1
    assert alpha[65:135, 185:255].min() == 1
    assert alpha[:, 130:170].max() == 0


def test_a_rough_mask_is_refined_to_the_products_own_edge() -> None:
    alpha = _cut(Guidance(mask=_rough(36, 63, 123, 137))).alpha
    assert alpha[62:138, 42:118].min() > 0.95
    assert alpha[:56].max() < 0.05
    assert alpha[:, 126:].max() < 0.05


def test_a_mask_is_enough_where_models_find_nothing() -> None:
    picture = np.full((200, 300, 3), 128, np.uint8)
    assert look(picture, [ColourMatter()]) is None
    consensus = look(picture, [ColourMatter()], Guidance(mask=_rough(100, 50, 200, 150)))
    assert consensus is not None
    found = free_edges(picture, consensus).alpha > 0.5
    wanted = _rough(100, 50, 200, 150) > 0.5
    assert (found & wanted).sum() / (found | wanted).sum() > 0.9


def test_what_is_removed_is_gone_and_what_is_kept_stays() -> None:
    without = _cut(Guidance(remove=_rough(170, 50, 270, 150))).alpha
    assert without[65:135, 45:115].min() == 1
    assert without[:, 172:268].max() == 0
    with_more = _cut(Guidance(keep=_rough(120, 80, 180, 120))).alpha
    assert with_more[85:115, 125:175].min() > 0.5


def test_nothing_outside_the_box_is_product() -> None:
    alpha = _cut(Guidance(box=Box(left=150, top=20, right=300, bottom=180))).alpha
    assert alpha[65:135, 185:255].min() == 1
    assert alpha[:, :150].max() == 0


def test_a_mask_of_another_size_is_refused_with_both_sizes() -> None:
    data = as_bytes(np.full((90, 120, 3), 255, np.uint8))
    with pytest.raises(RecipeInvalid, match=r"120 x 90 px.*300 x 200 px"):
        drawn(data, field="mask", width_px=300, height_px=200)


def test_a_mask_is_its_alpha_or_its_brightness() -> None:
    grey = np.zeros((40, 50, 3), np.uint8)
    grey[10:] = 255
    assert drawn(as_bytes(grey), field="mask", width_px=50, height_px=40)[20, 20] == 1
    clear = np.dstack([grey, np.full((40, 50), 255, np.uint8)])
    clear[20:, :, 3] = 0
    shown = drawn(as_bytes(clear), field="mask", width_px=50, height_px=40)
    assert shown[15, 5] == shown[5, 5] == 1
    assert shown[30, 5] == 0


def test_the_report_can_say_what_was_given() -> None:
    assert Guidance().words == ""
    box = Box(left=0, top=0, right=9, bottom=9)
    assert Guidance(keep=_rough(0, 0, 9, 9), box=box).words == "keep, box"
