"""What matting networks are shown of a picture."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.weights import ModelCard

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
_HALVED_FROM = 4
"""Times a network's side: means of four pixels come first, as often as this leaves them, and what
is left is then averaged in a third of the time. From twice its side on, outlines lose 0.0002 of
IoU. An odd last row is a sixth of a model pixel."""


def squared(rgb: Rgb, side: int) -> Floats:
    """Stretch a picture to a network's square, float32 (side, side, 3) in 8-bit levels."""
    while min(rgb.shape[:2]) >= _HALVED_FROM * side:
        rgb = halved(rgb)
    how = cv2.INTER_AREA if max(rgb.shape[:2]) > side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, (side, side), interpolation=how), np.float32)


def halved(rgb: Rgb) -> Rgb:
    """A picture at half its size, each pixel the mean of four; an odd last row or column goes."""
    height, width = rgb.shape[0] // 2, rgb.shape[1] // 2
    even = rgb[: 2 * height, : 2 * width]
    half = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(half, dtype=np.uint8)


def normalised(picture: Floats, card: ModelCard) -> Floats:
    """Take a picture's mean and spread as a model was trained, float32 (3, side, side).

    Parameters
    ----------
    picture : float32 (side, side, 3) within [0, 1]; it is worked on in place
    """
    picture -= np.asarray(card.mean, np.float32)
    picture /= np.asarray(card.std, np.float32)
    return np.ascontiguousarray(picture.transpose(2, 0, 1))
