"""The plate's camera, and how far away it sees what it sees."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """The plate's camera; pitch is positive downward."""

    focal_mm: float
    sensor_mm: float
    pitch_deg: float
    height_cm: float
    distance_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """The plate's depth map: inverse depth, ``near_cm`` is 255 and ``far_cm`` is 0."""

    file: str
    near_cm: float
    far_cm: float


def plane_disparity(camera: Camera, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Inverse depth along the optical axis of the horizontal plane under the camera, per row.

    Returns
    -------
    float32 (H, W) of 1/cm; almost zero where the plane lies at or above the horizon
    """
    height, width = shape[:2]
    focal_px = camera.focal_mm / camera.sensor_mm * width
    rows = np.arange(height, dtype=np.float32) + 0.5 - height / 2
    pitch = math.radians(camera.pitch_deg)
    # A ray through row v falls by sin(pitch) + v/f cos(pitch) for each unit along the axis.
    fall = np.maximum(math.sin(pitch) + rows / focal_px * math.cos(pitch), 1e-4)
    return np.repeat((fall / camera.height_cm)[:, None], width, axis=1).astype(np.float32)
