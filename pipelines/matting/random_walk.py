"""Which side of an edge a pixel is on: random walks that rarely cross edges of the picture."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.lattice import Floats, Lattice, Mask

_OFFSETS = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
_AROUND = tuple(one for one in _OFFSETS if one != (0, 0))
_TYPICAL = 0.5
"""Share of the median colour step at which a step is an edge: half the median adapts to noise and
texture; 0.3 to 1 are as good on the samples, 2 loses weak edges."""
_NOISE = 0.25
"""Of 255: no step smaller than this is an edge."""
_SAMPLED = 8
"""Every eighth pixel tells the median step: of all, it takes longer than all steps themselves."""
_LEAK = 1e-4
"""Probability of crossing the strongest edge: keeps the system solvable."""


def random_walk(
    guide: npt.NDArray[np.uint8],
    evidence: Floats,
    unknown: Mask,
    *,
    prior_weight: float,
    iterations: int = 60,
) -> Floats:
    """Probability that a walk from each unknown pixel reaches product before background.

    Half of it is a contour that lies on the picture's own edges where there are any, and follows
    the evidence where there are none: it does not leak through a gap, as watersheds do.

    Parameters
    ----------
    guide : uint8 (H, W, 3), sRGB
    evidence
        float32 (H, W): 0 or 1 where known, else how likely the pixel is product.
    prior_weight
        What the evidence weighs against the picture's edges.

    References
    ----------
    Grady 2005, "Multilabel Random Walker Image Segmentation Using Prior Models".
    """
    lattice = Lattice(unknown)
    if lattice.pixels.size == 0:
        return evidence
    steps = _steps(lattice, lattice.packed(guide))
    typical = _TYPICAL * float(np.median(steps[:, ::_SAMPLED])) + _NOISE
    return lattice.solve(
        _OFFSETS, _coupling(lattice, steps / np.float32(-typical)), evidence,
        prior_weight=prior_weight, iterations=iterations,
    )  # fmt: skip


def _steps(lattice: Lattice, colours: npt.NDArray[np.uint32]) -> Floats:
    """Distance in colour of each unknown pixel to its eight neighbours, float32 (8, unknown)."""
    steps = np.empty((len(_AROUND), lattice.pixels.size), np.float32)
    own = colours[lattice.pixels].view(np.uint8)
    for place, offset in enumerate(_AROUND):
        beside = colours[lattice.pixels + lattice.step(offset)].view(np.uint8)
        apart = np.asarray(cv2.absdiff(beside, own)).reshape(-1, 4).astype(np.float32)
        apart *= apart
        np.sqrt(apart[:, 0] + apart[:, 1] + apart[:, 2], out=steps[place])
    return steps


def _coupling(lattice: Lattice, exponents: Floats) -> Floats:
    """Each unknown pixel's coupling to itself and its eight neighbours, float32 (unknown, 9)."""
    coupling = np.zeros((len(_OFFSETS), lattice.pixels.size), np.float32)
    inside = lattice.interior(0)
    for exponent, offset in zip(exponents, _AROUND, strict=True):
        one = coupling[_OFFSETS.index(offset)]
        np.exp(exponent, out=one)
        one += np.float32(_LEAK)
        one /= np.float32(-np.hypot(*offset))
        one *= inside[lattice.pixels + lattice.step(offset)]
    coupling[_OFFSETS.index((0, 0))] = -coupling.sum(axis=0)
    return np.ascontiguousarray(coupling.T)
