"""A pose as painters that are held by poses expect it: coloured limbs on black.

References  Cao et al. 2019, "OpenPose"; the colours and the order are those of its renderer, on
            which control nets were trained
"""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.person.body import Floats, Pose

Rgb = npt.NDArray[np.uint8]

_FROM_BLAZE = (0, None, 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7)
"""OpenPose's eighteen points in BlazePose's; its neck is the middle of the shoulders."""
_LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12),
    (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
_COLOURS = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0),
    (0, 255, 0), (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255),
    (0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip
_DIM = 0.6
_LEAST_SEEN = 0.3


def draw_pose(pose: Pose, size: tuple[int, int], *, zoom: float, corner: tuple[int, int]) -> Rgb:
    """Draw a pose, uint8 (H, W, 3).

    Parameters
    ----------
    size
        Width and height of the drawing.
    zoom, corner
        Drawing pixels per picture pixel, and where the picture's corner lies in the drawing.
    """
    points, seen = _points(pose)
    placed = points * zoom + np.array(corner, np.float32)
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    thick = max(2, round(min(size) / 128))
    for (start, end), colour in zip(_LIMBS, _COLOURS, strict=False):
        if min(seen[start], seen[end]) >= _LEAST_SEEN:
            _limb(canvas, placed[start], placed[end], colour, thick)
    canvas = np.asarray(canvas * _DIM, np.uint8)
    for place, likely, colour in zip(placed, seen, _COLOURS, strict=True):
        if likely >= _LEAST_SEEN:
            cv2.circle(canvas, _whole(place), thick, colour, -1, cv2.LINE_AA)
    return canvas


def _points(pose: Pose) -> tuple[Floats, Floats]:
    points = np.array(
        [pose.middle((12, 11)) if one is None else pose.points[one] for one in _FROM_BLAZE],
        np.float32,
    )
    seen = [
        float(min(pose.seen[12], pose.seen[11])) if one is None else float(pose.seen[one])
        for one in _FROM_BLAZE
    ]
    return points, np.array(seen, np.float32)


def _limb(
    canvas: Rgb, start: Floats, end: Floats, colour: tuple[int, int, int], thick: int
) -> None:
    across, down = (end - start).tolist()
    half = round(float(np.hypot(across, down)) / 2), thick
    angle = float(np.degrees(np.arctan2(down, across)))
    middle = _whole(np.asarray((start + end) / 2, np.float32))
    cv2.ellipse(canvas, middle, half, angle, 0, 360, colour, -1, cv2.LINE_AA)


def _whole(place: Floats) -> tuple[int, int]:
    x, y = place.tolist()
    return round(x), round(y)
