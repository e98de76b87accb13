"""A contour without the grain of the photo in it."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.lattice import Floats

Mask = npt.NDArray[np.uint8]
Window = tuple[slice, slice]

_SIGMA_PX = 1.2
_GAIN = np.float32(1.7)
"""Gives back the steepness that the blur takes from a straight edge of a sharp photo."""
_THICK_PX = 4
"""Half width from which a part is solid: wires, chains and gaps narrower than twice this stay."""
_FRAY_PX = 2
_TILE_PX = 128
"""A tile with its margin stays in a core's own cache, and most of a picture has no edge."""
_MARGIN_PX = 16
"""Opening, widening and blur see 12 px far: tiles give to the last digit what the whole gives."""
_HALF = np.float32(0.5)
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _THICK_PX + 1, 2 * _THICK_PX + 1))
_FRAY = np.ones((2 * _FRAY_PX + 1, 2 * _FRAY_PX + 1), np.uint8)
_BESIDE = np.ones((3, 3), np.uint8)


def faired(alpha: Floats) -> Floats:
    """Smooth the outline of solid parts along itself; what is thin or lies flat stays as it is.

    Each edge pixel of a noisy photo is decided nearly by itself, so that a straight rim comes out
    frayed by a pixel. A blur followed by a steeper step moves it to where its neighbours have it.

    Parameters
    ----------
    alpha : float32 (H, W), range [0, 1]
    """
    result = alpha.copy()
    for tile, around, inner in _tiles(alpha.shape[0], alpha.shape[1]):
        seen = np.ascontiguousarray(alpha[around])
        least, most, *_ = cv2.minMaxLoc(seen)
        if least < most:
            steep, along = _smoothed(seen)
            np.copyto(result[tile], steep[inner], where=along[inner] > 0)
    return result


def _tiles(height: int, width: int) -> Iterator[tuple[Window, Window, Window]]:
    """Tiles of a picture, each with a margin, and where it lies in that."""
    for top in range(0, height, _TILE_PX):
        for left in range(0, width, _TILE_PX):
            first, second = max(0, top - _MARGIN_PX), max(0, left - _MARGIN_PX)
            down, right = top - first, left - second
            yield (
                np.s_[top : top + _TILE_PX, left : left + _TILE_PX],
                np.s_[first : top + _TILE_PX + _MARGIN_PX, second : left + _TILE_PX + _MARGIN_PX],
                np.s_[down : down + _TILE_PX, right : right + _TILE_PX],
            )


def _smoothed(alpha: Floats) -> tuple[Floats, Mask]:
    """The smoother outline, and where it counts."""
    solid = np.greater(alpha, _HALF).view(np.uint8)
    along = cv2.bitwise_and(_near_thick(solid), _near_thick(1 - solid))
    steep = cv2.GaussianBlur(alpha, (0, 0), _SIGMA_PX)
    steep -= _HALF
    steep *= _GAIN
    steep += _HALF
    return np.clip(steep, 0, 1, out=steep), np.asarray(along, np.uint8)


def _near_thick(part: Mask) -> Mask:
    """Where the nearest piece of a part is thick; all of it 0 and 1."""
    thick = cv2.morphologyEx(part, cv2.MORPH_OPEN, _DISC)
    # What sticks out of a solid part by no more than this is its fray, not a wire.
    thin = cv2.dilate(cv2.subtract(part, cv2.dilate(thick, _FRAY)), _BESIDE)
    return np.asarray(cv2.subtract(cv2.dilate(thick, _DISC), thin), np.uint8)
