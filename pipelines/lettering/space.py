"""Where a picture has room: a coarse map of what is taken, and the rectangles that are not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box

Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
Mask = npt.NDArray[np.bool_]

_CELLS = 128
"""Along the frame's shorter side: about 1% of it is the finest step of a layout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What is taken of a frame, in square cells.

    Attributes
    ----------
    taken
        bool (rows, columns); a cell is taken if any of its pixels is.
    cell_px
        Side of a cell.
    """

    taken: Mask
    cell_px: int

    @classmethod
    def around(cls, taken: Mask, *, margin_px: int) -> "Space":
        """Map a frame-sized mask, with a margin along the frame taken too."""
        height, width = taken.shape
        cell = max(1, min(height, width) // _CELLS)
        rows, columns = height // cell, width // cell
        whole = taken[: rows * cell, : columns * cell]
        grid: Mask = np.asarray(whole.reshape(rows, cell, columns, cell).any(axis=(1, 3)))
        edge = -(-margin_px // cell)
        if edge:
            grid[:edge] = grid[-edge:] = True
            grid[:, :edge] = grid[:, -edge:] = True
        return cls(taken=grid, cell_px=cell)

    def less(self, box: Box, *, gap_px: float) -> "Space":
        """The same space with a box, and a gap around it, taken."""
        cell = self.cell_px
        grid = self.taken.copy()
        top, left = int((box.top - gap_px) // cell), int((box.left - gap_px) // cell)
        bottom, right = -int(-(box.bottom + gap_px) // cell), -int(-(box.right + gap_px) // cell)
        grid[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True
        return Space(taken=grid, cell_px=cell)

    def nearest(self, size_px: tuple[float, float], corner: Corner) -> Box | None:
        """The free box of a size (width, height) that lies nearest to a corner, or None."""
        cell = self.cell_px
        columns, rows = -int(-size_px[0] // cell), -int(-size_px[1] // cell)
        if rows > self.taken.shape[0] or columns > self.taken.shape[1]:
            return None
        free = np.argwhere(_sums(self.taken, rows, columns) == 0)
        if free.size == 0:
            return None
        down, across = corner.split("-")
        far = self.taken.shape[0] - rows, self.taken.shape[1] - columns
        wanted = np.array([0 if down == "top" else far[0], 0 if across == "left" else far[1]])
        top, left = free[np.abs(free - wanted).sum(axis=1).argmin()]
        return self._snug(int(top), int(left), (rows, columns), size_px, corner)

    def _snug(
        self,
        top: int,
        left: int,
        cells: tuple[int, int],
        size_px: tuple[float, float],
        corner: Corner,
    ) -> Box:
        """The exact box inside the cells, on the side of its corner."""
        cell = self.cell_px
        width, height = round(size_px[0]), round(size_px[1])
        y = top * cell if corner.startswith("top") else (top + cells[0]) * cell - height
        x = left * cell if corner.endswith("left") else (left + cells[1]) * cell - width
        return Box(left=x, top=y, right=x + width, bottom=y + height)

    def rectangles(self, *, least_px: tuple[float, float]) -> Iterator[Box]:
        """Every free rectangle that cannot grow on any side, not smaller than (width, height)."""
        cell = self.cell_px
        columns, rows = least_px[0] / cell, least_px[1] / cell
        for top, left, bottom, right in _maximal(self.taken):
            if right - left >= columns and bottom - top >= rows:
                yield Box(
                    left=left * cell, top=top * cell, right=right * cell, bottom=bottom * cell
                )


def _sums(taken: Mask, rows: int, columns: int) -> npt.NDArray[np.int64]:
    """How many taken cells each box of a size holds, by its upper left cell."""
    whole = np.pad(taken.astype(np.int64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    return np.asarray(
        whole[rows:, columns:] - whole[:-rows, columns:] - whole[rows:, :-columns]
        + whole[:-rows, :-columns]
    )  # fmt: skip


def _maximal(taken: Mask) -> set[tuple[int, int, int, int]]:
    """Maximal free rectangles as (top, left, bottom, right): the histogram method, row by row."""
    rows, columns = taken.shape
    heights = np.zeros(columns, np.int64)
    found: set[tuple[int, int, int, int]] = set()
    for row in range(rows):
        heights = np.where(taken[row], 0, heights + 1)
        below_taken = taken[row + 1] if row + 1 < rows else np.ones(columns, np.bool_)
        blocked = np.concatenate([[0], np.cumsum(below_taken)])
        for left, right, height in _widest(heights.tolist()):
            if blocked[right] > blocked[left]:  # it could not grow downward
                found.add((row + 1 - height, left, row + 1, right))
    return found


def _widest(heights: list[int]) -> Iterator[tuple[int, int, int]]:
    """For each height, the widest run of columns that reach it, as (left, right, height)."""
    stack: list[tuple[int, int]] = []
    for column, height in enumerate([*heights, 0]):
        start = column
        while stack and stack[-1][1] >= height:
            start, tall = stack.pop()
            if tall > height:
                yield start, column, tall
        if height and (not stack or stack[-1][1] < height):
            stack.append((start, height))


def grown(mask: Mask, reach_px: float) -> Mask:
    """A mask and everything within a distance of it."""
    radius = round(reach_px)
    if radius < 1 or not mask.any():
        return mask
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(away <= radius)
