"""Where the pixels of an EXR file lie in the picture that it shows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Where a part's pixels lie in the file's display window."""

    data: tuple[int, int, int, int]
    display: tuple[int, int, int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the display window."""
        left, top, right, bottom = self.display
        return bottom - top + 1, right - left + 1

    @property
    def pixels(self) -> int:
        """Pixels of the larger window."""
        return max((r - x + 1) * (b - y + 1) for x, y, r, b in (self.data, self.display))

    def whole(self) -> bool:
        """Whether both windows hold anything."""
        return all(r >= x and b >= y for x, y, r, b in (self.data, self.display))

    def framed(self, plane: Plane) -> Plane:
        """A part's pixels in the display window; 0 where it has none."""
        if self.data == self.display:
            return plane
        height, width = self.size
        frame = np.zeros((height, width), np.float32)
        left, top = self.data[0] - self.display[0], self.data[1] - self.display[1]
        rows = slice(max(0, top), max(0, min(height, top + plane.shape[0])))
        columns = slice(max(0, left), max(0, min(width, left + plane.shape[1])))
        frame[rows, columns] = plane[
            rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
        ]
        return frame
