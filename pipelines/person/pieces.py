"""What is worn above and what below: which of two garments a merchant sells."""

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.random_walk import random_walk
from pipelines.person.body import HIPS, SHOULDERS, Pose
from pipelines.person.palette import lab_of, palette_of

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Rgb = npt.NDArray[np.uint8]

Piece = Literal["all", "upper", "lower"]

_CHEST, _THIGHS = (0.25, 0.75), (1.3, 2.4)
"""Along the body, 0 at the shoulders and 1 at the hips: where only one of the two can be."""
_WAIST, _SPREAD = 1.0, 0.16
"""Where one ends and the other begins, before their colours are known."""
_LEAST_SEED = 0.01
"""Of what is worn: less of it below the hips is a hem."""
_ONE_CLOTH = 2.0
"""Squared distance, in spreads, up to which thighs have the chest's colours: a dress."""
_PRIOR = 0.15
_LEAST_SPECK = 0.02
_LONG_THREAD_PX = 12
"""Working pixels; what is shorter is the corner of a hem."""


def piece_of(rgb: Rgb, worn: Mask, pose: Pose | None, piece: Piece, *, zoom: float) -> Mask:
    """Keep the upper or the lower of what is worn.

    A dress is all upper. Without a pose nothing can be told, and everything is kept.

    Parameters
    ----------
    rgb : uint8 (h, w, 3), a working picture
    worn : bool (h, w), everything that is worn
    zoom
        Working pixels per pixel of the pose.
    """
    if piece == "all" or pose is None:
        return worn
    along = _along(worn.shape, pose, zoom)
    chest = worn & (along > _CHEST[0]) & (along < _CHEST[1])
    thighs = worn & (along > _THIGHS[0]) & (along < _THIGHS[1])
    lab = lab_of(rgb)
    above, below = palette_of(lab, chest, colours=4), palette_of(lab, thighs, colours=4)
    if above is None:
        return worn if piece == "lower" else np.zeros_like(worn)
    to_above = above.distance(lab)
    few = below is None or thighs.sum() < _LEAST_SEED * worn.sum()
    if few or below is None or float(np.median(to_above[thighs])) < _ONE_CLOTH:
        return worn if piece == "upper" else np.zeros_like(worn)
    odds = (_WAIST - along) / _SPREAD + (below.distance(lab) - to_above) / 2
    likely = np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), np.float32)
    likely[chest], likely[thighs] = 1, 0
    walked = random_walk(rgb, np.where(worn, likely, 0).astype(np.float32),
                         worn & ~(chest | thighs), prior_weight=_PRIOR)  # fmt: skip
    upper = _solid(walked > 0.5, worn)
    return upper if piece == "upper" else worn & ~upper


def _along(shape: tuple[int, ...], pose: Pose, zoom: float) -> Floats:
    """Where each pixel lies along the body: 0 at the shoulders, 1 at the hips, 2 at the knees."""
    top, end = pose.middle(SHOULDERS) * zoom, pose.middle(HIPS) * zoom
    down = end - top
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    length = max(1.0, float(down @ down))
    return np.asarray(
        ((columns - top[0]) * down[0] + (rows - top[1]) * down[1]) / length, np.float32
    )


def _solid(upper: Mask, worn: Mask) -> Mask:
    """Give specks of either back to the other: neither has islands of a few pixels."""
    result = upper & worn & ~_threads(upper & worn)
    least = _LEAST_SPECK * float(worn.sum())
    for side in (True, False):
        mask = worn & (result == side)
        number, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        for one in range(1, number):
            if stats[one, cv2.CC_STAT_AREA] < least:
                result[labels == one] = not side
    return result


def _threads(upper: Mask) -> Mask:
    """Lines a few pixels thin, which an outline's blended colours draw along the other piece."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    thin = upper & (cv2.morphologyEx(upper.astype(np.uint8), cv2.MORPH_OPEN, disc) == 0)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(thin.astype(np.uint8))
    sides = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    long = sides > _LONG_THREAD_PX
    long[0] = False
    return np.asarray(long[labels])
