"""How much of the sky a standing product hides from the surface around it.

The product is taken for an upright elliptic column on its footprint. From a point of the surface
it fills the azimuths that its width spans, up to the height at which it is seen; the share of
cosine-weighted sky behind it has a closed form, a half at its foot and nothing far away.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import VISIBLE
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed
from pipelines.imaging.standing import Standing

Plane = npt.NDArray[np.float32]
_COARSE = 4
"""The field is smooth: it is reckoned at a quarter of the frame's size along each axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenSky:
    """What the product takes from each point of the surface, and where the point lies.

    Attributes
    ----------
    share
        float32 (H, W) in [0, 0.5] of the frame's size: hidden share of the cosine-weighted sky.
    facing
        float32 (H, W) in [0, 1]: 1 where the point lies between the product and its key light.
    """

    share: Plane
    facing: Plane


def hidden_sky(
    placed: Placed, stand: Standing, surface: Surface, light: KeyLight
) -> tuple[HiddenSky, tuple[int, int]]:
    """Reckon the hidden sky on a coarse grid; the second value is the frame's (width, height)."""
    at = np.flatnonzero(stand.touches)
    half_width = max((int(at[-1]) - int(at[0]) + 1) / 2, 2.0)
    flat = max(surface.foreshortening, 0.15)
    half_depth = max(stand.foot_rows / flat, 0.2 * half_width)
    middle_x = placed.left_px + (int(at[0]) + int(at[-1])) / 2
    middle_y = placed.top_px + stand.base_row
    columns = np.arange(_COARSE // 2, placed.frame_width_px, _COARSE, dtype=np.float32)[None, :]
    rows = np.arange(_COARSE // 2, placed.frame_height_px, _COARSE, dtype=np.float32)[:, None]
    right, near = (columns - middle_x), (rows - middle_y) / np.float32(flat)
    away = np.sqrt((right / half_width) ** 2 + (near / half_depth) ** 2)
    share = _share(away, (half_width * half_depth) ** 0.5, _height(placed))
    frame = (placed.frame_width_px, placed.frame_height_px)
    return HiddenSky(share=share, facing=_facing(right, near, light)), frame


def _share(away: Plane, radius: float, height: float) -> Plane:
    outside = np.maximum(away, 1)
    span = np.arcsin(1 / outside) / np.float32(np.pi)
    gap = (outside - 1) * np.float32(radius)
    return np.asarray(span * height * height / (height * height + gap * gap), dtype=np.float32)


def _height(placed: Placed) -> float:
    """How high the product is on average over its width: a thin cap hides little sky."""
    solid = placed.alpha > VISIBLE
    return max(float(solid.sum()) / max(int(solid.any(axis=0).sum()), 1), 2.0)


def _facing(right: Plane, near: Plane, light: KeyLight) -> Plane:
    azimuth = np.radians(light.azimuth_deg)
    towards = right * np.float32(np.sin(azimuth)) + near * np.float32(np.cos(azimuth))
    distance = np.maximum(np.sqrt(right * right + near * near), 1)
    return np.asarray(np.clip(towards / distance, 0, 1), dtype=np.float32)
