"""Gaussian blur, as wide as shadows need it."""

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
_LEAST_SIGMA_PX = 4
"""A smaller picture's blur is at least so wide: what reducing and enlarging add to it is 2%."""
_REACH = 4.0
"""Sigmas after which OpenCV's kernel of a float picture ends."""


def blurred(values: npt.NDArray[np.float32], sigma_x: float, sigma_y: float) -> Plane:
    """Gaussian blur; wide ones are done on a smaller picture, which nobody can tell.

    Each axis is reduced by itself: shadows on a surface are five times as wide as they are high.
    """
    across, down = (int(max(1, sigma // _LEAST_SIGMA_PX)) for sigma in (sigma_x, sigma_y))
    if across == down == 1:
        return _blurred_rows(values, sigma_x, sigma_y)
    height, width = values.shape[:2]
    small = cv2.resize(values, (max(1, width // across), max(1, height // down)),
                       interpolation=cv2.INTER_AREA)  # fmt: skip
    blurred = cv2.GaussianBlur(small, (0, 0), sigma_x / across, sigmaY=sigma_y / down,
                               borderType=cv2.BORDER_REPLICATE)  # fmt: skip
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR))


def _blurred_rows(values: Plane, sigma_x: float, sigma_y: float) -> Plane:
    """Blur the rows that are not empty and those that they reach: a contact shadow is a strip."""
    filled = np.flatnonzero(values.reshape(len(values), -1).any(axis=1))
    result = np.zeros_like(values)
    if filled.size == 0:
        return result
    reach = int(np.ceil(_REACH * sigma_y)) + 1
    rows = slice(max(0, int(filled[0]) - reach), int(filled[-1]) + reach + 1)
    result[rows] = cv2.GaussianBlur(values[rows], (0, 0), sigma_x, sigmaY=sigma_y,
                                    borderType=cv2.BORDER_REPLICATE)  # fmt: skip
    return result
