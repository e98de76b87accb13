"""What happens where the product's edge and the backdrop share a pixel.

Only the rim is touched: partly covered pixels beside the outside. Opaque pixels are never, and
neither is clear glass away from its outline.
"""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_linear, to_srgb
from pipelines.imaging.cutout import OPAQUE, VISIBLE
from pipelines.imaging.placement import Placed

Rgb = npt.NDArray[np.uint8]
_WRAP = 0.35
"""Share of the difference to a brighter backdrop that bends around an edge; by eye, on backlit
plates: at 0.6 dark products glow."""
_LEAST_RIM_PX = 2
_RIM_SHARE = 0.004
"""Width of the rim, of the product's longer side: optics blur an edge no farther."""


def clipped(placed: Placed) -> tuple[Placed, tuple[slice, slice]]:
    """The part of the product that the frame shows, as its own frame, and where that is."""
    height, width = placed.alpha.shape
    rows = _overlap(placed.top_px, height, placed.frame_height_px)
    columns = _overlap(placed.left_px, width, placed.frame_width_px)
    visible = (
        slice(rows.start - placed.top_px, rows.stop - placed.top_px),
        slice(columns.start - placed.left_px, columns.stop - placed.left_px),
    )
    patch = replace(
        placed,
        rgb=np.ascontiguousarray(placed.rgb[visible]),
        alpha=np.ascontiguousarray(placed.alpha[visible]),
        left_px=0,
        top_px=0,
        frame_width_px=columns.stop - columns.start,
        frame_height_px=rows.stop - rows.start,
    )
    return patch, (rows, columns)


def _overlap(start: int, length: int, frame: int) -> slice:
    first = min(max(0, start), frame)
    return slice(first, max(first, min(frame, start + length)))


def rim_of(alpha: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Partly covered pixels of a patch that lie beside the outside, bool (h, w)."""
    partly = (alpha > 0) & (alpha < OPAQUE)
    reach = max(_LEAST_RIM_PX, round(_RIM_SHARE * max(alpha.shape)))
    outside = cv2.copyMakeBorder(
        (alpha <= VISIBLE).astype(np.uint8), reach, reach, reach, reach, cv2.BORDER_CONSTANT,
        value=(1,),
    )  # fmt: skip
    near = cv2.dilate(outside, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return np.asarray(partly & (near[reach:-reach, reach:-reach] > 0))


def wrapped(placed: Placed, background: Rgb) -> Rgb:
    """Let a bright backdrop's light bend around the product's edge.

    Parameters
    ----------
    background : uint8 (h, w, 3): what lies behind the product's patch, of the patch's size

    Returns the patch's colours, changed in the rim alone.
    """
    rows, columns = np.nonzero(rim_of(placed.alpha))
    sigma = max(1.5, 0.006 * max(placed.alpha.shape))
    behind = to_linear(cv2.GaussianBlur(background, (0, 0), sigma)[rows, columns])
    own = to_linear(placed.rgb[rows, columns])
    clear = 1 - placed.alpha[rows, columns, None]
    brighter = np.maximum(behind - own, 0) * clear * np.float32(_WRAP)
    result = placed.rgb.copy()
    result[rows, columns] = to_srgb(np.asarray(own + brighter, dtype=np.float32))
    return result
