"""The shadow pass of a 3D render, as a shadow on white: used as given, down to what nobody sees."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.photo_shadow import PhotoShadow

FLOOR = 0.02
"""Share of light below which a pass shows a path tracer's noise and the sky's far side, not a
shadow: white must stay 255 there."""
_SPECKS_PX = 5
_GRAIN = 0.008
"""Of the longer side: blur of the faint outskirts, where noise would leave islands of grey."""
_FAINT = 0.012
_SURE = 0.05
"""A patch that nowhere takes this much light is noise; what is fainter than `_FAINT` is nothing."""


def render_shadow(kept: npt.NDArray[np.float32]) -> PhotoShadow:
    """Turn a pass into light lost.

    Parameters
    ----------
    kept : float32 (H, W) in [0, 1], share of light that the shadow leaves
    """
    lost = np.clip((1 - kept - np.float32(FLOOR)) / np.float32(1 - FLOOR), 0, 1)
    quiet = cv2.medianBlur(lost.astype(np.float32), _SPECKS_PX)
    smooth = cv2.GaussianBlur(quiet, (0, 0), _GRAIN * max(kept.shape))
    weight = np.clip(quiet / np.float32(2 * _SURE), 0, 1)
    quiet = np.asarray(quiet * weight + smooth * (1 - weight), np.float32)
    _, patches = cv2.connectedComponents((quiet > _FAINT).astype(np.uint8), connectivity=8)
    shadows = np.unique(patches[quiet > _SURE])
    return PhotoShadow(
        loss=np.where(np.isin(patches, shadows[shadows > 0]), quiet, np.float32(0)), floor=FLOOR
    )
