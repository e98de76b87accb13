"""The product's edge at full resolution: where exactly, and in which colour."""

import cv2
import numpy as np
import numpy.typing as npt
import scipy.sparse

from pipelines.imaging.cutout import OPAQUE, Box, Cutout, box_of
from pipelines.matting.consensus import Consensus

_SOLVE_PX = 640
"""Longest side on which the matting Laplacian is solved; beyond it the guided filter follows the
picture's own edges as well, at a small part of the cost (see tests/benchmarks/matting.py)."""
_GUIDE_EPSILON = 1e-4
_STRAY_REACH = 6
"""In model pixels: weak probability farther than this from the sure product is no fur of it, but
a joint between tiles or a crease in the cloth behind."""
_KNOWN_WEIGHT, _PRIOR_WEIGHT = 100.0, 0.03
_LOWEST, _HIGHEST = 0.04, 0.97
"""Alpha outside these is model noise: a faint veil on the background, pinholes in the product."""


def free_edges(rgb: npt.NDArray[np.uint8], consensus: Consensus) -> Cutout:
    """Turn a probability into a cutout: closed-form alpha in the unknown band, clean colours.

    References
    ----------
    Levin, Lischinski, Weiss 2008, "A Closed-Form Solution to Natural Image Matting";
    He, Sun 2015, "Fast Guided Filter";
    Germer et al. 2020, "Fast Multi-Level Foreground Estimation".
    """
    height, width = rgb.shape[:2]
    box = box_of(consensus.probability, threshold=_LOWEST)
    if box is None:
        return Cutout(rgb=rgb, alpha=np.zeros((height, width), np.float32))
    crop = box.grown(round(4 * consensus.model_px) + 4, width_px=width, height_px=height)
    inside = rgb[crop.top : crop.bottom, crop.left : crop.right]
    known = consensus.probability[crop.top : crop.bottom, crop.left : crop.right]
    solved = _snap(_solve_alpha(inside, known, consensus.model_px))
    alpha = np.zeros((height, width), np.float32)
    alpha[crop.top : crop.bottom, crop.left : crop.right] = solved
    return clean_colours(rgb, alpha, crop)


def clean_colours(rgb: npt.NDArray[np.uint8], alpha: npt.NDArray[np.float32], crop: Box) -> Cutout:
    """Replace the mixed colours of partly covered pixels by the product's own.

    Opaque pixels keep the merchant's bytes exactly.
    """
    from pymatting import estimate_foreground_ml

    window = np.s_[crop.top : crop.bottom, crop.left : crop.right]
    foreground = estimate_foreground_ml(
        rgb[window].astype(np.float32) / np.float32(255), alpha[window].astype(np.float64)
    )
    cleaned = rgb.copy()
    partial = alpha[window] < OPAQUE
    estimate = (np.clip(foreground, 0, 1) * 255 + 0.5).astype(np.uint8)
    cleaned[window][partial] = estimate[partial]
    return Cutout(rgb=cleaned, alpha=alpha)


def _solve_alpha(
    rgb: npt.NDArray[np.uint8], probability: npt.NDArray[np.float32], model_px: float
) -> npt.NDArray[np.float32]:
    height, width = probability.shape
    scale = min(1.0, _SOLVE_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small_rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(probability, size, interpolation=cv2.INTER_AREA)
    trimap = _trimap(small, band_px=model_px * scale)
    guide = small_rgb.astype(np.float32) / np.float32(255)
    alpha = _closed_form(guide, trimap, small)
    if scale == 1.0:
        return alpha
    full_guide = rgb.astype(np.float32) / np.float32(255)
    detailed = _guided(guide, alpha, full_guide, radius_px=3)
    unknown = cv2.resize(((alpha > 0.01) & (alpha < 0.99)).astype(np.float32), (width, height),
                         interpolation=cv2.INTER_LINEAR)  # fmt: skip
    plain = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(unknown > 0, detailed, plain).clip(0, 1), dtype=np.float32)


