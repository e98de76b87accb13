"""Gaussian blur, as wide as shadows need it."""

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]


def blurred(values: npt.NDArray[np.float32], sigma_x: float, sigma_y: float) -> Plane:
    """Gaussian blur; wide ones are done on a smaller picture, which nobody can tell."""
    shrink = int(max(1, min(sigma_x, sigma_y) // 4))
    if shrink == 1:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_x, sigmaY=sigma_y,
                                           borderType=cv2.BORDER_REPLICATE))  # fmt: skip
    height, width = values.shape[:2]
    small = cv2.resize(values, (max(1, width // shrink), max(1, height // shrink)),
                       interpolation=cv2.INTER_AREA)  # fmt: skip
    blurred = cv2.GaussianBlur(small, (0, 0), sigma_x / shrink, sigmaY=sigma_y / shrink,
                               borderType=cv2.BORDER_REPLICATE)  # fmt: skip
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR))
