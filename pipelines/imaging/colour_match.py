"""Tinting a product towards a scene's light, by no more than was allowed."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_lab, to_linear, to_srgb
from pipelines.imaging.cutout import OPAQUE, Cutout
from pipelines.imaging.light import KeyLight

Linear = npt.NDArray[np.float32]
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_BISECTIONS = 12


def match_colour(cutout: Cutout, light: KeyLight, *, limit: float) -> tuple[Cutout, float]:
    """Tint the product towards the scene's light by at most ``limit`` ΔE (CIE76).

    Returns the tinted cutout and the largest ΔE that an opaque pixel moved, after rounding.
    Neutral light leaves everything as it is, and a grey keeps its lightness: light of another
    colour is no less light. The step is found by bisection, so that the bound holds for every
    pixel, not on average.
    """
    tint = _tint(light)
    pixels = _distinct(cutout.rgb[cutout.alpha >= OPAQUE])
    if pixels.size == 0:
        return cutout, 0.0
    before, linear = to_lab(pixels), to_linear(pixels)

    def moved(step: float) -> float:
        after = _tinted(linear, tint, step)
        return float(np.linalg.norm(to_lab(after) - before, axis=-1).max())

    step = _largest_step(moved, limit)
    tinted = _tinted(to_linear(cutout.rgb), tint, step)
    return Cutout(rgb=tinted, alpha=cutout.alpha), moved(step)


def _tint(light: KeyLight) -> npt.NDArray[np.float32]:
    """Colour of all of the scene's light, of luminance 1."""
    key = np.asarray(light.color_rgb_linear, np.float32) * np.float32(light.key_ratio)
    rest = np.asarray(light.ambient_rgb_linear, np.float32) * np.float32(1 - light.key_ratio)
    colour = key + rest
    return np.asarray(colour / (colour @ _LUMINANCE), dtype=np.float32)


def _tinted(linear: Linear, tint: npt.NDArray[np.float32], step: float) -> npt.NDArray[np.uint8]:
    return to_srgb(linear * (1 + (tint - 1) * np.float32(step)))


def _largest_step(moved: Callable[[float], float], limit: float) -> float:
    if moved(1.0) <= limit:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if moved(middle) <= limit else (low, middle)
    return low


def _distinct(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Each colour once, uint8 (n, 3)."""
    packed = rgb.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    once = np.unique(packed)
    return np.stack([once >> 16, once >> 8 & 255, once & 255], axis=-1).astype(np.uint8)
