"""Errors of tiny alphas whose answers are known, and laws that hold for any alpha."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.benchmarks.matting.metrics import (
    BLACK,
    MAGENTA,
    Alpha,
    Colour,
    connectivity_error,
    gradient_error,
    halo,
    iou,
    score,
)

ALPHAS = arrays(np.float32, (12, 9), elements=st.floats(0, 1, width=32))


def _square(size: int = 20, *, left: int = 5, right: int = 15) -> Alpha:
    alpha = np.zeros((size, size), np.float32)
    alpha[5:15, left:right] = 1
    return alpha


def _grey(alpha: Alpha, value: float = 100.0) -> Colour:
    return np.full((*alpha.shape, 3), value, np.float32)


def test_iou_of_a_shifted_square_is_its_overlap() -> None:
    assert iou(_square(left=7, right=17), _square()) == pytest.approx(80 / 120)


def test_iou_of_nothing_with_nothing_is_exact() -> None:
    nothing = np.zeros((4, 4), np.float32)
    assert iou(nothing, nothing) == 1.0
    assert iou(nothing, _square(4 * 5)[:4, :4]) == 1.0
    assert iou(np.zeros((20, 20), np.float32), _square()) == 0.0


def test_differences_are_counted_in_pixels() -> None:
    truth = _square()
    missing = truth.copy()
    missing[5:15, 5] = 0.5  # ten pixels, half of each
    scores = score((_grey(truth), missing), (None, truth))
    assert scores.sad == pytest.approx(10 * 0.5 / 1000)
    assert scores.mae == pytest.approx(10 * 0.5 / 400)
    assert scores.halo_black is None
    assert scores.halo_magenta is None


@given(ALPHAS)
def test_the_truth_itself_has_no_error(alpha: Alpha) -> None:
    scores = score((_grey(alpha), alpha), (_grey(alpha), alpha))
    assert scores.iou == 1.0
    assert (scores.mae, scores.sad, scores.gradient, scores.connectivity) == (0, 0, 0, 0)
    assert (scores.halo_black, scores.halo_magenta) == (0, 0)


@given(ALPHAS, ALPHAS)
def test_errors_are_symmetric_and_bounded(one: Alpha, other: Alpha) -> None:
    there = score((_grey(one), one), (None, other))
    back = score((_grey(other), other), (None, one))
    for field in ("iou", "mae", "sad", "gradient", "connectivity"):
        assert getattr(there, field) == pytest.approx(getattr(back, field), abs=1e-9)
    assert 0 <= there.iou <= 1
    assert 0 <= there.mae <= 1
    assert there.connectivity <= one.size / 1000


def _ramp(width_px: int) -> Alpha:
    """A straight edge that rises over ``width_px``."""
    rise = np.clip((np.arange(60) - 30 + width_px / 2) / width_px, 0, 1)
    return rise[None].repeat(40, axis=0).astype(np.float32)


def test_gradient_error_grows_with_the_edges_softness() -> None:
    errors = [gradient_error(_ramp(width_px), _ramp(1)) for width_px in (1, 4, 9, 16)]
    assert errors[0] == 0
    assert errors == sorted(errors)
    assert errors[1] > 0.01


def test_gradient_error_forgives_a_constant_offset() -> None:
    half = np.full((40, 40), 0.5, np.float32)
    assert gradient_error(half, np.zeros_like(half)) == pytest.approx(0, abs=1e-9)


def test_gradient_error_of_a_step_is_that_of_a_gaussian_derivative() -> None:
    """A step's slope is the Gaussian itself: its squares sum to 1 / (2 sigma sqrt(pi)) a row."""
    truth = np.zeros((40, 60), np.float32)
    truth[:, 30:] = 1
    energy = 1 / (8 * np.pi * 1.4**4)
    expected = 40 / (2 * 1.4 * np.sqrt(np.pi)) / energy / 1000
    # Filters are sampled at pixels, which leaves two percent.
    assert gradient_error(np.zeros_like(truth), truth) == pytest.approx(expected, rel=0.03)


def test_a_stray_island_is_not_connected() -> None:
    truth = _square()
    island = truth.copy()
    island[0:2, 0:2] = 1
    assert connectivity_error(island, truth) == pytest.approx(4 / 1000)


def test_a_faint_island_is_forgiven() -> None:
    truth = _square()
    faint = truth.copy()
    faint[0:2, 0:2] = 0.1
    assert connectivity_error(faint, truth) == 0


def test_a_thinner_part_loses_by_how_far_it_fell() -> None:
    """Where the truth is 1 and 0.4 was found, both hang together up to 0.4: the truth loses 0.6."""
    truth = _square()
    found = truth.copy()
    found[5:15, 14] = 0.4
    assert connectivity_error(found, truth) == pytest.approx(10 * 0.6 / 1000, rel=1e-6)


def test_halo_is_the_colour_error_of_partly_covered_pixels() -> None:
    alpha = np.array([[0.0, 0.5, 1.0]], np.float32)
    truth = (_grey(alpha, 100), alpha)
    found = (_grey(alpha, 140), alpha)
    assert halo(found, truth, on=BLACK) == pytest.approx(20)
    assert halo(found, truth, on=MAGENTA) == pytest.approx(20)


def test_a_lost_edge_shows_on_magenta_more_than_on_black() -> None:
    alpha = np.array([[0.0, 0.5, 1.0]], np.float32)
    truth = (_grey(alpha, 40), alpha)
    found = (_grey(alpha, 40), np.array([[0.0, 0.0, 1.0]], np.float32))
    assert halo(found, truth, on=BLACK) == pytest.approx(20)
    assert halo(found, truth, on=MAGENTA) == pytest.approx((2 * 107.5 + 20) / 3)


def test_a_hard_truth_has_no_halo() -> None:
    alpha = _square()
    assert halo((_grey(alpha, 9), alpha), (_grey(alpha, 200), alpha), on=BLACK) == 0.0


def test_pictures_of_different_size_are_refused() -> None:
    alpha = _square()
    with pytest.raises(ValueError, match="sizes differ"):
        score((_grey(alpha), alpha), (None, alpha[:-1]))
