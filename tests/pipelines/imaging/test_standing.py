"""Where a product stands is read from its lower edge."""

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.imaging.light import Surface
from pipelines.imaging.standing import standing_of

PAPER = Surface(depression_deg=12, roughness=0.5, reflectance=0.0)


def silhouette(
    lowest: npt.NDArray[np.float64 | np.int64], height: int = 120
) -> npt.NDArray[np.float32]:
    """A solid whose lower edge is given per column, and whose top is level."""
    rows = np.arange(height)[:, None]
    return np.asarray((rows >= 10) & (rows < lowest[None, :]), dtype=np.float32)


def test_a_level_foot_stands_everywhere() -> None:
    stand = standing_of(silhouette(np.full(80, 120)), PAPER)
    assert stand.touches.all()
    assert stand.tilt == 0
    assert (stand.line == 120).all()


def test_a_round_foot_tells_its_depth_by_its_curve() -> None:
    x = np.linspace(-1, 1, 81)
    stand = standing_of(silhouette(120 - 15 * (1 - np.sqrt(1 - (x * 0.9) ** 2)) / 0.56), PAPER)
    assert stand.tilt == pytest.approx(0, abs=1e-3)
    assert stand.foot_rows > 0.4 * 81 * PAPER.foreshortening


def test_something_seen_from_a_corner_stands_on_a_slant() -> None:
    stand = standing_of(silhouette(np.linspace(120, 100, 100)), PAPER)
    assert stand.tilt == pytest.approx(-0.2, abs=0.02)
    assert stand.touches.mean() > 0.9
    assert stand.lift()[-1] == pytest.approx(20, abs=2)


def test_a_handle_hangs_and_the_gap_between_legs_is_spanned() -> None:
    lowest = np.full(100, 120)
    lowest[80:] = 70  # a handle
    lowest[30:50] = 60  # between two legs
    stand = standing_of(silhouette(lowest), PAPER)
    assert not stand.touches[85:].any()
    assert not stand.touches[32:48].any()
    assert stand.touches[:28].all()
    assert np.abs(stand.line - 120).max() <= 1


def test_nothing_stands_nowhere() -> None:
    assert not standing_of(np.zeros((20, 30), np.float32), PAPER).touches.any()


def test_clear_glass_stands_as_the_same_shape_does_when_solid() -> None:
    solid = silhouette(np.full(80, 120))
    clear, whole = (standing_of(one, PAPER) for one in (solid * np.float32(0.4), solid))
    assert np.array_equal(clear.touches, whole.touches)
    assert (clear.base_row, clear.foot_rows) == (whole.base_row, whole.foot_rows)
