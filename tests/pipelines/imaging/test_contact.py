"""The dark at the foot is deep, close, and only where the product touches."""

import numpy as np
import numpy.typing as npt

from pipelines.imaging.contact import contact_and_gap, gap_density
from pipelines.imaging.light import Surface
from pipelines.imaging.placement import Placed

PAPER = Surface(depression_deg=12, roughness=0.6, reflectance=0.0)


def bench() -> Placed:
    """Two legs and a seat; it stands on row 160."""
    alpha = np.zeros((60, 100), np.float32)
    alpha[:15] = alpha[:, :20] = alpha[:, 80:] = 1
    return Placed(
        rgb=np.zeros((60, 100, 3), np.uint8), alpha=alpha, left_px=50, top_px=100,
        frame_width_px=200, frame_height_px=220, enlargement=1.0,
    )  # fmt: skip


def everywhere() -> npt.NDArray[np.float32]:
    """How much of the sky the bench hides, in the whole frame."""
    rows, density, _ = contact_and_gap(bench(), PAPER, beyond_px=1e6)
    assert (rows.start, rows.stop) == (0, bench().frame_height_px)
    return density


def test_it_darkens_under_the_legs_and_not_between_them() -> None:
    for density in (everywhere(), gap_density(bench(), PAPER)):
        assert density[159, 60] > 0.7
        assert density[159, 100] < 0.1
        assert density[190, 60] < 0.02


def test_the_gap_is_the_narrow_part() -> None:
    beside = np.s_[140:159, 45]  # five pixels from a leg
    assert gap_density(bench(), PAPER)[beside].max() < everywhere()[beside].max()


def test_the_rows_near_the_foot_hold_all_of_it() -> None:
    rows, density, gap = contact_and_gap(bench(), PAPER, beyond_px=0)
    for near, whole in (
        (density, everywhere()),
        (gap, gap_density(bench(), PAPER)),
    ):
        assert near.shape == whole[rows].shape
        assert near.shape[0] < 0.8 * whole.shape[0]
        beyond = whole.copy()
        beyond[rows] = 0
        assert np.abs(near - whole[rows]).max() < 1e-3
        assert beyond.max() < 1e-3
