"""Bands around a contour, measured by distance."""

import cv2
import numpy as np

from pipelines.matting.lattice import Floats, Mask


def distance_to(mask: Mask) -> Floats:
    """Distance in px of each pixel to the nearest in the mask; the frame's border is no edge of it.

    >>> distance_to(np.array([[False, False, True]])).round(0).tolist()
    [[2.0, 1.0, 0.0]]
    """
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3))


def around(product: Mask, reach_px: int) -> Mask:
    """Pixels within reach of the product's contour, on either side."""
    window = np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
    mask = product.astype(np.uint8)
    return np.asarray(cv2.dilate(mask, window) > cv2.erode(mask, window, borderValue=1))
