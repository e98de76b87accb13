"""How a set's layers become small image files, and what a picture's exposure should be.

Light layers are linear and unbounded; they are stored with a power of 2.2 and a scale of their
own, so that key + ambient, decoded, is the picture's own scene-linear light.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, log2, radians, sin

import numpy as np
from numpy.typing import NDArray

GAMMA = 2.2
MIDDLE_GREY = 0.20
"""Mean log luminance that a picture is exposed to; AgX shows 0.18 as middle grey."""
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
_DARKEST = 1e-4
_FACES_UP = 0.6
"""Cosine of the steepest slope that still counts as the top of a surface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedLight:
    """8-bit light, uint8 (H, W, 3): linear = (value / 255) ** 2.2 * scale."""

    pixels: NDArray[np.uint8]
    scale: float


def encode_light(rgb_linear: NDArray[np.float32]) -> CodedLight:
    """Code linear light; the brightest thousandth of all values may clip.

    Parameters
    ----------
        rgb_linear : float32 (H, W, 3), at least 0
    """
    scale = max(float(np.quantile(rgb_linear, 0.999)), _DARKEST)
    shares = np.clip(rgb_linear / scale, 0.0, 1.0) ** (1.0 / GAMMA)
    return CodedLight(pixels=np.round(shares * 255).astype(np.uint8), scale=scale)


def decode_light(coded: CodedLight) -> NDArray[np.float32]:
    """Linear light of a coded layer, float32 (H, W, 3)."""
    shares = coded.pixels.astype(np.float32) / np.float32(255)
    return np.asarray(shares**GAMMA * coded.scale, dtype=np.float32)


def encode_depth(depth_m: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Depth along the optical axis in tenths of a millimetre; 0 where there is nothing.

    What lies beyond 6.5 m is stored as 65535.
    """
    return np.round(np.clip(depth_m * 10_000.0, 0, 65_535)).astype(np.uint16)


def encode_normals(normals: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Unit normals as the camera sees them: x right, y up, z towards the lens; 128 is 0."""
    return np.round(np.clip(normals * 127.0 + 128.0, 0, 255)).astype(np.uint8)


def carries(
    on_it: NDArray[np.bool_], normals: NDArray[np.float32], *, pitch_deg: float
) -> NDArray[np.uint8]:
    """Mask of what a product can stand on: the surface where it faces up, not its edges.

    Parameters
    ----------
        on_it : bool (H, W), where the surface's own object is seen
        normals : float32 (H, W, 3), as the camera sees them
        pitch_deg : the camera's downward tilt

    Returns
    -------
        uint8 (H, W), 255 on the surface
    """
    up = np.array([0.0, cos(radians(pitch_deg)), sin(radians(pitch_deg))], dtype=np.float32)
    return np.where(on_it & (normals @ up > _FACES_UP), 255, 0).astype(np.uint8)


def exposure_for(rgb_linear: NDArray[np.float32], *, stops: float = 0.0) -> float:
    """Stops that bring the mean log luminance to middle grey, plus ``stops``; within [-4, 4]."""
    luminance = np.maximum(rgb_linear @ _LUMINANCE, _DARKEST)
    mean = float(np.log2(luminance).mean())
    return float(np.clip(log2(MIDDLE_GREY) - mean + stops, -4.0, 4.0))
