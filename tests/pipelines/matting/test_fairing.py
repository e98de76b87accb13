"""Fairing: noise leaves the outline, everything real stays."""

import cv2
import numpy as np

from pipelines.matting.fairing import faired
from pipelines.matting.lattice import Floats


def half_plane(size: int = 80) -> Floats:
    """A product whose straight edge runs down the middle, two pixels soft."""
    columns = np.arange(size, dtype=np.float32)
    return np.tile(np.clip((size / 2 - columns) / 2 + 0.5, 0, 1), (size, 1)).astype(np.float32)


def test_a_frayed_edge_is_straightened() -> None:
    rng = np.random.default_rng(1)
    straight = half_plane()
    frayed = np.stack([np.roll(row, rng.integers(-1, 2)) for row in straight])
    frayed[:, :3], frayed[:, -3:] = 1, 0
    before, after = (
        one[10:-10].sum(axis=1) for one in (frayed, faired(frayed))
    )  # where the edge is
    assert after.std() < 0.6 * before.std()
    assert abs(float(after.mean() - before.mean())) < 0.1


def test_a_straight_edge_stays_where_and_as_steep_as_it_is() -> None:
    straight = half_plane()
    found = faired(straight)
    assert np.abs(found - straight)[10:-10].max() < 0.15
    assert abs(float(found[40].sum() - straight[40].sum())) < 0.1


def test_wires_and_gaps_keep_their_alpha() -> None:
    alpha = np.zeros((60, 60), np.float32)
    alpha[:, 28:31] = 1  # a wire
    alpha[5:55, 40:58] = 1
    alpha[5:55, 48:50] = 0  # a slit in something solid
    found = faired(alpha)
    assert (found[20:40, 28:31] == 1).all()
    assert (found[20:40, 48:50] == 0).all()


def test_nothing_and_everything_are_left_alone() -> None:
    for value in (0.0, 1.0):
        flat = np.full((30, 30), value, np.float32)
        assert (faired(flat) == flat).all()


def test_the_same_outline_is_faired_alike_wherever_it_lies() -> None:
    rng = np.random.default_rng(3)
    blob = cv2.GaussianBlur(rng.random((260, 240)).astype(np.float32), (0, 0), 9)
    part = np.clip((blob - blob.mean()) * 60 + 0.5, 0, 1).astype(np.float32)
    whole = np.zeros((420, 400), np.float32)
    found = []
    for down, right in ((40, 50), (87, 101)):
        whole[:] = 0
        whole[down : down + 260, right : right + 240] = part
        found.append(faired(whole)[down : down + 260, right : right + 240])
    assert not np.array_equal(found[0], part)
    assert np.array_equal(found[0], found[1])
