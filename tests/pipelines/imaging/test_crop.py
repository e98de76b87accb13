"""Parts of a plate: their ratio, what they keep in place, and where the plate ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.imaging.crop import View, around, like_source, of_ratio, whole
from pipelines.imaging.framing import Length, Margins

PLATE = (1000, 1000)
TENTH = Margins(
    top=Length(share=0.1), right=Length(share=0.1), bottom=Length(share=0.1),
    left=Length(share=0.1),
)  # fmt: skip
shares = st.floats(0.02, 0.98)


@given(ratio=st.floats(0.2, 5), x=shares, y=shares)
def test_a_part_has_its_ratio_and_lies_in_the_plate(ratio: float, x: float, y: float) -> None:
    for view in (of_ratio(PLATE, ratio, (x, y)), like_source(PLATE, ratio, (x, y), (0.5, 0.7))):
        assert view.width_px / view.height_px == pytest.approx(ratio, rel=0.02)
        assert view.left + view.width_px <= 1000
        assert view.top + view.height_px <= 1000


def test_a_wide_part_keeps_the_place_where_it_was() -> None:
    view = of_ratio(PLATE, 2.0, (0.3, 0.8))
    assert (800 - view.top) / view.height_px == pytest.approx(0.8, abs=0.01)
    assert (300 - view.left) / view.width_px == pytest.approx(0.3, abs=0.01)


def test_the_place_in_the_photo_becomes_the_place_in_the_result() -> None:
    view = like_source(PLATE, 0.8, (0.5, 0.78), (0.5, 0.9))
    assert (500 - view.left) / view.width_px == pytest.approx(0.5, abs=0.01)
    assert (780 - view.top) / view.height_px == pytest.approx(0.9, abs=0.01)


def test_padding_is_a_share_of_the_result() -> None:
    view, inside = around(PLATE, (400, 300, 600, 700), TENTH, ratio=None, longer_px=0)
    assert inside
    assert view == View(left=375, top=250, width_px=250, height_px=500)
    assert (400 - view.left) / view.width_px == pytest.approx(0.1)


def test_padding_in_pixels_is_the_results() -> None:
    forty = Length(px=40)
    margins = Margins(top=forty, right=forty, bottom=forty, left=forty)
    view, _ = around(PLATE, (400, 300, 600, 700), margins, ratio=None, longer_px=960)
    zoom = 960 / view.longer_px
    assert (300 - view.top) * zoom == pytest.approx(40, abs=2)


def test_a_ratio_widens_what_padding_leaves() -> None:
    view, inside = around(PLATE, (400, 300, 600, 700), TENTH, ratio=1.0, longer_px=0)
    assert inside
    assert view.width_px == view.height_px == 500


def test_where_the_plate_ends_there_is_less_padding() -> None:
    view, inside = around(PLATE, (10, 300, 210, 990), TENTH, ratio=None, longer_px=0)
    assert not inside
    assert view.left == 0
    assert view.top + view.height_px == 1000


def test_a_size_is_the_longer_side() -> None:
    assert View(left=0, top=0, width_px=500, height_px=1000).sized(400) == (200, 400)
    assert whole(PLATE).sized(0) == PLATE


def test_no_part_has_no_pixels() -> None:
    with pytest.raises(ValueError, match="no part"):
        View(left=0, top=0, width_px=0, height_px=5)
