"""Hair, fur and fringe: outlines without an edge, where alpha is solved over a wide band."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.band import distance_to
from pipelines.matting.closed_form import closed_form
from pipelines.matting.consensus import Consensus
from pipelines.matting.lattice import Floats, Mask

Rgb = npt.NDArray[np.uint8]

_WIDE = 2.0
"""Half width in model pixels from which a transition is no edge. Of the outlines of fur products
0.48 to 1 is so wide, of hard ones 0.16 at most, of clear glass up to 0.57."""
_DISPUTE = 0.6
"""Looks farther apart than this disagree; the middle between them is no transition."""
_LEAST_SHARE = 0.2
"""Of the outline: less of it is a model's local doubt about a hard edge."""
_INTO, _OUT_OF = 6.0, 8.0
"""In model pixels: how far hair may show background inside the sure product, and how far it
reaches out of the likely one. Half as far cuts long hairs off and fills the gaps between them."""
_GAP = 20.0
"""In model pixels: a model is surer of some tufts than of others; between soft parts of an outline
that lie less than twice this apart, it is as soft."""
_THIN = 2.5
"""In model pixels: half width up to which a part has no inside for a wide band to start from."""
_LONG = 8.0
"""In model pixels: what is thin and shorter than this is a tuft of the fur itself."""
_NO_HAIR = 0.2
"""Of probability: models blur hair outwards, so that this much of it is none."""
_PRIOR = 0.0005
_FINE_PRIOR = 0.05
_MOST_PX = 300_000
"""Unknown pixels that are solved at full resolution, in about 300 MB; beyond it, alpha is solved
at the working resolution and enlarged."""
_LOWEST, _HIGHEST = 0.03, 0.97


def soft_outline(consensus: Consensus) -> Mask | None:
    """Where the outline is soft, at the working resolution; None if the product has hard edges."""
    if consensus.drawn:
        return None
    probability = consensus.probability
    product = (probability > 0.5).astype(np.uint8)
    outline = product != cv2.erode(product, np.ones((3, 3), np.uint8), borderValue=1)
    agreed = consensus.doubt < _DISPUTE
    transition = ((probability > 0.1) & (probability < 0.9) & agreed).astype(np.uint8)
    reach = _WIDE * consensus.model_px
    wide = cv2.distanceTransform(transition, cv2.DIST_L2, 5) > reach
    if not wide.any():
        return None
    soft = distance_to(wide) <= reach + 1
    if (soft & outline).sum() < _LEAST_SHARE * outline.sum():
        return None
    band = distance_to(wide) <= reach + _OUT_OF * consensus.model_px
    return _joined(band, _GAP * consensus.model_px) & ~_thin(product, consensus.model_px)


def _joined(band: Mask, reach_px: float) -> Mask:
    """Fill the gaps that both their ends reach, and widen nothing else."""
    return np.asarray(distance_to(distance_to(band) > reach_px) > reach_px)


def _thin(product: npt.NDArray[np.uint8], model_px: float) -> Mask:
    """Rings, straps and stalks beside the fur, which a wide band would dissolve."""
    radius = round(_THIN * model_px)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    body = cv2.morphologyEx(product, cv2.MORPH_OPEN, disc)
    slight = cv2.subtract(product, body)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(slight, connectivity=8)
    sides = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    sides[0] = 0  # the label of all that is not thin
    return distance_to((sides >= _LONG * model_px)[labels]) <= model_px


def soft_alpha(rgb: Rgb, consensus: Consensus, soft: Mask) -> Floats:
    """Alpha where an outline is soft, at the crop's full resolution; elsewhere a rough one.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), the consensus' crop
    soft : bool (h, w), where to solve it, at the working resolution
    """
    probability, model_px = consensus.probability, consensus.model_px
    sure = distance_to(probability < 0.95) > _INTO * model_px
    possible = distance_to(probability > 0.3) <= _OUT_OF * model_px
    unknown = possible & ~sure & (distance_to(soft) <= _INTO * model_px)
    likely = np.clip((probability - _NO_HAIR) / (1 - _NO_HAIR), 0, 1)
    guess = np.where(unknown, likely, probability > 0.5).astype(np.float32)
    coarse = _stretched(closed_form(
        consensus.picture, guess, unknown, prior_weight=_PRIOR, iterations=80
    ))  # fmt: skip
    if coarse.shape == rgb.shape[:2]:
        return coarse
    size = (rgb.shape[1], rgb.shape[0])
    alpha = np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)
    partial = (alpha > _LOWEST) & (alpha < _HIGHEST)
    if np.count_nonzero(partial) > _MOST_PX:
        return alpha
    return _stretched(closed_form(rgb, alpha, partial, prior_weight=_FINE_PRIOR))


def _stretched(alpha: Floats) -> Floats:
    return np.asarray(np.clip((alpha - _LOWEST) / (_HIGHEST - _LOWEST), 0, 1), dtype=np.float32)
