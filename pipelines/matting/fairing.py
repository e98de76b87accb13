"""A contour without the grain of the photo in it."""

import cv2
import numpy as np

from pipelines.matting.lattice import Floats, Mask

_SIGMA_PX = 1.2
_GAIN = 1.7
"""Gives back the steepness that the blur takes from a straight edge of a sharp photo."""
_THICK_PX = 4
"""Half width from which a part is solid: wires, chains and gaps narrower than twice this stay."""
_FRAY_PX = 2


def faired(alpha: Floats) -> Floats:
    """Smooth the outline of solid parts along itself; what is thin or lies flat stays as it is.

    Each edge pixel of a noisy photo is decided nearly by itself, so that a straight rim comes out
    frayed by a pixel. A blur followed by a steeper step moves it to where its neighbours have it.

    Parameters
    ----------
    alpha : float32 (H, W), range [0, 1]
    """
    solid = alpha > 0.5
    along = _near_thick(solid) & _near_thick(~solid)
    blurred = cv2.GaussianBlur(alpha, (0, 0), _SIGMA_PX)
    steep = np.clip((blurred - 0.5) * np.float32(_GAIN) + np.float32(0.5), 0, 1)
    return np.where(along, steep, alpha).astype(np.float32)


def _near_thick(part: Mask) -> Mask:
    """Where the nearest piece of a part is thick."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _THICK_PX + 1, 2 * _THICK_PX + 1))
    mask = part.astype(np.uint8)
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc)
    # What sticks out of a solid part by no more than this is its fray, not a wire.
    frayed = cv2.dilate(thick, np.ones((2 * _FRAY_PX + 1, 2 * _FRAY_PX + 1), np.uint8))
    thin = cv2.dilate(mask & (1 - frayed), np.ones((3, 3), np.uint8))
    return np.asarray((cv2.dilate(thick, disc) > 0) & (thin == 0), dtype=np.bool_)
