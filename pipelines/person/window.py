"""A turned square of a picture: what a network looks at, and the way back to the picture."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A square.

    Attributes
    ----------
    x, y
        Its middle, in px of the picture.
    side
        In px of the picture.
    turned
        Clockwise, in radians: where the square's own "right" points to.
    """

    x: float
    y: float
    side: float
    turned: float = 0.0

    def scaled(self, factor: float, *, down: float = 0.0) -> "Window":
        """Another size, moved along its own "down" by a share of its old side."""
        sine, cosine = math.sin(self.turned), math.cos(self.turned)
        return replace(
            self,
            x=self.x - sine * down * self.side,
            y=self.y + cosine * down * self.side,
            side=self.side * factor,
        )

    def cut(self, rgb: Rgb, side_px: int, *, low: float = 0.0) -> Floats:
        """The square as float32 (side_px, side_px, 3) within [low, 1]; black out of the picture."""
        shown, zoom = rgb, 1.0
        most = self.side / side_px
        if most > 2:  # the warp below looks at four pixels only
            zoom = 1 / most
            size = max(1, round(rgb.shape[1] * zoom)), max(1, round(rgb.shape[0] * zoom))
            shown = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        there = self._onto(side_px)
        there[:, :2] /= zoom
        there[:, 2] += there[:, :2].sum(axis=1) * 0.5 * (1 - zoom)
        warped = cv2.warpAffine(shown, there, (side_px, side_px), flags=cv2.INTER_LINEAR)
        return np.asarray(warped, np.float32) * np.float32((1 - low) / 255) + np.float32(low)

    def back(self, points: Floats) -> Floats:
        """Points within the square, as shares of its side, in px of the picture."""
        sine, cosine = math.sin(self.turned), math.cos(self.turned)
        across, down = (points - 0.5).T * self.side
        turned = np.stack([across * cosine - down * sine, across * sine + down * cosine], axis=1)
        return np.asarray(turned + np.array([self.x, self.y]), dtype=np.float32)

    def paste(self, seen: Floats, size: tuple[int, int]) -> Floats:
        """What was said of each pixel of the square, in a picture of (width, height), else 0."""
        matrix = self._onto(seen.shape[0])
        return np.asarray(
            cv2.warpAffine(seen, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP),
            dtype=np.float32,
        )

    def _onto(self, side_px: int) -> npt.NDArray[np.float64]:
        """The map from the picture's pixels to the square's."""
        zoom = side_px / self.side
        cosine, sine = math.cos(self.turned) * zoom, math.sin(self.turned) * zoom
        middle = side_px / 2 - 0.5
        x, y = self.x - 0.5, self.y - 0.5
        return np.array(
            [[cosine, sine, middle - cosine * x - sine * y],
             [-sine, cosine, middle + sine * x - cosine * y]]
        )  # fmt: skip


def whole(rgb: Rgb) -> Window:
    """The square around a whole picture."""
    height, width = rgb.shape[:2]
    return Window(x=width / 2, y=height / 2, side=max(width, height))
