"""The shadow of a product that lies flat and is seen from above.

It falls around all of the outline: a thin slab's height above the surface is the same everywhere,
so its shadow is the silhouette itself, carried along the light and softened with height, and its
edge hides sky all around.
"""

import math

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed

Plane = npt.NDArray[np.float32]
_STEPS = 7
_MOST_STEPS = 24
"""Cross-sections of the slab, at least and at most; between them no more than a few pixels."""
_SIGMAS_PER_PENUMBRA = 4.0
"""A disc's penumbra, end to end, is this many of its standard deviations wide."""
_EDGE_SKY = 0.5
"""Share of the sky that an upright edge hides from its own foot."""


def lying_shadow(
    placed: Placed, light: KeyLight, surface: Surface, *, thickness_px: float
) -> tuple[Plane, Plane]:
    """Cast shadow and hidden sky of a slab, each float32 of the frame's size in [0, 1]."""
    alpha = placed.alpha_in_frame()
    return (
        _cast(alpha, light, surface, thickness_px),
        _hidden_sky(alpha, thickness_px),
    )


def _cast(alpha: Plane, light: KeyLight, surface: Surface, thickness: float) -> Plane:
    right, away = light.shadow_slope()
    run = math.hypot(right, away) * thickness
    steps = min(max(_STEPS, math.ceil(run / 3)), _MOST_STEPS)
    shadow = np.zeros_like(alpha)
    size = alpha.shape[::-1]
    for height in np.linspace(thickness, thickness / steps, steps):
        moved = np.array(
            [[1.0, 0.0, right * height], [0.0, 1.0, -away * height * surface.foreshortening]]
        )
        section = cv2.warpAffine(alpha, moved, size, flags=cv2.INTER_LINEAR)
        sigma = height * light.penumbra_per_height() / _SIGMAS_PER_PENUMBRA
        shadow = np.maximum(shadow, _soft(section, max(0.8, sigma)))
    return shadow


def _hidden_sky(alpha: Plane, thickness: float) -> Plane:
    """Sky share behind an edge of this height: a half at its foot, gone a few heights away."""
    hidden = np.zeros_like(alpha)
    for reach, weight in ((0.25, 0.5), (0.8, 0.3), (2.2, 0.2)):
        # At a straight edge a blurred silhouette is a half: twice that, times the sky share.
        hidden += np.float32(2 * _EDGE_SKY * weight) * _soft(alpha, max(0.8, reach * thickness))
    return hidden


def _soft(values: Plane, sigma: float) -> Plane:
    shrink = max(1, int(sigma // 3))
    if shrink == 1:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma))
    height, width = values.shape
    small = cv2.resize(
        values, (max(1, width // shrink), max(1, height // shrink)), interpolation=cv2.INTER_AREA
    )
    blurred = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR))
