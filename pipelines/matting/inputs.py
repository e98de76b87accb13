"""What matting networks are shown of a picture."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.weights import ModelCard

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
_HALVED_FROM = 4
"""Times a network's side: halves are exact means of four pixels, and what is left is then averaged
in a third of the time."""


def squared(rgb: Rgb, side: int) -> Floats:
    """Stretch a picture to a network's square, float32 (side, side, 3) in 8-bit levels."""
    height, width = rgb.shape[:2]
    if min(height, width) >= _HALVED_FROM * side and height % 2 == width % 2 == 0:
        rgb = np.asarray(cv2.resize(rgb, (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    how = cv2.INTER_AREA if max(height, width) > side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, (side, side), interpolation=how), np.float32)


def normalised(picture: Floats, card: ModelCard) -> Floats:
    """Take a picture's mean and spread as a model was trained, float32 (3, side, side).

    Parameters
    ----------
    picture : float32 (side, side, 3) within [0, 1]; it is worked on in place
    """
    picture -= np.asarray(card.mean, np.float32)
    picture /= np.asarray(card.std, np.float32)
    return np.ascontiguousarray(picture.transpose(2, 0, 1))
