"""Sharpness against the source: what scaling, upscaling or a tint did to the product's detail."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE, Cutout
from pipelines.imaging.placement import Placed
from pipelines.report import Check, judged, noted

KEPT = 0.82
"""Gradient energy of the result over the photo's. Placing the 8 samples at scales 0.3 to 2.6 gives
0.86 (leather grain) to 1.05; a Gaussian of 1.2 px 0.44 to 0.95, of 2 px 0.28 to 0.89."""
_WIDEST_PX = 800
"""Products wider than this are compared at this width: a mean needs no more."""
_COMPARED_AT = 0.7
"""Both are compared at this share of the smaller of the two: enlarging adds no detail, and what
resampling does to the finest, which no eye sees, is left out."""
_LEAST_DETAIL = 1.0
"""Mean gradient, 8-bit levels a pixel, below which a product is plain and there is none to lose."""

Raster = npt.NDArray[np.uint8]


def detail_check(cutout: Cutout, placed: Placed, raster: Raster, source: Raster) -> Check | None:
    """Compare the product's gradient energy in the result with its source's at that scale.

    None where the product is so turned or cropped that the two cannot be laid upon each other.

    Parameters
    ----------
    raster : uint8 (H, W, 3) or (H, W, 4), the finished frame
    source : uint8 (h, w, 3), the photo; the cutout may be an upscaled copy of it
    """
    box, scale = cutout.box, source.shape[0] / cutout.alpha.shape[0]
    top, bottom, left, right = (
        round(edge * scale) for edge in (box.top, box.bottom, box.left, box.right)
    )
    height, width = placed.alpha.shape
    shape_kept = abs((bottom - top) * width - (right - left) * height) <= 2 * max(height, width)
    inside = 0 <= placed.left_px <= placed.frame_width_px - width
    inside &= 0 <= placed.top_px <= placed.frame_height_px - height
    if not (shape_kept and inside) or min(bottom - top, right - left) < 8:
        return None
    shown = raster[placed.top_px :, placed.left_px :, :3][:height, :width]
    across = min(round(_COMPARED_AT * min(width, right - left)), _WIDEST_PX)
    size = across, max(1, round(height * across / width))
    # Widened first, no hole is passed over: means would find it, too, in eight times the time.
    solid = cv2.erode((placed.alpha >= OPAQUE).view(np.uint8), np.ones((3, 3), np.uint8))
    opaque = cv2.erode(cv2.resize(solid, size), np.ones((5, 5), np.uint8)).astype(bool)
    if not opaque.any():
        return None
    before = _energy(_grey(source[top:bottom, left:right], size), opaque)
    after = _energy(_grey(shown, size), opaque)
    if before < _LEAST_DETAIL:
        return noted("detail kept", "the product is plain, there is no detail to lose")
    return judged(
        "detail kept",
        passed=after >= KEPT * before,
        value=f"{after / before:.2f} of the photo's at this size",
        limit=f"at least {KEPT:g}",
        fix="make it smaller with --size, or use a larger photo",
    )


def _resized(picture: Raster, size: tuple[int, int]) -> Raster:
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    how = cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how), dtype=np.uint8)


def _grey(rgb: Raster, size: tuple[int, int]) -> Raster:
    """A picture's brightness at a size: to resample one channel is a third of the work."""
    return _resized(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8), size)


def _energy(grey: Raster, where: npt.NDArray[np.bool_]) -> float:
    """Mean length of the brightness gradient, 8-bit levels a pixel."""
    along = cv2.Sobel(grey, cv2.CV_16S, 1, 0, ksize=1)
    down = cv2.Sobel(grey, cv2.CV_16S, 0, 1, ksize=1)
    # |x| + |y| for the length: it ranks the same and needs no square roots.
    inside = where.view(np.uint8)
    total = cv2.norm(along, cv2.NORM_L1, inside) + cv2.norm(down, cv2.NORM_L1, inside)
    return float(total / cv2.countNonZero(inside)) / 2
