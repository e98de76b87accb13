"""A look that parts the colours overrules the vote, whichever way it goes."""

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.matting.disputes import _cells, settled

Floats = npt.NDArray[np.float32]


def _ring() -> tuple[npt.NDArray[np.uint8], Floats, Floats]:
    """A dark ring on a light wall; one look sees its hole, the other fills it."""
    rows, columns = np.indices((120, 120)) - 60
    radius = np.hypot(rows, columns)
    rng = np.random.default_rng(5)
    picture = np.full((120, 120, 3), (200, 205, 198), np.uint8)
    ring = (radius < 45) & (radius >= 25)
    picture[ring] = (50, 60, 90)
    picture = (picture + rng.integers(0, 8, picture.shape)).astype(np.uint8)
    return picture, ring.astype(np.float32), (radius < 45).astype(np.float32)


def test_a_filled_hole_is_opened_though_most_looks_fill_it() -> None:
    picture, ring, disc = _ring()
    result = settled(picture, np.stack([disc, disc, ring]), disc, model_px=2)
    assert np.array_equal(result > 0.5, ring > 0.5)


def test_a_dropped_part_is_restored_though_most_looks_drop_it() -> None:
    picture, ring, _ = _ring()
    half = ring.copy()
    half[:, 60:] = 0
    result = settled(picture, np.stack([half, half, ring]), half, model_px=2)
    assert (result > 0.5)[ring > 0.5].mean() > 0.95


def test_the_vote_stands_where_colours_cannot_tell() -> None:
    _, ring, disc = _ring()
    grey = np.random.default_rng(1).integers(120, 128, (120, 120, 3)).astype(np.uint8)
    assert np.array_equal(settled(grey, np.stack([disc, disc, ring]), disc, model_px=2), disc)


def test_looks_that_agree_are_not_touched() -> None:
    picture, ring, _ = _ring()
    vote = ring * np.float32(0.9)
    assert settled(picture, np.stack([ring, ring]), vote, model_px=2) is vote


@pytest.mark.parametrize(
    "window",
    [(slice(0, 90), slice(0, 70)), (slice(20, 95), slice(31, 44)), (slice(0, 1), slice(5, 6))],
)
def test_colours_of_a_window_are_those_of_the_whole_picture(window: tuple[slice, slice]) -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    whole = _cells(rgb, (slice(0, 90), slice(0, 70)))
    assert np.array_equal(_cells(rgb, window), whole[window])
