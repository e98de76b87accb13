"""Product lock: the product in the picture is the merchant's own, pixel for pixel."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE, Cutout
from pipelines.imaging.placement import Placed
from pipelines.report import Check, judged

Raster = npt.NDArray[np.uint8]
_FIX = "do not use it; keep the photo and report this image, it is a fault of ours"


def placed_lock(placed: Placed, raster: Raster) -> Check:
    """Compare the finished raster with the product as it was placed: nothing was painted over."""
    worst = placed.locked_difference(raster[..., :3])
    return judged(
        "product lock",
        passed=worst == 0,
        value=f"largest difference {worst}",
        limit="0 inside the opaque area",
        fix=_FIX,
    )


def source_lock(cutout: Cutout, source_rgb: Raster) -> Check:
    """Compare the cutout with the photo: its opaque pixels are the photo's own bytes."""
    box = cutout.box
    inside = np.s_[box.top : box.bottom, box.left : box.right]
    opaque = (cutout.alpha[inside] >= OPAQUE).view(np.uint8)
    worst = int(cv2.norm(cutout.rgb[inside], source_rgb[inside], cv2.NORM_INF, opaque))
    return judged(
        "photo's own pixels",
        passed=worst == 0,
        value=f"largest difference {worst}",
        limit="0 inside the opaque area",
        fix=_FIX,
    )
