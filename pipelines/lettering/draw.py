"""Ink and shapes on a picture: coverage blended on encoded values, as every design tool does."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from pipelines.imaging.cutout import Box
from pipelines.lettering.blocks import Block
from pipelines.lettering.contrast import Colour
from pipelines.lettering.typeset import Coverage, Typesetter

Raster = npt.NDArray[np.uint8]
Outline = Callable[[ImageDraw.ImageDraw, float], None]

_FINER = 4
"""Shapes are drawn this much larger and averaged down: smooth edges."""


def paint(raster: Raster, coverage: Coverage, colour: Colour, *, left: float, top: float) -> None:
    """Blend a colour into a picture in place, clipped at the frame."""
    x, y = round(left), round(top)
    height, width = coverage.shape
    rows = slice(max(0, y), min(raster.shape[0], y + height))
    columns = slice(max(0, x), min(raster.shape[1], x + width))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    share = coverage[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x, None]
    under = raster[rows, columns]
    mixed = np.array(colour, np.float32) * share + under * (1 - share)
    raster[rows, columns] = np.where(share > 0, mixed + np.float32(0.5), under).astype(np.uint8)


def shape(width_px: float, height_px: float, outline: Outline) -> Coverage:
    """Coverage of an outline that draws itself at a given enlargement."""
    size = max(1, round(width_px)), max(1, round(height_px))
    canvas = Image.new("L", (size[0] * _FINER, size[1] * _FINER), 0)
    outline(ImageDraw.Draw(canvas), float(_FINER))
    small = canvas.resize(size, Image.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)


def rounded(width_px: float, height_px: float, radius_px: float) -> Coverage:
    """Coverage of a rectangle with round corners."""

    def outline(pen: ImageDraw.ImageDraw, finer: float) -> None:
        box = (0, 0, round(width_px) * finer - 1, round(height_px) * finer - 1)
        pen.rounded_rectangle(box, radius=radius_px * finer, fill=255)

    return shape(width_px, height_px, outline)


def panel(raster: Raster, box: Box, colour: Colour, *, opacity: float, radius_px: float) -> None:
    """Lay a frosted pane over a part of a picture: what shines through it is blurred."""
    window = np.s_[box.top : box.bottom, box.left : box.right]
    sigma = max(2.0, 0.012 * min(raster.shape[:2]))
    blurred = cv2.GaussianBlur(raster[window], (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    pane = np.array(colour, np.float32) * opacity + blurred * np.float32(1 - opacity)
    share = rounded(box.width_px, box.height_px, radius_px)[..., None]
    mixed = pane * share + raster[window] * (1 - share) + np.float32(0.5)
    raster[window] = np.where(share > 0, mixed, raster[window]).astype(np.uint8)


def block_ink(block: Block, setter: Typesetter, *, role: str = "") -> tuple[Coverage, int]:
    """Ink of a block's lines, of one role or of all; and the margin around the block's box."""
    margin = int(block.size_px * 0.3) + 2
    shape_px = int(block.height_px) + 2 * margin, int(block.width_px) + 2 * margin
    ink = np.zeros(shape_px, np.float32)
    for line in block.lines:
        if role and line.role != role:
            continue
        coverage, left, top = setter.ink(line.text, line.style, line.size_px)
        y, x = round(line.baseline_px) + top + margin, round(line.x_px) + left + margin
        height, width = coverage.shape
        window = ink[max(0, y) : y + height, max(0, x) : x + width]
        part = coverage[max(0, -y) :, max(0, -x) :][: window.shape[0], : window.shape[1]]
        np.maximum(window, part, out=window)
    return ink, margin


def beneath(raster: Raster, ink: Coverage, *, left: float, top: float, reach_px: float) -> Raster:
    """The picture's pixels under a text and right around its strokes, uint8 (N, 3)."""
    around = cv2.dilate(
        ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(reach_px)) + 1,) * 2)
    )
    x, y = round(left), round(top)
    rows = slice(max(0, y), min(raster.shape[0], y + ink.shape[0]))
    columns = slice(max(0, x), min(raster.shape[1], x + ink.shape[1]))
    part = around[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
    return np.asarray(raster[rows, columns][part > 0.2])