def _trimap(probability: npt.NDArray[np.float32], *, band_px: float) -> npt.NDArray[np.float64]:
    """1 product, 0 background, 0.5 unknown: the transition, widened by one model pixel a side."""
    reach = max(1, round(band_px))
    core = (probability > 0.9).astype(np.uint8)
    near = cv2.dilate(core, _disc(_STRAY_REACH * reach)) == 1
    candidate = (near & (probability > 0.1)) | (probability > 0.5)
    sure = cv2.erode(core, _disc(reach), borderValue=1)
    possible = cv2.dilate(candidate.astype(np.uint8), _disc(reach))
    trimap = np.full(probability.shape, 0.5)
    trimap[sure == 1] = 1.0
    trimap[possible == 0] = 0.0
    return trimap


def _disc(radius_px: int) -> npt.NDArray[np.uint8]:
    size = (2 * radius_px + 1, 2 * radius_px + 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size), dtype=np.uint8)


def _closed_form(
    guide: npt.NDArray[np.float32],
    trimap: npt.NDArray[np.float64],
    probability: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Solve the matting Laplacian, or keep the probability where nothing is known on one side."""
    if not (trimap == 1).any() or not (trimap == 0).any() or not (trimap == 0.5).any():
        return probability
    from pymatting import cf_laplacian, cg, ichol

    known = trimap != 0.5
    # The models' own probability is weak evidence inside the band: it decides where colours don't.
    weight = np.where(known, _KNOWN_WEIGHT, _PRIOR_WEIGHT).ravel()
    goal = np.where(known, trimap, probability).ravel()
    laplacian = cf_laplacian(guide.astype(np.float64), epsilon=1e-6, is_known=known)
    system = laplacian + scipy.sparse.diags(weight)
    solved = cg(system, weight * goal, M=ichol(system), rtol=1e-5, maxiter=500)
    # The solver only leans on what is known: along lines of one colour (tile joints, table edges)
    # a trace of product would run far out of the band.
    held = np.where(known, trimap, np.clip(solved, 0, 1).reshape(trimap.shape))
    return np.asarray(held, dtype=np.float32)


def _guided(
    small_guide: npt.NDArray[np.float32],
    small_alpha: npt.NDArray[np.float32],
    full_guide: npt.NDArray[np.float32],
    *,
    radius_px: int,
) -> npt.NDArray[np.float32]:
    """Upsample alpha along the edges of the full picture: alpha is locally linear in colour."""
    window = (2 * radius_px + 1, 2 * radius_px + 1)

    def mean(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.asarray(cv2.blur(values, window, borderType=cv2.BORDER_REFLECT))

    mean_i, mean_a = mean(small_guide), mean(small_alpha)
    covariance = np.stack([mean(small_guide[..., c] * small_alpha) for c in range(3)], -1)
    covariance -= mean_i * mean_a[..., None]
    spread = np.empty((*small_alpha.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            value = (
                mean(small_guide[..., i] * small_guide[..., j]) - mean_i[..., i] * mean_i[..., j]
            )
            spread[..., i, j] = spread[..., j, i] = value
    spread += np.float32(_GUIDE_EPSILON) * np.eye(3, dtype=np.float32)
    slope = np.linalg.solve(spread, covariance[..., None])[..., 0]
    offset = mean_a - (slope * mean_i).sum(-1)
    size = (full_guide.shape[1], full_guide.shape[0])
    slope_full = cv2.resize(mean(slope.astype(np.float32)), size, interpolation=cv2.INTER_LINEAR)
    offset_full = cv2.resize(mean(offset.astype(np.float32)), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray((slope_full * full_guide).sum(-1) + offset_full, dtype=np.float32)


def _snap(alpha: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    stretched = (alpha - _LOWEST) / (_HIGHEST - _LOWEST)
    return np.asarray(np.clip(stretched, 0, 1), dtype=np.float32)
