"""What is taken of a painted picture: confined to an area, softly where there is room for it."""

import numpy as np
import pytest

from pipelines.editing.change import within

FADE_PX = 24.0


@pytest.mark.parametrize("wide_px", [2, 7, 24, 40])
@pytest.mark.parametrize("broad_too", [False, True])
def test_a_strip_of_any_width_is_taken_in_full_along_its_middle(
    wide_px: int, broad_too: bool
) -> None:
    area = np.zeros((200, 400), np.bool_)
    area[100 : 100 + wide_px, 20:380] = True
    if broad_too:
        area[20:180, 280:380] = True
    share = within(np.ones(area.shape, np.float32), area, fade_px=FADE_PX)
    assert share[100 + wide_px // 2, 60:200].min() > 0.97
    assert not share[~area].any()


def test_a_broad_area_fades_out_over_the_whole_length_inside_its_edge() -> None:
    area = np.zeros((200, 400), np.bool_)
    area[20:180, 40:380] = True
    share = within(np.ones(area.shape, np.float32), area, fade_px=FADE_PX)
    assert 0.4 < share[100, 40 + 12] < 0.6
    assert (np.diff(share[100, 39:70]) >= 0).all()
    assert (share[60:140, 80:340] == 1).all()
    assert (
        within(np.ones((40, 40), np.float32), np.ones((40, 40), np.bool_), fade_px=6) == 1
    ).all()
