"""Depth of field on a backdrop whose depth is known.

A thin lens draws a point as a disc whose width goes with the difference of inverse distances to
the sharp plane. The plate has the blur of its own lens; this adds to what lies behind the product.
"""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.exposure import to_light, to_picture

Plane = npt.NDArray[np.float32]
_LEVELS = 4
_SIGMAS_PER_DISC = 4.0
"""A disc of width w is about as soft as a Gaussian of sigma w / 4 (its standard deviation)."""


def defocused(
    rgb: npt.NDArray[np.uint8], distance_cm: Plane, *, focus_cm: float, blur: float
) -> tuple[npt.NDArray[np.uint8], Plane]:
    """Blur what lies farther than the product, more the farther it is.

    Parameters
    ----------
    distance_cm
        float32 (H, W): along the optical axis.
    focus_cm
        Distance of the product; everything nearer stays as it is.
    blur
        Width of the disc of a point infinitely far away, as a share of the picture's width.

    Returns
    -------
    The picture, and float32 (H, W) in [0, 1]: the share of its grain that each pixel kept.
    """
    widest = blur * rgb.shape[1] / _SIGMAS_PER_DISC
    # Nothing within a twentieth behind the product: its own base stands there.
    behind = np.clip(1 - focus_cm * 1.05 / np.maximum(distance_cm, 1e-3), 0, 1)
    sigma = np.asarray(cv2.GaussianBlur(behind * np.float32(widest), (0, 0), 2), np.float32)
    if widest < 0.5 or float(sigma.max()) < 0.5:
        return rgb, np.ones(sigma.shape, np.float32)
    # Where sharp and blurred meet, the softened edge of sigma itself must not count as blurred.
    surely = np.asarray(cv2.erode(sigma, np.ones((11, 11), np.uint8)), np.float32)
    levels = np.geomspace(0.5, float(sigma.max()), _LEVELS)
    light = to_light(rgb)
    result, finest = light.copy(), 0.0
    for level in levels:
        softer = _spread(light, surely, float(level))
        share = np.clip((sigma - finest) / np.float32(level - finest), 0, 1)[..., None]
        softer -= result
        softer *= share
        result += softer
        finest = float(level)
    return to_picture(result), np.clip(1 - sigma, 0, 1).astype(np.float32)


def _spread(light: npt.NDArray[np.float32], sigma: Plane, level: float) -> npt.NDArray[np.float32]:
    """Blur by one level what is at least nearly as blurred: what is sharp does not bleed out."""
    shrink = max(1, int(level / 1.5))
    size = (max(1, light.shape[1] // shrink), max(1, light.shape[0] // shrink))
    small, spread = (_shrunk(values, size) for values in (light, sigma))
    weight = np.clip(spread * np.float32(2 / level), 0.001, 1)
    blurred = _blurred(small * weight[..., None], level / shrink)
    blurred /= np.maximum(_blurred(weight, level / shrink), 1e-5)[..., None]
    return np.asarray(cv2.resize(blurred, light.shape[1::-1], interpolation=cv2.INTER_LINEAR))


def _shrunk(values: npt.NDArray[np.float32], size: tuple[int, int]) -> npt.NDArray[np.float32]:
    if values.shape[1::-1] == size:
        return values
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _blurred(values: npt.NDArray[np.float32], sigma: float) -> npt.NDArray[np.float32]:
    soft = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(soft, np.float32)
