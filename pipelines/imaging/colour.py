"""Colour: sRGB to linear light and back, CIELAB and its difference."""

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_TO_LINEAR = np.where(
    np.arange(256) / 255 <= 0.04045,
    np.arange(256) / 255 / 12.92,
    ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4,
).astype(np.float32)

_STEPS = 65535
"""Linear steps of the table below; sRGB is steepest at black, where a step is 0.05 of a value."""
_STEP_LIGHT = np.arange(_STEPS + 1) / _STEPS
_TO_SRGB = (
    np.where(
        _STEP_LIGHT <= 0.0031308, 12.92 * _STEP_LIGHT, 1.055 * _STEP_LIGHT ** (1 / 2.4) - 0.055
    )
    * 255
    + 0.5
).astype(np.uint8)

_RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]], dtype=np.float32)  # fmt: skip
_WHITE_D65 = np.array([0.95047, 1.0, 1.08883], dtype=np.float32)


def to_linear(rgb_srgb: npt.NDArray[np.uint8]) -> Array:
    """Decode uint8 sRGB into linear light, float32 in [0, 1] (IEC 61966-2-1)."""
    return _TO_LINEAR[rgb_srgb]


def to_srgb(rgb_linear: Array) -> npt.NDArray[np.uint8]:
    """Encode linear light into uint8 sRGB, rounding to nearest; the inverse of `to_linear`.

    >>> import numpy as np
    >>> values = np.arange(256, dtype=np.uint8)
    >>> bool((to_srgb(to_linear(values)) == values).all())
    True
    """
    index = np.clip(rgb_linear, 0, 1) * np.float32(_STEPS) + np.float32(0.5)
    return _TO_SRGB[index.astype(np.uint16)]


def not_white(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Where any of red, green and blue is below 255, bool (H, W)."""
    pure = (255,) * 3
    return np.asarray(cv2.inRange(rgb, pure, pure) == 0)


def to_lab(rgb_srgb: npt.NDArray[np.uint8]) -> Array:
    """CIELAB under D65: L in [0, 100], a and b roughly in [-128, 127]."""
    xyz = to_linear(rgb_srgb) @ _RGB_TO_XYZ.T / _WHITE_D65
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    lightness = 116 * f[..., 1] - 16
    a = 500 * (f[..., 0] - f[..., 1])
    b = 200 * (f[..., 1] - f[..., 2])
    return np.stack([lightness, a, b], axis=-1).astype(np.float32)


def delta_e(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> Array:
    """CIE76 colour difference of two sRGB pictures of one shape; about 2.3 is just noticeable."""
    return np.asarray(np.linalg.norm(to_lab(first) - to_lab(second), axis=-1), dtype=np.float32)
