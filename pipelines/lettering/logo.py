"""A brand's logo in a corner, in its own colours, over a frosted pane where it would be lost."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import TextUnplaceable
from pipelines.imaging.cutout import Box
from pipelines.lettering.contrast import LARGE_TEXT_RATIO, Colour, luminance
from pipelines.lettering.draw import Raster, panel
from pipelines.lettering.ink import OPACITIES, Drawn
from pipelines.lettering.look import Look
from pipelines.lettering.space import Corner, Space

_PAD = 0.35
"""Of the logo's height: what a pane shows around it."""
_LOST_SHARE = 0.1
"""Of a logo's pixels, the share that may have less contrast than the reported ratio: fine print."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A logo to place.

    Attributes
    ----------
    rgb, alpha
        uint8 (h, w, 3) sRGB and float32 (h, w), straight.
    width
        Over the frame's shorter side.
    clear
        Free space around it, over its own height.
    """

    rgb: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.float32]
    corner: Corner = "top-left"
    width: float = 0.16
    clear: float = 0.5


def draw_logo(raster: Raster, logo: Logo, space: Space, look: Look) -> Drawn:
    """Draw a logo into a picture in place, as near to its corner as there is room.

    Raises
    ------
    TextUnplaceable
    """
    width = logo.width * min(raster.shape[:2])
    height = width * logo.alpha.shape[0] / logo.alpha.shape[1]
    box = space.nearest((width, height), logo.corner)
    if box is None:
        raise TextUnplaceable(
            part="logo", text=logo.corner, fix="make the logo or the product smaller"
        )
    alpha, rgb = _resized(logo, (box.width_px, box.height_px))
    window = np.s_[box.top : box.bottom, box.left : box.right]
    pane = 0.0
    if _contrast(rgb, alpha, raster[window]) < LARGE_TEXT_RATIO:
        pane = _lay_pane(raster, box, rgb, alpha, look)
    contrast = _contrast(rgb, alpha, raster[window])
    mixed = rgb * alpha[..., None] + raster[window] * (1 - alpha[..., None]) + np.float32(0.5)
    raster[window] = np.where(alpha[..., None] > 0, mixed, raster[window]).astype(np.uint8)
    return Drawn(
        part="logo", box=box, text_px=0.0, contrast=contrast, limit=LARGE_TEXT_RATIO, pane=pane
    )


def _contrast(
    rgb: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32], ground: Raster
) -> float:
    """Contrast of a logo's pixels with what lies under each of them, at its worst tenth."""
    solid = alpha > 0.5
    if not solid.any():
        return 0.0
    own, under = luminance(rgb[solid].astype(np.uint8)), luminance(ground[solid])
    ratios = (np.maximum(own, under) + 0.05) / (np.minimum(own, under) + 0.05)
    return float(np.quantile(ratios, _LOST_SHARE))


def _lay_pane(
    raster: Raster,
    box: Box,
    rgb: npt.NDArray[np.float32],
    alpha: npt.NDArray[np.float32],
    look: Look,
) -> float:
    """Lay the most transparent pane on which the logo shows; return its opacity."""
    pad = round(_PAD * box.height_px)
    wide = Box(
        left=max(0, box.left - pad),
        top=max(0, box.top - pad),
        right=min(raster.shape[1], box.right + pad),
        bottom=min(raster.shape[0], box.bottom + pad),
    )
    before = raster[wide.top : wide.bottom, wide.left : wide.right].copy()
    colour = max((look.light, look.dark), key=lambda one: _on_plain(rgb, alpha, one))
    for opacity in OPACITIES:
        raster[wide.top : wide.bottom, wide.left : wide.right] = before
        panel(raster, wide, colour, opacity=opacity, radius_px=0.6 * pad)
        under = raster[box.top : box.bottom, box.left : box.right]
        if _contrast(rgb, alpha, under) >= LARGE_TEXT_RATIO:
            break
    return opacity


def _on_plain(
    rgb: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32], colour: Colour
) -> float:
    plain = np.broadcast_to(np.array(colour, np.uint8), rgb.shape)
    return _contrast(rgb, alpha, np.ascontiguousarray(plain))


def _resized(
    logo: Logo, size: tuple[int, int]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    premultiplied = logo.rgb * logo.alpha[..., None]
    how = cv2.INTER_AREA if size[0] < logo.alpha.shape[1] else cv2.INTER_CUBIC
    alpha = np.clip(cv2.resize(logo.alpha, size, interpolation=how), 0, 1)
    colour = cv2.resize(premultiplied, size, interpolation=how)
    rgb = np.clip(colour / np.maximum(alpha, np.float32(1e-3))[..., None], 0, 255)
    return alpha.astype(np.float32), rgb.astype(np.float32)
