"""The product's edge at full resolution: where exactly, and in which colour."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Cutout
from pipelines.matting.band import around, distance_to
from pipelines.matting.closed_form import closed_form
from pipelines.matting.consensus import Consensus
from pipelines.matting.fairing import faired
from pipelines.matting.foreground import free_in_place
from pipelines.matting.lattice import Floats, Mask
from pipelines.matting.random_walk import random_walk
from pipelines.matting.soft import soft_alpha, soft_outline

Rgb = npt.NDArray[np.uint8]

_STRAY_REACH = 6
"""In model pixels: weak probability farther than this from the sure product is no fur of it, but
a joint between tiles or a crease in the cloth behind."""
_COARSE_PRIOR, _FINE_PRIOR, _ALPHA_PRIOR = 0.2, 0.4, 0.3
"""What the models' evidence weighs against the picture's edges. A tenth of it lets walks eat thin
chains and wires; twice as much is as good on hard edges and worse on cloth."""
_FINE_REACH_PX = 4
"""Full-resolution pixels within which the contour may still move after the coarse look."""
_SOFT_REACH_PX = 2
"""Half width of the band in which alpha is solved: photos blur an edge over two to four pixels."""
_LOWEST, _HIGHEST = 0.02, 0.98
"""Alpha outside these is solver noise: a faint veil on the background, pinholes in the product."""


def free_edges(rgb: Rgb, consensus: Consensus) -> Cutout:
    """Turn a probability into a cutout: contour on the picture's edges, alpha, clean colours.

    The contour is found coarse to fine by random walks, alpha in a narrow band around it by
    closed-form matting at the picture's own resolution.
    """
    crop = consensus.crop
    inside = rgb[crop.top : crop.bottom, crop.left : crop.right]
    solved = _with_soft_parts(_alpha(inside, consensus), inside, consensus)
    alpha = np.zeros(rgb.shape[:2], np.float32)
    alpha[crop.top : crop.bottom, crop.left : crop.right] = solved
    cleaned = rgb.copy()
    free_in_place(cleaned[crop.top : crop.bottom, crop.left : crop.right], solved)
    return Cutout(rgb=cleaned, alpha=alpha)


def _with_soft_parts(alpha: Floats, rgb: Rgb, consensus: Consensus) -> Floats:
    soft = soft_outline(consensus)
    if soft is None:
        return alpha
    size = (alpha.shape[1], alpha.shape[0])
    where = cv2.resize(soft.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return np.where(where, soft_alpha(rgb, consensus), alpha)


def _alpha(rgb: Rgb, consensus: Consensus) -> Floats:
    likely = _contour(rgb, consensus)
    product = likely > 0.5
    unknown = around(product, _SOFT_REACH_PX)
    alpha = closed_form(rgb, np.where(unknown, likely, product), unknown, prior_weight=_ALPHA_PRIOR)
    alpha -= np.float32(_LOWEST)
    alpha /= np.float32(_HIGHEST - _LOWEST)
    return faired(np.clip(alpha, 0, 1, out=alpha))


def _contour(rgb: Rgb, consensus: Consensus) -> Floats:
    """Probability of product at full resolution, falling steeply at the picture's edges."""
    outline = consensus.outline
    height, width = rgb.shape[:2]
    size = (outline.shape[1], outline.shape[0])
    evidence, unknown = _trimap(outline, consensus.model_px)
    if size == (width, height):
        return random_walk(rgb, evidence, unknown, prior_weight=_COARSE_PRIOR)
    coarse = random_walk(consensus.picture, evidence, unknown, prior_weight=_COARSE_PRIOR)
    likely = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    product = likely > 0.5
    near = around(product, _FINE_REACH_PX)
    return random_walk(rgb, np.where(near, likely, product), near, prior_weight=_FINE_PRIOR)


def _trimap(probability: Floats, model_px: float) -> tuple[Floats, Mask]:
    """Evidence and where it is not enough: the transition, widened by one model pixel a side."""
    reach = max(1.0, model_px)
    core = probability > 0.9
    near = distance_to(core) <= _STRAY_REACH * reach
    candidate = (near & (probability > 0.1)) | (probability > 0.5)
    sure = distance_to(~core) > reach
    unknown = (distance_to(candidate) <= reach) & ~sure
    return np.where(unknown, probability, sure).astype(np.float32), unknown
