"""Free rectangles, against a search that tries every one."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipelines.imaging.cutout import Box
from pipelines.lettering.space import Space, grown


def free_rectangles(taken: np.ndarray) -> set[tuple[int, int, int, int]]:
    rows, columns = taken.shape
    every = {
        (top, left, bottom, right)
        for top, bottom in itertools.combinations(range(rows + 1), 2)
        for left, right in itertools.combinations(range(columns + 1), 2)
        if not taken[top:bottom, left:right].any()
    }
    return {
        one for one in every
        if not any(
            other != one and other[0] <= one[0] and other[1] <= one[1]
            and other[2] >= one[2] and other[3] >= one[3]
            for other in every
        )
    }  # fmt: skip


@given(arrays(np.bool_, st.tuples(st.integers(1, 6), st.integers(1, 6))))
def test_every_maximal_rectangle_is_found(taken: np.ndarray) -> None:
    space = Space(taken=taken, cell_px=10)
    found = {
        (box.top // 10, box.left // 10, box.bottom // 10, box.right // 10)
        for box in space.rectangles(least_px=(1, 1))
    }
    assert found == free_rectangles(taken)


def test_the_nearest_box_hugs_its_corner() -> None:
    space = Space.around(np.zeros((1280, 1280), np.bool_), margin_px=60)
    assert space.nearest((200, 100), "top-left") == Box(left=60, top=60, right=260, bottom=160)
    far = space.nearest((200, 100), "bottom-right")
    assert far == Box(left=1020, top=1120, right=1220, bottom=1220)


def test_the_nearest_box_gives_way_to_what_is_taken() -> None:
    taken = np.zeros((1280, 1280), np.bool_)
    taken[:300, :300] = True
    box = Space.around(taken, margin_px=0).nearest((200, 100), "top-left")
    assert box is not None
    assert not taken[box.top : box.bottom, box.left : box.right].any()
    assert min(box.left, box.top) == 0


def test_no_room_is_said() -> None:
    space = Space.around(np.ones((640, 640), np.bool_), margin_px=0)
    assert space.nearest((50, 50), "top-left") is None
    assert space.nearest((5000, 50), "top-left") is None
    assert list(space.rectangles(least_px=(1, 1))) == []


def test_a_box_that_is_put_down_is_taken_with_its_gap() -> None:
    space = Space.around(np.zeros((640, 640), np.bool_), margin_px=0)
    first = space.nearest((100, 100), "top-left")
    assert first is not None
    second = space.less(first, gap_px=20).nearest((100, 100), "top-left")
    assert second is not None
    assert second.left >= first.right + 20 or second.top >= first.bottom + 20


def test_growing_reaches_as_far_as_asked() -> None:
    mask = np.zeros((41, 41), np.bool_)
    mask[20, 20] = True
    wide = grown(mask, 10)
    assert wide[20, 10]
    assert wide[20, 30]
    assert not wide[20, 8]
    assert not wide[13, 12]  # round, not square
