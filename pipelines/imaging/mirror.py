"""The product's image in the surface that it stands on."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.blurring import blurred
from pipelines.imaging.light import Surface
from pipelines.imaging.placement import Placed
from pipelines.imaging.standing import line_in_frame, standing_of

Plane = npt.NDArray[np.float32]


def reflection(placed: Placed, surface: Surface) -> tuple[npt.NDArray[np.float32], Plane]:
    """The product's mirror image below its standing line.

    Returns
    -------
    rgb
        float32 (H, W, 3) in [0, 255], sRGB-encoded, of the frame's size.
    share
        float32 (H, W) in [0, 1]: how much of the surface's own look it replaces; it fades with
        distance, faster on rough surfaces.
    """
    shape = (placed.frame_height_px, placed.frame_width_px)
    rgb, share = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    line = line_in_frame(placed, standing_of(placed.alpha, surface))
    window = _below(placed, line)
    if any(one.start >= one.stop for one in window):
        return rgb, share
    rows = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None]
    columns = np.arange(window[1].start, window[1].stop, dtype=np.float32)[None, :]
    mirror = line[None, window[1]]
    below = np.maximum(rows - mirror, 0)
    mirrored, mask = _upside_down(placed, columns, 2 * mirror - rows)
    mask = np.where(below > 0, mask, 0).astype(np.float32)
    rgb[window], soft = _scatter(mirrored, mask, below, surface)
    reach = max(8.0, placed.alpha.shape[0] * (0.9 - 0.75 * min(surface.roughness, 1.0)))
    share[window] = soft * np.exp(-below / reach)
    return rgb, share


def _below(placed: Placed, line: npt.NDArray[np.float32]) -> tuple[slice, slice]:
    """The part of the frame where a mirror image and its scattering can lie."""
    height, width = placed.alpha.shape
    margin = round(0.15 * width) + 8
    rows = slice(
        max(0, int(line.min())), min(placed.frame_height_px, int(line.max()) + height + margin)
    )
    left = min(max(0, placed.left_px - margin), placed.frame_width_px)
    return rows, slice(left, max(left, min(placed.frame_width_px, placed.left_px + width + margin)))


def _upside_down(
    placed: Placed, columns: Plane, rows: Plane
) -> tuple[npt.NDArray[np.float32], Plane]:
    """Premultiplied colours and alpha of the patch at the frame's rows and columns."""
    map_y = (rows - np.float32(placed.top_px)).astype(np.float32)
    map_x = np.broadcast_to(columns - np.float32(placed.left_px), map_y.shape).astype(np.float32)
    straight = np.dstack([placed.rgb, np.asarray(placed.alpha * 255 + 0.5, np.uint8)])
    seen = cv2.remap(straight, map_x, map_y, cv2.INTER_LINEAR).astype(np.float32)
    alpha = seen[..., 3] / np.float32(255)
    return seen[..., :3] * alpha[..., None], alpha


def _scatter(
    premultiplied: npt.NDArray[np.float32], mask: Plane, below: Plane, surface: Surface
) -> tuple[npt.NDArray[np.float32], Plane]:
    """Blur more the farther a mirrored point is from the surface."""
    farthest = float((below * (mask > 0)).max())
    widest = max(1.0, farthest * surface.roughness * 0.5)
    layers = np.dstack([premultiplied, mask])
    result = layers
    for share in (0.25, 0.5, 1.0):
        sigma = widest * share
        weight = np.clip(below * surface.roughness * 0.5 / sigma, 0, 1)[..., None]
        result = result + (blurred(layers, sigma * 0.6, sigma) - result) * weight
    rgb = result[..., :3] / np.maximum(result[..., 3:], 1e-3)
    return np.clip(rgb, 0, 255).astype(np.float32), result[..., 3].astype(np.float32)
