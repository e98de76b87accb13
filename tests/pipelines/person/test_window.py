import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.person.window import Window, whole


@settings(deadline=None, max_examples=30)
@given(
    x=st.floats(80, 240),
    y=st.floats(80, 160),
    side=st.floats(60, 400),
    turned=st.floats(-3, 3),
)
def test_a_dot_is_found_again_where_it_was(x: float, y: float, side: float, turned: float) -> None:
    """What a network sees at a place of the window maps back to that place of the picture."""
    rgb = np.zeros((240, 320, 3), np.uint8)
    column, row = round(x), round(y)
    rgb[row - 4 : row + 5, column - 4 : column + 5] = 255
    window = Window(x=x + 0.1 * side, y=y - 0.1 * side, side=side, turned=turned)
    seen = window.cut(rgb, 192)[..., 0]
    rows, columns = np.nonzero(seen > 0.5)
    share = np.array([[(columns.mean() + 0.5) / 192, (rows.mean() + 0.5) / 192]], np.float32)
    back = window.back(share)[0]
    assert abs(back[0] - (column + 0.5)) < 1.0 + side / 192
    assert abs(back[1] - (row + 0.5)) < 1.0 + side / 192


def test_the_whole_of_a_wide_picture_is_letterboxed() -> None:
    rgb = np.full((100, 300, 3), 255, np.uint8)
    seen = whole(rgb).cut(rgb, 96, low=-1)
    assert seen.shape == (96, 96, 3)
    assert seen[:30].max() == -1
    assert seen[40:56].min() == 1


def test_a_large_picture_is_averaged_and_not_sampled() -> None:
    """Stripes of one pixel become grey: a sampled picture would show a false pattern."""
    rgb = np.zeros((960, 960, 3), np.uint8)
    rgb[:, ::2] = 255
    seen = whole(rgb).cut(rgb, 64)
    assert abs(float(seen.mean()) - 0.5) < 0.02
    assert float(seen.std()) < 0.05


def test_scaling_moves_along_the_windows_own_down() -> None:
    turned = Window(x=10, y=10, side=20, turned=math.pi / 2).scaled(2, down=0.5)
    assert turned.side == 40
    assert math.isclose(turned.x, 0, abs_tol=1e-9)
    assert math.isclose(turned.y, 10, abs_tol=1e-9)


def test_a_pasted_map_lies_where_it_was_cut() -> None:
    rgb = np.zeros((60, 120, 3), np.uint8)
    rgb[20:40, 70:100] = 255
    window = whole(rgb)
    pasted = window.paste(window.cut(rgb, 240)[..., 0], (120, 60))
    assert np.abs(pasted - rgb[..., 0] / 255).mean() < 0.02
