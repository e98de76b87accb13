"""Buckets: nothing is distorted, nothing of the frame is lost, and every profile has one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.generate import BUILT_IN_PROFILES, ProfileRegistry
from pipelines.painting import nearest_bucket

SIDE = st.integers(16, 3000)
BUCKET = st.tuples(*[st.integers(2, 30).map(lambda side: side * 8)] * 2)


@given(frame=st.tuples(SIDE, SIDE), buckets=st.lists(BUCKET, min_size=1, max_size=6))
def test_a_frame_keeps_its_shape_and_touches_its_bucket(
    frame: tuple[int, int], buckets: list[tuple[int, int]]
) -> None:
    fit = nearest_bucket(frame, buckets)
    assert fit.bucket_px in buckets
    assert any(inner == side for inner, side in zip(fit.inner_px, fit.bucket_px, strict=True))
    for inner, side in zip(fit.inner_px, frame, strict=True):
        assert abs(inner - max(1, side * fit.scale)) <= 1


@given(
    frame=st.tuples(st.integers(8, 200), st.integers(8, 200)),
    bucket=st.tuples(
        st.integers(2, 20).map(lambda n: n * 8), st.integers(2, 20).map(lambda n: n * 8)
    ),
)
def test_there_and_back_has_the_frames_size_and_colour(
    frame: tuple[int, int], bucket: tuple[int, int]
) -> None:
    fit = nearest_bucket(frame, [bucket])
    red = np.full((frame[1], frame[0], 3), (200, 10, 10), np.uint8)
    blue = np.full_like(red, 5)
    inside = fit.into(red, blue)
    assert inside.shape == (bucket[1], bucket[0], 3)
    assert (fit.back(inside) == red).all()


def test_the_border_mirrors_the_scene_without_the_product() -> None:
    fit = nearest_bucket((100, 50), [(64, 64)])
    scene = np.full((50, 100, 3), 90, np.uint8)
    whole = fit.into(np.full_like(scene, 200), scene)
    left, top = fit.corner_px
    assert (left, top) == (0, 16)
    assert (whole[:top] == 90).all()
    assert (whole[top : top + 32] == 200).all()
    alpha = fit.plane(np.ones((50, 100), np.float32))
    assert alpha.sum() == 32 * 64


def test_of_buckets_that_fit_alike_the_smallest_with_all_pixels_is_taken() -> None:
    squares = [(512, 512), (1024, 1024), (1536, 1536)]
    assert nearest_bucket((900, 900), squares).bucket_px == (1024, 1024)
    assert nearest_bucket((2000, 2000), squares).bucket_px == (1536, 1536)
    assert nearest_bucket((900, 600), [*squares, (768, 512)]).bucket_px == (768, 512)


@pytest.mark.parametrize("frame", [(1536, 1536), (1200, 1500), (1920, 1080), (640, 1600)])
def test_every_built_in_profile_has_a_bucket_for_the_usual_frames(frame: tuple[int, int]) -> None:
    registry = ProfileRegistry((BUILT_IN_PROFILES,))
    for name in registry.names():
        fit = nearest_bucket(frame, registry.get(name).buckets)
        filled = fit.inner_px[0] * fit.inner_px[1] / (fit.bucket_px[0] * fit.bucket_px[1])
        assert filled > 0.5, (name, fit)
