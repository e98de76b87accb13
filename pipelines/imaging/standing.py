"""Where and how a product stands, read from the lower edge of its silhouette.

What touches the surface lies on the lower hull of the outline: handles hang above it, and between
two legs it spans the gap. A hull that runs slantwise is the edge of something seen from a corner.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.imaging.light import Surface
from pipelines.imaging.placement import Placed

_TOUCH_SHARE = 0.02
"""Of the product's width: a contour this near its hull touches the surface."""
_STEEPEST = 0.8
"""Rows per column: a steeper stretch of the hull is a side that rises, not an edge that stands."""
_MOST_TILT = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a patch stands on a surface; rows and columns are the patch's own.

    Attributes
    ----------
    line
        float32 (w,): the row just below the product where it stands, carried over gaps.
    touches
        bool (w,): columns whose lowest pixel is on the surface.
    tilt
        Rows per column by which the standing line slants.
    foot_rows
        Rows between the front of the foot and its middle.
    """

    line: npt.NDArray[np.float32]
    touches: npt.NDArray[np.bool_]
    tilt: float
    foot_rows: float

    @property
    def base_row(self) -> float:
        """Row of the middle of the base: where the product's place on the surface is."""
        at = np.flatnonzero(self.touches)
        if at.size == 0:
            return float(self.line.max()) - self.foot_rows
        level = self.line[at] - np.float32(self.tilt) * (at - at.mean())
        return float(level.max()) - self.foot_rows

    def lift(self) -> npt.NDArray[np.float32]:
        """How many rows above the lowest point of the slant each column stands, float32 (w,)."""
        slant = np.float32(self.tilt) * np.arange(self.line.size, dtype=np.float32)
        return np.asarray(slant.max() - slant, dtype=np.float32)


def standing_of(alpha: npt.NDArray[np.float32], surface: Surface) -> Standing:
    """Read a cropped patch's silhouette, float32 (h, w) in [0, 1].

    Of clear glass and veils, which are nowhere solid, what is half as dense as they get counts.
    """
    height, width = alpha.shape
    densest = float(alpha.max(initial=0))
    solid = alpha > (0.5 if densest > 0.5 else densest / 2)
    filled = np.flatnonzero(solid.any(axis=0))
    if filled.size == 0:
        nothing = np.zeros(width, np.bool_)
        level = np.full(width, height, np.float32)
        return Standing(line=level, touches=nothing, tilt=0.0, foot_rows=1.0)
    lowest = (height - np.argmax(solid[::-1], axis=0)).astype(np.float32)
    columns = np.arange(width, dtype=np.float32)
    corners = _lower_hull(filled, lowest)
    hull = np.interp(columns, corners, lowest[corners]).astype(np.float32)
    slope = np.gradient(hull) if width > 1 else np.zeros(1, np.float32)
    near = lowest >= hull - (_TOUCH_SHARE * width + 1)
    touches = np.zeros(width, np.bool_)
    touches[filled] = (near & (np.abs(slope) < _STEEPEST))[filled]
    if not touches.any():
        touches[int(filled[np.argmax(lowest[filled])])] = True
    at = np.flatnonzero(touches)
    tilt = _tilt(columns[at], lowest[at])
    line = np.interp(columns, columns[at], lowest[at]).astype(np.float32)
    foot_rows = _foot_rows(columns[at], lowest[at], tilt, width, surface)
    return Standing(line=line, touches=touches, tilt=tilt, foot_rows=foot_rows)


def _lower_hull(filled: npt.NDArray[np.intp], lowest: npt.NDArray[np.float32]) -> list[int]:
    """Columns at the corners of the contour's lower convex hull (Andrew 1979, monotone chain)."""
    chain: list[int] = []
    for column in (int(one) for one in filled):
        while len(chain) > 1:
            first, second = chain[-2], chain[-1]
            rise = (lowest[column] - lowest[first]) * (second - first)
            if rise < (lowest[second] - lowest[first]) * (column - first):
                break
            chain.pop()
        chain.append(column)
    return chain


def _tilt(columns: npt.NDArray[np.float32], rows: npt.NDArray[np.float32]) -> float:
    """Slant of the standing line by least squares; a round foot's is 0 by symmetry."""
    spread = columns - columns.mean()
    square = float((spread * spread).sum())
    if square == 0:
        return 0.0
    slant = float((spread * (rows - rows.mean())).sum()) / square
    return min(max(slant, -_MOST_TILT), _MOST_TILT)


def _foot_rows(
    columns: npt.NDArray[np.float32],
    rows: npt.NDArray[np.float32],
    tilt: float,
    width: int,
    surface: Surface,
) -> float:
    """Half the foot's depth as the picture shows it.

    A round foot tells by how far its outline curves up at its ends, whatever the pitch of the
    camera that took the photo; where it does not curve, the scene's own camera decides.
    """
    by_scene = 0.4 * width * surface.foreshortening
    level = rows - np.float32(tilt) * (columns - columns[0])
    by_outline = float(level.max() - 0.5 * (level[0] + level[-1]))
    return float(np.clip(by_outline, max(by_scene, 1.0), max(2.5 * by_scene, 1.0)))


def line_in_frame(placed: Placed, stand: Standing) -> npt.NDArray[np.float32]:
    """The standing line for each column of the frame; beside the product it goes on level."""
    columns = np.arange(placed.frame_width_px) - placed.left_px
    inside = np.interp(columns, np.arange(stand.line.size), stand.line)
    return np.asarray(inside + placed.top_px, dtype=np.float32)
