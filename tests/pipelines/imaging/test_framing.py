"""Places in frames: margins kept, sides pinned, cut products on the frame's edge."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.imaging.cutout import Box
from pipelines.imaging.framing import (
    SIDES,
    Align,
    Length,
    Margins,
    find_spot,
    largest_side,
)

TALL = Box(left=100, top=50, right=300, bottom=450)
EVEN = Margins.around(0.8)


def edges(frame: tuple[int, int], box: Box, **options: object) -> dict[str, int]:
    """Pixels that stay free on each side."""
    spot = find_spot(box, frame_px=frame, **({"margins": EVEN} | options))  # type: ignore[arg-type]
    width, height = round(box.width_px * spot.scale), round(box.height_px * spot.scale)
    return {
        "left": spot.left_px, "right": frame[0] - spot.left_px - width,
        "top": spot.top_px, "bottom": frame[1] - spot.top_px - height,
    }  # fmt: skip


@given(
    width=st.integers(5, 900), height=st.integers(5, 900), frame=st.tuples(st.integers(64, 2000), st.integers(64, 2000)),
    shares=st.lists(st.floats(0, 0.3), min_size=4, max_size=4), align=st.sampled_from(get_args(Align)),
)  # fmt: skip
def test_margins_are_kept_and_one_direction_is_filled(
    width: int, height: int, frame: tuple[int, int], shares: list[float], align: Align
) -> None:
    margins = Margins(**dict(zip(SIDES, (Length(share=one) for one in shares), strict=True)))
    box = Box(left=3, top=4, right=3 + width, bottom=4 + height)
    free = edges(frame, box, margins=margins, align=align)
    asked = {
        side: getattr(margins, side).share * frame[side in ("top", "bottom")] for side in SIDES
    }
    assert all(free[side] >= asked[side] - 1.5 for side in SIDES)
    slack_across = free["left"] + free["right"] - asked["left"] - asked["right"]
    slack_along = free["top"] + free["bottom"] - asked["top"] - asked["bottom"]
    assert min(slack_across, slack_along) <= 1.5


@pytest.mark.parametrize(
    ("align", "left", "top"),
    [
        ("centre", 300, 100), ("top", 300, 100), ("left", 100, 100), ("right", 500, 100),
        ("bottom-right", 500, 100),
    ],
)  # fmt: skip
def test_alignment_moves_what_has_room(align: Align, left: int, top: int) -> None:
    free = edges((1000, 1000), TALL, align=align)
    assert (free["left"], free["top"]) == (left, top)


def test_optical_balance_stays_inside_the_margins() -> None:
    heavy_left = find_spot(
        TALL, frame_px=(1000, 1000), margins=EVEN, align="optical", weight_at=(0.3, 0.5)
    )
    centred = find_spot(TALL, frame_px=(1000, 1000), margins=EVEN)
    assert heavy_left.left_px == centred.left_px + 80
    extreme = find_spot(
        TALL, frame_px=(1000, 1000), margins=EVEN, align="optical", weight_at=(-5, 0.5)
    )
    assert extreme.left_px == 500


@pytest.mark.parametrize("side", SIDES)
def test_a_cut_side_lies_on_the_frames_edge(side: str) -> None:
    free = edges((800, 1000), TALL, cut_sides=(side,), align="top-left")
    assert free[side] == 0
    opposite = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}[side]
    assert free[opposite] >= {"left": 80, "right": 80, "top": 100, "bottom": 100}[opposite] - 1


def test_between_two_cut_sides_it_spans_the_frame_if_it_fits() -> None:
    flat = Box(left=0, top=30, right=400, bottom=130)
    free = edges((1000, 1000), flat, cut_sides=("left", "right"))
    assert (free["left"], free["right"]) == (0, 0)
    too_tall = find_spot(TALL, frame_px=(1000, 500), margins=EVEN, cut_sides=("left", "right"))
    assert not too_tall.reached
    everywhere = edges((1000, 500), TALL, cut_sides=SIDES)
    assert (free["left"], everywhere["left"], everywhere["right"]) == (0, 0, 0)
    assert everywhere["top"] < 0, "cut on all sides it covers the frame"


@given(
    px=st.floats(0, 80), share=st.floats(0, 0.2), enlargement=st.floats(0.5, 4),
    ratio=st.sampled_from([(1.0, 1.0), (4.0, 5.0), (16.0, 9.0)]),
)  # fmt: skip
def test_the_largest_side_enlarges_just_so_far(
    px: float, share: float, enlargement: float, ratio: tuple[float, float]
) -> None:
    margins = Margins(
        top=Length(px=px), right=Length(share=share), bottom=Length(share=share), left=Length(px=px)
    )
    side = largest_side(TALL, ratio=ratio, margins=margins, enlargement=enlargement)
    frame = round(side * ratio[0] / max(ratio)), round(side * ratio[1] / max(ratio))
    spot = find_spot(TALL, frame_px=frame, margins=margins)
    assert spot.scale == pytest.approx(enlargement, rel=0.02)
