"""The product's edge at full resolution: where exactly, and in which colour."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box, Cutout, box_of
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
_HAIR = 10
"""In model pixels: how far beyond the contour of a product its hair may reach. Half of it cuts
hairs off, more of it makes nothing better and follows the joints of a tiled floor."""
_SOLVED_BEYOND_PX = 32
"""Beyond the likely product nothing can be product: contour, band, windows and fairing together
reach 25 pixels."""
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
    # Models are as unsure of a plant behind as of fur: hair grows out of the product alone.
    small = cv2.resize(alpha, soft.shape[::-1], interpolation=cv2.INTER_AREA)
    soft &= distance_to(small > 0.5) <= _HAIR * consensus.model_px
    size = (alpha.shape[1], alpha.shape[0])
    where = cv2.resize(soft.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return np.where(where, soft_alpha(rgb, consensus, soft), alpha)


def _alpha(rgb: Rgb, consensus: Consensus) -> Floats:
    coarse = _coarse_contour(consensus)
    if coarse.shape == rgb.shape[:2]:
        return _solved(rgb, coarse)
    size = (rgb.shape[1], rgb.shape[0])
    likely = np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR), np.float32)
    alpha = np.zeros_like(likely)
    if (box := box_of(likely, threshold=0.5)) is None:
        return alpha
    whole = Box(left=0, top=0, right=size[0], bottom=size[1])
    reach = box.grown(_SOLVED_BEYOND_PX, within=whole)
    window = np.s_[reach.top : reach.bottom, reach.left : reach.right]
    alpha[window] = _solved(rgb[window], _fine_contour(rgb[window], likely[window]))
    return alpha


def _solved(rgb: Rgb, likely: Floats) -> Floats:
    """Alpha along a contour."""
    product = likely > 0.5
    unknown = around(product, _SOFT_REACH_PX)
    alpha = closed_form(rgb, _held(likely, unknown, product), unknown, prior_weight=_ALPHA_PRIOR)
    alpha -= np.float32(_LOWEST)
    alpha /= np.float32(_HIGHEST - _LOWEST)
    return faired(np.clip(alpha, 0, 1, out=alpha))


def _coarse_contour(consensus: Consensus) -> Floats:
    """Probability of product at the working resolution, falling steeply at the picture's edges."""
    evidence, unknown = _trimap(consensus.outline, consensus.model_px)
    return random_walk(consensus.picture, evidence, unknown, prior_weight=_COARSE_PRIOR)


def _fine_contour(rgb: Rgb, likely: Floats) -> Floats:
    """The same at the picture's own resolution."""
    product = likely > 0.5
    near = around(product, _FINE_REACH_PX)
    return random_walk(rgb, _held(likely, near, product), near, prior_weight=_FINE_PRIOR)


def _held(likely: Floats, unknown: Mask, product: Mask) -> Floats:
    """What is likely where it is unknown, and what is known elsewhere."""
    held = product.astype(np.float32)
    np.copyto(held, likely, where=unknown)
    return held


def _trimap(probability: Floats, model_px: float) -> tuple[Floats, Mask]:
    """Evidence and where it is not enough: the transition, widened by one model pixel a side."""
    reach = max(1.0, model_px)
    core = probability > 0.9
    near = distance_to(core) <= _STRAY_REACH * reach
    candidate = (near & (probability > 0.1)) | (probability > 0.5)
    sure = distance_to(~core) > reach
    unknown = (distance_to(candidate) <= reach) & ~sure
    return np.where(unknown, probability, sure).astype(np.float32), unknown
