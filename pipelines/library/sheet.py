"""A contact sheet: many pictures on one, with their names under them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from pipelines.errors import GlyphsMissing
from pipelines.lettering import FontStack
from pipelines.lettering.fonts import Run

_PAPER, _INK, _QUIET = (255, 255, 255), (24, 24, 26), (104, 104, 110)
_GAP_PX, _LINE_PX = 20, 24
_NAME_PX, _TITLE_PX = 18, 16
_NAME_WEIGHT = 600
_SMALLEST_PX, _LARGEST_PX = 120, 1024
_WIDEST_SHEET_PX = 16_000
MOST_CELLS = 400
"""Pictures on one sheet: at the usual size, 40 megapixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One picture and what stands under it.

    Attributes
    ----------
    rgb
        uint8 (H, W, 3), sRGB.
    name, title
        The name in black, the title in grey below it.
    """

    rgb: npt.NDArray[np.uint8]
    name: str
    title: str


def contact_sheet(
    cells: Sequence[Cell], fonts: FontStack, *, columns: int = 0, cell_px: int = 360
) -> npt.NDArray[np.uint8]:
    """Set pictures out in rows, each whole inside a square.

    Parameters
    ----------
    columns
        0 chooses so that the sheet is a little wider than high.
    cell_px
        Side of each square.

    Returns
    -------
    uint8 (H, W, 3), sRGB

    Raises
    ------
    ValueError : no cells, too many, or a size out of range
    """
    if not 1 <= len(cells) <= MOST_CELLS:
        raise ValueError(f"{len(cells)} pictures; a sheet holds 1 to {MOST_CELLS}")
    if not _SMALLEST_PX <= cell_px <= _LARGEST_PX:
        raise ValueError(f"cell_px is {cell_px}, must be {_SMALLEST_PX} to {_LARGEST_PX}")
    columns = columns or max(round((1.4 * len(cells)) ** 0.5), 1)
    columns = min(columns, len(cells), max(_WIDEST_SHEET_PX // (cell_px + _GAP_PX), 1))
    rows = -(-len(cells) // columns)
    high = cell_px + 2 * _LINE_PX + _GAP_PX
    size = (columns * (cell_px + _GAP_PX) + _GAP_PX, rows * high + _GAP_PX)
    sheet = Image.new("RGB", size, _PAPER)
    for number, cell in enumerate(cells):
        left = _GAP_PX + number % columns * (cell_px + _GAP_PX)
        top = _GAP_PX + number // columns * high
        picture = _fitted(cell.rgb, cell_px)
        aside = (cell_px - picture.width) // 2, (cell_px - picture.height) // 2
        sheet.paste(picture, (left + aside[0], top + aside[1]))
        _write(sheet, fonts, cell, left=left, top=top + cell_px + 4, width_px=cell_px)
    return np.asarray(sheet)


def _fitted(rgb: npt.NDArray[np.uint8], side_px: int) -> Image.Image:
    scale = side_px / max(rgb.shape[:2])
    size = (max(round(rgb.shape[1] * scale), 1), max(round(rgb.shape[0] * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return Image.fromarray(cv2.resize(rgb, size, interpolation=how))


def _write(
    sheet: Image.Image, fonts: FontStack, cell: Cell, *, left: int, top: int, width_px: int
) -> None:
    pen = ImageDraw.Draw(sheet)
    bold = fonts.weighing(_NAME_WEIGHT)
    _line(pen, bold, cell.name, (left, top + _LINE_PX - 6), _NAME_PX, _INK, width_px)
    _line(pen, fonts, cell.title, (left, top + 2 * _LINE_PX - 8), _TITLE_PX, _QUIET, width_px)


def _line(
    pen: ImageDraw.ImageDraw,
    fonts: FontStack,
    text: str,
    baseline: tuple[int, int],
    size_px: int,
    colour: tuple[int, int, int],
    width_px: int,
) -> None:
    """Draw one line from its baseline, cut where it would be too wide."""
    x, y = float(baseline[0]), baseline[1]
    for run in _drawable(fonts, text):
        font = run.face.sized(size_px)
        shown = run.text
        while shown and x + font.getlength(shown) > baseline[0] + width_px:
            shown = shown[:-1]
        pen.text((x, y), shown, font=font, fill=colour, anchor="ls")
        x += font.getlength(shown)
        if shown != run.text:
            return


def _drawable(fonts: FontStack, text: str) -> tuple[Run, ...]:
    """Runs of what the fonts can draw; what they cannot is left out rather than shown as boxes."""
    try:
        return fonts.runs(text)
    except GlyphsMissing as fault:
        return fonts.runs("".join(one for one in text if one not in fault.characters))
