"""The line between garment and person, drawn along the picture's own edges."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.band import around
from pipelines.matting.closed_form import closed_form
from pipelines.matting.random_walk import random_walk

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Rgb = npt.NDArray[np.uint8]

WORKING_PX = 640
"""Longer side of the picture in which sides are told; the line is then drawn in the whole one."""
LEAST_SPECK = 0.004
"""Share of the figure: smaller pieces of either are noise of the colours, and are given back."""
_SOFT_REACH_PX = 2


def reduced(rgb: Rgb, figure: Floats) -> tuple[Rgb, Mask, float]:
    """Bring a picture and its figure to the working size.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
    figure : float32 (H, W), alpha

    Returns
    -------
    The working picture, uint8 (h, w, 3); where it shows the figure, bool (h, w); and working
    pixels per pixel.
    """
    height, width = figure.shape
    zoom = min(1.0, WORKING_PX / max(height, width))
    size = max(1, round(width * zoom)), max(1, round(height * zoom))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    inside = np.asarray(cv2.resize(figure, size, interpolation=cv2.INTER_AREA), np.float32) > 0.5
    return small, inside, zoom


def garment_alpha(rgb: Rgb, figure: Floats, likely: Floats, *, zoom: float) -> Floats:
    """Alpha of the garment in the whole picture, from where it is likely in a working picture.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
    figure : float32 (H, W), alpha of person and garment together
    likely : float32 (h, w) within [0, 1], how likely each pixel of the figure is garment
    zoom
        Working pixels per pixel.
    """
    height, width = figure.shape
    coarse = np.asarray(cv2.resize(likely, (width, height), interpolation=cv2.INTER_CUBIC))
    share = _sharpened(rgb, coarse, figure, reach_px=max(2, round(1.5 / zoom)))
    return _without_dust(np.asarray(figure * share, np.float32))


def beyond(likely: Floats, inside: Mask) -> Floats:
    """Give what lies out of the figure the side of its nearest pixel: edges then do not shrink."""
    if inside.all() or not inside.any():
        return likely
    _, labels = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    value = np.zeros(int(labels.max()) + 1, np.float32)
    value[labels[inside]] = likely[inside]
    return np.asarray(value[labels], np.float32)


def _without_dust(garment: Floats) -> Floats:
    """Give to the person what is left of the garment in grains, far from the rest of it."""
    number, labels, stats, _ = cv2.connectedComponentsWithStats((garment > 0.05).astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    dust = areas < LEAST_SPECK * float(areas[1:].sum()) if number > 1 else np.zeros(number, bool)
    dust[0] = False
    return np.where(dust[labels], np.float32(0), garment)


def _sharpened(rgb: Rgb, coarse: Floats, figure: Floats, *, reach_px: int) -> Floats:
    """The line between garment and person at full resolution, soft over a pixel or two."""
    product = coarse > 0.5
    near = around(product, reach_px + 1) & (figure > 0)
    likely = random_walk(rgb, np.where(near, coarse, product).astype(np.float32), near,
                         prior_weight=0.4)  # fmt: skip
    product = likely > 0.5
    line = around(product, _SOFT_REACH_PX) & (figure > 0.9)
    solved = closed_form(rgb, np.where(line, likely, product).astype(np.float32), line,
                         prior_weight=0.3)  # fmt: skip
    return np.asarray(np.clip((solved - 0.03) / 0.94, 0, 1), np.float32)
