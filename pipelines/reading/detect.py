"""Where text stands: rotated boxes from a map of how likely each pixel is text.

References  Liao et al. 2020, "Real-time Scene Text Detection with Differentiable Binarization"
"""

import cv2
import numpy as np
import numpy.typing as npt

Corners = npt.NDArray[np.float32]

_LIKELY, _SURE = 0.3, 0.5
_UNCLIPPED = 1.6
"""The network marks the core of a line; the box is grown by area over outline times this."""
_LEAST_PX = 3
_MOST_LINES = 200
_MULTIPLE_PX = 32


def network_size(
    width_px: int, height_px: int, *, shortest_px: int, longest_px: int
) -> tuple[int, int]:
    """Size to look at: text of a few pixels is enlarged, huge pictures are made smaller.

    >>> network_size(300, 400, shortest_px=736, longest_px=1600)
    (736, 992)
    >>> network_size(4000, 2000, shortest_px=736, longest_px=1600)
    (1600, 800)
    """
    scale = max(1.0, shortest_px / min(width_px, height_px))
    scale = min(scale, longest_px / max(width_px, height_px))
    sides = (max(1, round(side * scale / _MULTIPLE_PX)) for side in (width_px, height_px))
    across, down = (side * _MULTIPLE_PX for side in sides)
    return across, down


def boxes_in(likely: npt.NDArray[np.float32], *, width_px: int, height_px: int) -> list[Corners]:
    """Rotated boxes around lines, in pixels of a picture of the given size, top to bottom.

    Parameters
    ----------
    likely : float32 (h, w), 0 to 1, of whatever size the network looked at
    """
    mask = cv2.dilate((likely > _LIKELY).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    scale = np.array([width_px / likely.shape[1], height_px / likely.shape[0]], np.float32)
    found = []
    for outline in outlines[:_MOST_LINES]:
        centre, (across, down), angle = cv2.minAreaRect(outline)
        if min(across, down) < _LEAST_PX or _mean_inside(likely, outline) < _SURE:
            continue
        grown = 2 * _UNCLIPPED * across * down / (2 * (across + down))
        box = cv2.boxPoints((centre, (across + grown, down + grown), angle))
        found.append(np.asarray(_ordered(box) * scale, dtype=np.float32))
    return sorted(found, key=lambda box: (float(box[0, 1]), float(box[0, 0])))


def straightened(rgb: npt.NDArray[np.uint8], box: Corners) -> npt.NDArray[np.uint8]:
    """Cut a line out upright; one that stands on end is laid down."""
    width = max(1, round(float(np.linalg.norm(box[0] - box[1]))))
    height = max(1, round(float(np.linalg.norm(box[0] - box[3]))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(box, target)
    cut = cv2.warpPerspective(
        rgb, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.ascontiguousarray(np.rot90(cut) if height > 1.5 * width else cut)


def _mean_inside(likely: npt.NDArray[np.float32], outline: npt.NDArray[np.int32]) -> float:
    left, top, width, height = cv2.boundingRect(outline)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [outline - np.array([left, top], np.int32)], 1)
    return float(cv2.mean(likely[top : top + height, left : left + width], mask)[0])


def _ordered(box: Corners) -> Corners:
    """Corners from the top left, clockwise."""
    by_x = box[np.argsort(box[:, 0], kind="stable")]
    left, right = (side[np.argsort(side[:, 1], kind="stable")] for side in (by_x[:2], by_x[2:]))
    return np.asarray([left[0], right[0], right[1], left[1]], dtype=np.float32)
