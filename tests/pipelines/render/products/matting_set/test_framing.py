"""The product fills the frame as asked, wherever and however it is looked at."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.render.camera import Point
from pipelines.render.products.matting_set.framing import View, frame

SIDES_M = st.floats(0.02, 0.6)


def _corners(width_m: float, depth_m: float, height_m: float) -> list[Point]:
    w, d = width_m / 2, depth_m / 2
    return [(x, y, z) for x, y, z in product((-w, w), (-d, d), (0.0, height_m))]


@given(
    sides=st.tuples(SIDES_M, SIDES_M, SIDES_M),
    fill=st.floats(0.2, 0.95),
    pitch_deg=st.floats(5, 50),
    x=st.floats(0.2, 0.8),
    y=st.floats(0.3, 0.7),
)
def test_the_longer_side_fills_its_share_around_the_centre(
    sides: tuple[float, float, float], fill: float, pitch_deg: float, x: float, y: float
) -> None:
    corners = _corners(*sides)
    view = View(fill=fill, pitch_deg=pitch_deg, centre=(x, y))
    camera = frame(corners, view, size_px=600)
    spots = [camera.project(corner) for corner in corners]
    wide = max(s[0] for s in spots) - min(s[0] for s in spots)
    tall = max(s[1] for s in spots) - min(s[1] for s in spots)
    assert max(wide, tall) == pytest.approx(fill, rel=1e-3)
    middle: Point = (0.0, 0.0, sides[2] / 2)
    assert camera.project(middle) == pytest.approx((x, y), abs=1e-6)


def test_the_sharp_plane_lies_between_front_and_middle() -> None:
    corners = _corners(0.1, 0.2, 0.1)
    camera = frame(corners, View(), size_px=600)
    nearest_m = min(camera.depth_m(corner) for corner in corners)
    assert nearest_m < camera.focus_distance_m < camera.depth_m((0.0, 0.0, 0.05))


def test_a_product_that_fills_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="fill"):
        View(fill=0.0)
