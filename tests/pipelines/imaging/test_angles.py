"""Sets of pictures: whatever their boxes, one scale, one baseline, one place of the foot."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.imaging.angles import Extent, Member, fineness, member_of, shared_extents
from pipelines.imaging.cutout import Box, Cutout


@st.composite
def members(draw: st.DrawFn) -> list[Member]:
    found = []
    for _ in range(draw(st.integers(2, 6))):
        side = draw(st.sampled_from([400, 500, 800]))
        left, top = draw(st.integers(0, side // 2)), draw(st.integers(0, side // 2))
        right, bottom = draw(st.integers(left + 9, side)), draw(st.integers(top + 9, side))
        box = Box(left=left, top=top, right=right, bottom=bottom)
        found.append(Member(size_px=(side, side), box=box, foot_x=left + (right - left) / 3))
    return found


@given(members())
def test_every_product_fits_and_all_stand_at_one_place(found: list[Member]) -> None:
    extents, finer = shared_extents(found), fineness(found)
    sizes = {
        (round(one.width_px / fine, 6), round(one.height_px / fine, 6))
        for one, fine in zip(extents, finer, strict=True)
    }
    assert len(sizes) == 1
    for one, extent in zip(found, extents, strict=True):
        assert extent.left <= one.box.left + 1e-6
        assert extent.right >= one.box.right - 1e-6
        assert extent.top <= one.box.top + 1e-6
        assert extent.bottom == pytest.approx(one.box.bottom)
        # The foot is at the same share of the box, however the product lies in its photo.
        share = (one.foot_x - extent.left) / extent.width_px
        first = (found[0].foot_x - extents[0].left) / extents[0].width_px
        assert share == pytest.approx(first)
    # No box is larger than it must be: some product touches each of its sides.
    touched = [(one.box.left - extent.left, one.box.top - extent.top, extent.right - one.box.right)
               for one, extent in zip(found, extents, strict=True)]  # fmt: skip
    assert np.min(touched, axis=0) == pytest.approx((0, 0, 0), abs=1e-6)


@given(members())
def test_from_one_place_nothing_is_moved(found: list[Member]) -> None:
    same = [Member(size_px=(800, 800), box=one.box, foot_x=one.foot_x) for one in found]
    assert len(set(shared_extents(same, fixed_camera=True))) == 1


def test_a_handle_does_not_move_the_foot() -> None:
    alpha = np.zeros((100, 160), np.float32)
    alpha[20:90, 40:100] = 1
    alpha[40:60, 100:130] = 1
    member = member_of(Cutout(rgb=np.zeros((100, 160, 3), np.uint8), alpha=alpha))
    assert member.box == Box(left=40, top=20, right=130, bottom=90)
    assert member.foot_x == pytest.approx(70, abs=1)


@pytest.mark.parametrize("edges", [(0, 0, 0, 5), (3, 3, 2, 5), (0, float("nan"), 1, 1)])
def test_an_empty_box_is_none(edges: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = edges
    with pytest.raises(ValueError, match="box"):
        Extent(left=left, top=top, right=right, bottom=bottom)


def test_clear_glass_of_which_nothing_is_solid_has_a_foot_too() -> None:
    alpha = np.zeros((100, 160), np.float32)
    alpha[20:90, 40:100] = 0.4
    alpha[40:60, 100:130] = 0.4
    member = member_of(Cutout(rgb=np.zeros((100, 160, 3), np.uint8), alpha=alpha))
    assert member.foot_x == pytest.approx(70, abs=1)
