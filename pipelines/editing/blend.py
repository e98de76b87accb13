"""Take a model's changes into the original: unchanged pixels and the product stay its own bytes."""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE

Rgb = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)

_NOTHING = 1 / 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A product that stays as it is.

    Attributes
    ----------
    alpha
        float32 (H, W) in [0, 1].
    colour
        uint8 (H, W, 3), sRGB: the product's own, where it covers a pixel only partly too.
    """

    alpha: Map
    colour: Rgb


def blend(
    before: Rgb, painted: Rgb, taken: Map, *, lock: Lock | None, guard_px: float
) -> tuple[Rgb, Map]:
    """Mix a painted picture into the original, whose bytes stay wherever nothing is taken.

    Parameters
    ----------
    before, painted : uint8 (H, W, 3)
    taken : float32 (H, W) in [0, 1]
    guard_px : how far from a locked product the painted picture is not believed

    Returns
    -------
    uint8 (H, W, 3), and float32 (H, W) in [0, 1]: how much of each pixel was mixed in, which near
    a locked product is not what was to be taken there
    """
    if lock is None:
        return _mixed(before, painted, taken), taken
    covered = (lock.alpha > _NOTHING).astype(np.uint8)
    believed = _beyond(covered, guard_px)
    if believed.all():
        return _mixed(before, painted, taken), taken
    if not believed.any():
        return before, np.zeros_like(taken)
    return _around(before, painted, taken, lock, believed, guard_px)


def _around(
    before: Rgb, painted: Rgb, taken: Map, lock: Lock, believed: Mask, guard_px: float
) -> tuple[Rgb, Map]:
    """Mix around a product: it is put over what is painted anew behind it.

    Near the product, where a model's own rendering of it bleeds over the outline, the nearest
    painting that is believed is carried inwards.
    """
    nearest = _nearest(believed)
    gap = ~believed
    behind, taken = _carried(painted, nearest), _carried(taken, nearest)
    behind[gap] = cv2.GaussianBlur(behind, (0, 0), max(1.0, guard_px / 2))[gap]
    solid = lock.alpha >= OPAQUE
    taken[solid] = 0
    edge = gap & ~solid
    alpha = lock.alpha[edge][:, None]
    behind[edge] = np.rint(alpha * lock.colour[edge] + (1 - alpha) * behind[edge]).astype(np.uint8)
    return _mixed(before, behind, taken), taken


def _mixed(before: Rgb, painted: Rgb, share: Map) -> Rgb:
    result = before.copy()
    where = share > 0
    step = painted[where].astype(np.float32) - before[where]
    mixed = before[where] + step * share[where][:, None]
    result[where] = np.rint(mixed).astype(np.uint8)
    return result


def _beyond(covered: npt.NDArray[np.uint8], reach_px: float) -> Mask:
    side = 2 * max(1, round(reach_px)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.dilate(covered, disc) == 0)


def _nearest(known: Mask) -> npt.NDArray[np.int64]:
    """Flat index of the nearest known pixel, for every pixel; a known one is its own."""
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.zeros(int(labels.max()) + 1, np.int64)
    flat = np.flatnonzero(known)
    places[labels.ravel()[flat]] = flat
    return np.asarray(places[labels], dtype=np.int64)


def _carried(picture: npt.NDArray[T], nearest: npt.NDArray[np.int64]) -> npt.NDArray[T]:
    return picture.reshape(-1, *picture.shape[2:])[nearest]
