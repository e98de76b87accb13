"""Garment and person as a clothes parser tells them, their line drawn on the picture's edges."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box
from pipelines.matting.band import around
from pipelines.matting.random_walk import random_walk
from pipelines.person.clothes import ClothesParser, Part
from pipelines.person.garment import Regions
from pipelines.person.line import LEAST_SPECK, beyond, garment_alpha, reduced
from pipelines.person.pieces import Piece

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Rgb = npt.NDArray[np.uint8]

_SOLD: dict[Piece, tuple[Part, ...]] = {
    "all": ("upper", "lower", "besides"),
    "upper": ("upper",),
    "lower": ("lower",),
}
_WORN: tuple[Part, ...] = ("body", "upper", "lower", "besides")
_ROOM, _LEAST_RATIO = 0.1, 0.6
"""Around the figure, and the least width over height of what is looked at: parsers were trained on
whole photos of people, and are confused by a narrow strip."""
_LEAST_TOLD = 0.3
"""Where less of the figure than this is told to be somebody, its nearest neighbour decides."""
_CELLS = 1.5
"""How far from its true place a parser's line may lie, in its cells."""
_PRIOR = 0.15


def parted(rgb: Rgb, figure: Floats, parser: ClothesParser, *, piece: Piece = "all") -> Regions:
    """Part a figure into garment and person.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
    figure : float32 (H, W), alpha of person and garment together
    piece
        Which of what is worn is the garment; the rest counts as person.
    """
    small, inside, zoom = reduced(rgb, figure)
    box = _box(figure)
    told = parser.parse(rgb, box)
    shape = small.shape[:2]
    somebody = told.seen(_WORN, shape, zoom)
    sold = told.seen(_SOLD[piece], shape, zoom)
    likely = np.asarray(sold / np.maximum(somebody, 1e-6), np.float32)
    likely = beyond(likely, inside & (somebody >= _LEAST_TOLD))
    likely = _solid(np.where(inside, likely, 0).astype(np.float32), inside)
    reach_px = _CELLS * parser.cell * max(box.width_px, box.height_px) * zoom
    likely = _on_edges(small, likely, inside, reach_px=max(2, round(reach_px)))
    garment = garment_alpha(rgb, figure, beyond(likely, inside), zoom=zoom)
    return Regions(garment=garment, person=np.asarray(figure - garment, np.float32))


def _box(figure: Floats) -> Box:
    """The figure with room around it, wide enough, within the picture."""
    height, width = figure.shape
    rows, columns = (np.flatnonzero((figure > 0.5).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return Box(left=0, top=0, right=width, bottom=height)
    tall, wide = rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0]
    room = _ROOM * max(tall, wide)
    beside = max(room, (_LEAST_RATIO * (tall + 2 * room) - wide) / 2)
    return Box(
        left=max(0, round(columns[0] - beside)),
        top=max(0, round(rows[0] - room)),
        right=min(width, round(columns[-1] + 1 + beside)),
        bottom=min(height, round(rows[-1] + 1 + room)),
    )


def _solid(likely: Floats, inside: Mask) -> Floats:
    """Give specks of either side back to the other: a network's answer flickers at edges."""
    least, result = LEAST_SPECK * float(inside.sum()), likely.copy()
    for garment in (False, True):
        side = inside & ((result > 0.5) == garment)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(side.astype(np.uint8))
        small = stats[:, cv2.CC_STAT_AREA] < least
        small[0] = False
        result[small[labels]] = 0.0 if garment else 1.0
    return result


def _on_edges(small: Rgb, likely: Floats, inside: Mask, *, reach_px: int) -> Floats:
    """Draw the line again within a parser's own uncertainty: its cells are coarser than pixels."""
    garment = (likely > 0.5) & inside
    near = around(garment, reach_px) & inside
    evidence = np.where(near, likely, garment).astype(np.float32)
    return random_walk(small, evidence, near, prior_weight=_PRIOR)
