"""The product inside a painting: what a painter must leave alone, and what is behind it.

A painter sees the whole product and a narrow band around it, so that it neither eats into it nor
continues it. Nothing of that band is shown afterwards, nor of what its colours bleed into: it holds
the scene that stood there before.
"""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import VISIBLE

Rgb = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Area = npt.NDArray[np.bool_]
_BAND = 0.004
"""Of the longer side: 4 px at 1,024, half of what one latent pixel of the usual autoencoders is."""
_BLEED = 0.012
"""Of the longer side: masks snap to whole latent pixels, and decoders mix neighbours. At less, a
line of the old background's colour is seen around the product."""
_LEAST_BAND_PX, _LEAST_BLEED_PX = 2, 4


def kept_area(alpha: Plane) -> Area:
    """The product with its guard band, bool (H, W): what the mask keeps."""
    return _grown(alpha, max(_LEAST_BAND_PX, round(_BAND * max(alpha.shape))))


def bled_area(alpha: Plane) -> Area:
    """The product with all that a painting shows of it and of its band, bool (H, W)."""
    return _grown(alpha, bleed_px(alpha.shape))


def bleed_px(shape: tuple[int, ...]) -> int:
    """How far around a product a painting of this shape is not to be trusted, in its pixels."""
    return max(_LEAST_BLEED_PX, round(_BLEED * max(shape[:2])))


def inpaint_mask(alpha: Plane) -> Plane:
    """What is painted anew, float32 (H, W): 1 everywhere but on the product and its guard band."""
    return np.asarray(~kept_area(alpha), np.float32)


def without_product(painted: Rgb, hidden_area: Area) -> Rgb:
    """Continue a painting behind the product: its surroundings, mirrored at the area's edge.

    Mirroring keeps texture and grain, and meets the painting without a seam. What lies deep
    inside is hidden by an opaque product, and shows through glass and fur.
    """
    if not hidden_area.any() or hidden_area.all():
        return painted
    inside = hidden_area.astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(
        inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE, labelType=cv2.DIST_LABEL_PIXEL
    )
    free = np.nonzero(~hidden_area)
    nearest = np.zeros((2, int(labels.max()) + 1), np.int32)
    nearest[:, labels[free]] = free
    hidden = np.nonzero(hidden_area)
    edge = nearest[:, labels[hidden]]
    mirrored = 2 * edge - np.stack(hidden)
    height, width = hidden_area.shape
    there = (mirrored >= 0).all(axis=0) & (mirrored[0] < height) & (mirrored[1] < width)
    rows, columns = np.where(there, mirrored, edge)
    also_hidden = hidden_area[rows, columns]
    rows[also_hidden], columns[also_hidden] = edge[0][also_hidden], edge[1][also_hidden]
    result = painted.copy()
    result[hidden] = painted[rows, columns]
    return result


def _grown(alpha: Plane, reach: int) -> Area:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate((alpha > VISIBLE).astype(np.uint8), disc) > 0)
