"""The plates' records are computed from this camera, so its geometry must close on itself."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.render.camera import Camera

cameras = st.builds(
    Camera,
    focal_mm=st.floats(35, 120),
    pitch_deg=st.floats(4, 40),
    distance_m=st.floats(0.3, 3.0),
    frame_x=st.floats(0.2, 0.8),
    frame_y=st.floats(0.5, 0.9),
    width_px=st.integers(300, 2000),
    height_px=st.integers(300, 2000),
)


@given(cameras)
def test_the_target_lands_on_its_place_at_its_distance(camera: Camera) -> None:
    x, y = camera.project(camera.target)
    assert (x, y) == pytest.approx((camera.frame_x, camera.frame_y))
    assert math.dist(camera.location, camera.target) == pytest.approx(camera.distance_m)


@given(cameras, st.floats(0.1, 0.9), st.floats(0.75, 1.0))
def test_a_place_on_the_surface_projects_back_to_itself(camera: Camera, x: float, y: float) -> None:
    point = camera.on_plane(x, y)
    assert point[2] == 0.0
    assert camera.project(point) == pytest.approx((x, y))


@given(cameras)
def test_px_per_cm_is_the_projected_length_of_a_centimetre(camera: Camera) -> None:
    left, right = camera.project((0.0, 0.0, 0.0)), camera.project((0.01, 0.0, 0.0))
    across_px = (right[0] - left[0]) * camera.width_px
    assert camera.px_per_cm((0.0, 0.0, 0.0)) == pytest.approx(across_px)


def test_what_is_nearer_is_larger_and_lower() -> None:
    camera = Camera()
    near, far = (0.0, -0.1, 0.0), (0.0, 0.3, 0.0)
    assert camera.px_per_cm(near) > camera.px_per_cm(far)
    assert camera.project(near)[1] > camera.project(far)[1]


def test_the_sky_is_on_no_surface() -> None:
    with pytest.raises(ValueError, match="horizon"):
        Camera(pitch_deg=10.0).on_plane(0.5, 0.05)


def test_what_lies_behind_the_lens_is_not_projected() -> None:
    with pytest.raises(ValueError, match="behind the lens"):
        Camera().project((0.0, -5.0, 0.0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"focal_mm": 0.0},
        {"distance_m": -1.0},
        {"pitch_deg": 90.0},
        {"f_number": 0.0},
        {"width_px": 0},
    ],
)
def test_impossible_cameras_cannot_exist(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must|outside|needs"):
        Camera(**wrong)  # type: ignore[arg-type]
