"""The depth of a picture that is a level surface before an upright wall."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.library.camera import Camera, plane_disparity

_DEPTH_PX = 768
_DROP = 0.55
"""Disparity of what lies below a slab's front edge, over the slab's: nearer or farther is alike,
it must only not be taken for the surface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A picture's depth.

    Attributes
    ----------
    disparity
        uint8 (H, W): 255 at `near_cm`, 0 at `far_cm`.
    """

    disparity: npt.NDArray[np.uint8]
    near_cm: float
    far_cm: float


def fall_at(camera: Camera, y: float, *, aspect: float) -> float:
    """How far a ray through a row falls for each unit along the axis.

    Parameters
    ----------
    y
        Ratio of the picture's height.
    aspect
        The picture's height over its width.
    """
    pitch = math.radians(camera.pitch_deg)
    below = (y - 0.5) * aspect * camera.sensor_mm / camera.focal_mm
    return max(math.sin(pitch) + below * math.cos(pitch), 1e-3)


def surface_mask(
    shape: tuple[int, int], *, back_y: float, slope: float, front_y: float
) -> npt.NDArray[np.bool_]:
    """Where the surface is, bool (H, W): between its back and its front edge."""
    height, width = shape
    across = (np.arange(width) + 0.5) / width - 0.5
    back = back_y * height + slope * across * width
    rows = np.arange(height)[:, None] + 0.5
    return np.asarray((rows >= back[None]) & (rows <= front_y * height))


def ground(camera: Camera, *, aspect: float, back_y: float, slope: float, front_y: float) -> Ground:
    """Compute the depth map.

    The wall stands where the surface ends. Seen from straight above there is no wall.

    Parameters
    ----------
    aspect
        The picture's height over its width.
    """
    shape = (max(round(_DEPTH_PX * aspect), 1), _DEPTH_PX)
    plane = plane_disparity(camera, shape).astype(np.float64)
    on_surface = surface_mask(shape, back_y=back_y, slope=slope, front_y=front_y)
    wall = _wall(camera, plane, on_surface)
    inverse = np.where(on_surface, plane, wall)
    below = (np.arange(shape[0])[:, None] + 0.5 > front_y * shape[0]) & ~on_surface
    inverse = np.where(below, plane * _DROP, inverse)
    near, far = float(inverse.max()), float(inverse.min())
    far = min(far, near * 0.98)  # a camera that looks straight down sees one depth
    scaled = np.clip((inverse - far) / (near - far), 0, 1)
    return Ground(
        disparity=np.round(scaled * 255).astype(np.uint8), near_cm=1 / near, far_cm=1 / far
    )


def _wall(
    camera: Camera, plane: npt.NDArray[np.float64], on_surface: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Inverse depth of an upright plane through the surface's back edge."""
    height, width = plane.shape
    focal_px = camera.focal_mm / camera.sensor_mm * width
    below = (np.arange(height) + 0.5 - height / 2) / focal_px
    pitch = np.radians(camera.pitch_deg)
    # A ray through row v advances by cos(pitch) - v sin(pitch) for each unit along the axis.
    ahead = np.maximum(np.cos(pitch) - below * np.sin(pitch), 1e-3)
    edge = np.where(on_surface.any(axis=0), on_surface.argmax(axis=0), height - 1)
    row = int(np.median(edge))
    distance = ahead[row] / max(plane[row, 0], 1e-6)
    return np.repeat((ahead / distance)[:, None], width, axis=1)
