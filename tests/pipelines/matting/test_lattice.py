"""The band solvers against systems small enough to solve densely, and laws of their answers."""

import numpy as np
import pytest
from pymatting import cf_laplacian

from pipelines.matting.closed_form import _LIGHT, closed_form
from pipelines.matting.lattice import Lattice
from pipelines.matting.random_walk import random_walk

RNG = np.random.default_rng(3)
PICTURE = RNG.integers(0, 256, (12, 14, 3)).astype(np.uint8)


def _band(height: int = 12, width: int = 14) -> tuple[np.ndarray, np.ndarray]:
    """Product on the left, background on the right, four columns unknown."""
    alpha = np.zeros((height, width), np.float32)
    alpha[:, : width // 2] = 1
    unknown = np.zeros((height, width), bool)
    unknown[:, width // 2 - 2 : width // 2 + 2] = True
    return np.where(unknown, np.float32(0.4), alpha).astype(np.float32), unknown


def test_the_band_is_solved_as_the_whole_picture_would_be() -> None:
    alpha, unknown = _band()
    weight = 0.05
    laplacian = cf_laplacian(_LIGHT[PICTURE].astype(np.float64), epsilon=1e-6).toarray()
    inner, values = unknown.ravel(), alpha.ravel()
    system = laplacian[np.ix_(inner, inner)] + weight * np.eye(inner.sum())
    goal = weight * values[inner] - laplacian[np.ix_(inner, ~inner)] @ values[~inner]
    expected = np.clip(np.linalg.solve(system, goal), 0, 1)
    solved = closed_form(PICTURE, alpha, unknown, prior_weight=weight, iterations=300)
    assert np.abs(solved[unknown] - expected).max() < 0.005
    assert np.array_equal(solved[~unknown], alpha[~unknown])


def test_the_contour_follows_an_edge_that_the_evidence_misses() -> None:
    picture = np.full((20, 30, 3), 40, np.uint8)
    picture[:, 17:] = 200  # the product ends at column 17, the evidence says 15
    evidence = np.zeros((20, 30), np.float32)
    evidence[:, :15] = 1
    unknown = np.zeros((20, 30), bool)
    unknown[:, 11:20] = True
    walked = random_walk(picture, evidence, unknown, prior_weight=0.02)
    assert (walked[:, :17] > 0.5).all()
    assert (walked[:, 17:] < 0.5).all()


def test_the_contour_follows_the_evidence_where_there_is_no_edge() -> None:
    picture = np.full((20, 30, 3), 120, np.uint8)
    evidence = np.zeros((20, 30), np.float32)
    evidence[:, :15] = 1
    unknown = np.zeros((20, 30), bool)
    unknown[:, 11:19] = True
    walked = random_walk(picture, evidence, unknown, prior_weight=0.02)
    assert (walked[:, :14] > 0.5).all()
    assert (walked[:, 16:] < 0.5).all()


@pytest.mark.parametrize("solver", [closed_form, random_walk])
def test_nothing_unknown_is_nothing_to_do(solver: object) -> None:
    alpha, unknown = _band()
    solved = solver(PICTURE, alpha, np.zeros_like(unknown), prior_weight=0.1)  # type: ignore[operator]
    assert np.array_equal(solved, alpha)


def test_a_heavy_prior_is_kept() -> None:
    alpha, unknown = _band()
    lattice = Lattice(unknown)
    offsets = ((0, 0), (0, 1), (0, -1))
    coupling = np.tile(np.array([2, -1, -1], np.float32), (lattice.pixels.size, 1))
    kept = lattice.solve(offsets, coupling, alpha, prior_weight=1e5, iterations=50)
    assert np.abs(kept - alpha).max() < 1e-3
    smooth = lattice.solve(offsets, coupling, alpha, prior_weight=1e-6, iterations=200, tolerance=0)
    assert np.allclose(smooth[5, 4:10], np.linspace(1, 0, 6), atol=0.01)
