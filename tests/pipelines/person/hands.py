"""Drawn hands whose fingertips are known, that the real networks take for hands."""

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]

TIPS = ((110, -20), (44, -150), (2, -165), (-40, -150), (-78, -128))
"""Thumb to little finger of a left palm, from the palm's middle, in px."""
_ROOTS = ((40, 50), (44, -32), (14, -40), (-20, -40), (-52, -30))
_SKIN, _EDGE, _WALL = (222, 184, 150), (180, 140, 98), (225, 225, 228)
_PALM = (66, 86)


def wall(width: int, height: int) -> Rgb:
    """A plain wall to draw on."""
    return np.full((height, width, 3), _WALL, np.uint8)


def draw_hand(rgb: Rgb, middle: tuple[int, int], *, mirrored: bool = False) -> None:
    """Draw an open palm, an outline around it and a crease below the thumb."""
    side = -1 if mirrored else 1

    def at(x: int, y: int) -> tuple[int, int]:
        return middle[0] + side * x, middle[1] + y

    for more, colour in ((8, _EDGE), (0, _SKIN)):
        axes = _PALM[0] + more // 2, _PALM[1] + more // 2
        cv2.ellipse(rgb, middle, axes, 0, 0, 360, colour, -1)
        for number, (root, tip) in enumerate(zip(_ROOTS, TIPS, strict=True)):
            cv2.line(rgb, at(*root), at(*tip), colour, (34 if number == 0 else 30) + more)
    turned = (270, 340) if mirrored else (200, 270)
    cv2.ellipse(rgb, at(38, 60), (50, 70), 0, *turned, _EDGE, 5)
