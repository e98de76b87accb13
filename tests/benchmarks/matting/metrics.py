"""How far a cutout is from the truth: pure functions of two alphas, or of two coloured alphas.

Alphas are float32 (H, W) in [0, 1], colours float32 (H, W, 3) in [0, 255], straight. Errors are
summed over the whole picture: there is no trimap to confine them to, since whatever a method
leaves of the background is its error, too.

References
----------
Rhemann et al. 2009, "A Perceptually Motivated Online Benchmark for Image Matting"
(alphamatting.com): sum of absolute differences, gradient and connectivity error.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

Alpha = npt.NDArray[np.float32]
Colour = npt.NDArray[np.float32]

BLACK = (0.0, 0.0, 0.0)
MAGENTA = (255.0, 0.0, 255.0)
_THOUSAND = 1000.0
"""SAD, gradient and connectivity error are reported in thousands, as in the literature."""
_GRADIENT_SIGMA_PX = 1.4
_GRADIENT_ENERGY = 1 / (8 * np.pi * _GRADIENT_SIGMA_PX**4)
"""Sum of squares of that derivative filter; published errors use filters whose sum is 1."""
_CONNECTIVITY_STEP = 0.1
_CONNECTIVITY_TOLERANCE = 0.15
_PARTLY = (0.02, 0.98)
"""Between these the truth counts as partly covered: where a halo can show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """All errors of one cutout.

    Attributes
    ----------
    iou
        Intersection over union of what is more than half covered, [0, 1]; 1 is exact.
    mae
        Mean absolute difference of alpha, [0, 1].
    sad, gradient, connectivity
        Sums over the picture, in thousands.
    halo_black, halo_magenta
        Mean colour error in 8-bit steps where the truth is partly covered, when both are laid on
        that colour; None where the true colours are not known.
    """

    iou: float
    mae: float
    sad: float
    gradient: float
    connectivity: float
    halo_black: float | None
    halo_magenta: float | None


def score(found: tuple[Colour, Alpha], wanted: tuple[Colour | None, Alpha]) -> Scores:
    """Every measure of a found (colour, alpha) against the true one.

    Raises
    ------
        ValueError: the pictures differ in size
    """
    colour, alpha = found
    true_colour, true_alpha = wanted
    if alpha.shape != true_alpha.shape or colour.shape[:2] != alpha.shape:
        raise ValueError(f"sizes differ: {colour.shape}, {alpha.shape}, truth {true_alpha.shape}")
    truth = None if true_colour is None else (true_colour, true_alpha)
    return Scores(
        iou=iou(alpha, true_alpha),
        mae=float(np.abs(alpha - true_alpha).mean(dtype=np.float64)),
        sad=float(np.abs(alpha - true_alpha).sum(dtype=np.float64)) / _THOUSAND,
        gradient=gradient_error(alpha, true_alpha),
        connectivity=connectivity_error(alpha, true_alpha),
        halo_black=None if truth is None else halo(found, truth, on=BLACK),
        halo_magenta=None if truth is None else halo(found, truth, on=MAGENTA),
    )


def iou(alpha: Alpha, truth: Alpha) -> float:
    """Intersection over union above one half; 1 where both are empty."""
    found, wanted = alpha > 0.5, truth > 0.5
    union = int((found | wanted).sum())
    return float((found & wanted).sum()) / union if union else 1.0


def gradient_error(alpha: Alpha, truth: Alpha) -> float:
    """Squared difference of gradient magnitudes, summed, in thousands.

    Gradients are first-order Gaussian derivatives with a sigma of 1.4 px and unit energy.
    """
    squares = (_slope(alpha) - _slope(truth)) ** 2
    return float(squares.sum()) / _GRADIENT_ENERGY / _THOUSAND


def _slope(alpha: Alpha) -> npt.NDArray[np.float64]:
    return np.asarray(
        ndimage.gaussian_gradient_magnitude(alpha.astype(np.float64), _GRADIENT_SIGMA_PX)
    )


def connectivity_error(alpha: Alpha, truth: Alpha) -> float:
    """Difference in how well each pixel hangs together with the product, summed, in thousands.

    The source region is the largest region that is opaque in both. A pixel's level is the highest
    threshold at which it is still connected to it in both; its connectivity falls with how far
    its alpha lies above that level, differences below 0.15 forgiven.
    """
    level = _connected_level(np.minimum(alpha, truth))
    return float(np.abs(_phi(alpha, level) - _phi(truth, level)).sum()) / _THOUSAND


def _connected_level(common: Alpha) -> npt.NDArray[np.float64]:
    """Highest threshold, in steps, at which each pixel is in the largest region above it."""
    level = np.zeros(common.shape)
    for step in range(1, round(1 / _CONNECTIVITY_STEP) + 1):
        threshold = step * _CONNECTIVITY_STEP
        above = (common >= threshold - 1e-6).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(above, connectivity=4)
        if count < 2:
            break
        largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        inside = labels == largest
        # A pixel that fell out at a lower threshold stays out.
        level[inside & (level >= threshold - 1.5 * _CONNECTIVITY_STEP)] = threshold
    return level


def _phi(alpha: Alpha, level: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = alpha.astype(np.float64) - level
    return np.asarray(1.0 - above * (above >= _CONNECTIVITY_TOLERANCE))


def halo(
    found: tuple[Colour, Alpha],
    wanted: tuple[Colour, Alpha],
    *,
    on: tuple[float, float, float],
) -> float:
    """Mean absolute colour error over a ground ``on``, where the truth is partly covered.

    0 where no pixel is. In 8-bit steps.
    """
    low, high = _PARTLY
    partly = (wanted[1] > low) & (wanted[1] < high)
    if not partly.any():
        return 0.0
    difference = _laid(found, partly, on) - _laid(wanted, partly, on)
    return float(np.abs(difference).mean(dtype=np.float64))


def _laid(
    picture: tuple[Colour, Alpha],
    where: npt.NDArray[np.bool_],
    on: tuple[float, float, float],
) -> npt.NDArray[np.float32]:
    colour, alpha = picture[0][where], picture[1][where][:, None]
    return np.asarray(colour * alpha + np.asarray(on, np.float32) * (1 - alpha), np.float32)
