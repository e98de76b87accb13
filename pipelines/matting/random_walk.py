"""Which side of an edge a pixel is on: random walks that rarely cross edges of the picture."""

import numpy as np
import numpy.typing as npt

from pipelines.matting.lattice import Floats, Lattice, Mask

_OFFSETS = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
_TYPICAL = 0.5
"""Share of the median colour step at which a step is an edge: half the median adapts to noise and
texture; 0.3 to 1 are as good on the samples, 2 loses weak edges."""
_NOISE = 0.25
"""Of 255: no step smaller than this is an edge."""
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
    colours = lattice.flatten(guide)
    own = colours[lattice.pixels].astype(np.float32)
    steps = np.empty((lattice.pixels.size, len(_OFFSETS)), np.float32)
    for place, offset in enumerate(_OFFSETS):
        difference = colours[lattice.pixels + lattice.step(offset)] - own
        steps[:, place] = np.sqrt((difference * difference).sum(axis=1))
    middle = _OFFSETS.index((0, 0))
    typical = _TYPICAL * float(np.median(np.delete(steps, middle, axis=1))) + _NOISE
    coupling = -(np.exp(-steps / np.float32(typical)) + np.float32(_LEAK))
    coupling /= np.array([max(np.hypot(*one), 1) for one in _OFFSETS], np.float32)
    inside = lattice.interior(0)
    for place, offset in enumerate(_OFFSETS):
        coupling[~inside[lattice.pixels + lattice.step(offset)], place] = 0
    coupling[:, middle] = 0
    coupling[:, middle] = -coupling.sum(axis=1)
    return lattice.solve(
        _OFFSETS, coupling, evidence, prior_weight=prior_weight, iterations=iterations
    )
