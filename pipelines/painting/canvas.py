"""An empty studio to paint over where no template is named: a plain floor, a wall and soft light.

It is a template without files, so that places, sizes, crops and shadows are those of any template.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.crop import Size, View
from pipelines.imaging.grain import NO_GRAIN
from pipelines.imaging.light import KeyLight
from pipelines.imaging.viewpoint import Viewpoint
from pipelines.library import Anchor, Template
from pipelines.library.backdrop import Backdrop
from pipelines.library.camera import Camera, Depth, plane_disparity

Plane = npt.NDArray[np.float32]

REVISION = "1"
"""Raise it when a canvas looks or measures otherwise."""
_SIDE_PX = 1536
_FOCAL_MM, _SENSOR_MM = 60.0, 36.0
_FOCAL_PX = _FOCAL_MM / _SENSOR_MM * _SIDE_PX
_PX_PER_CM = 28.0
"""At the place: as on the built-in plates, whose products are 5 to 35 cm tall."""
_PLACE = (0.5, 0.78)
_ROOM = (0.5, 0.62)
_FLAT_ROOM = (0.6, 0.6)
_WALL_BEHIND = 1.7
"""Distance of the wall over that of the place."""
_LOWEST_DEG, _USUAL_DEG, _STEEPEST_DEG = 4, 10, 20
_FROM_ABOVE_DEG = 89
_FLOOR, _WALL = (216, 214, 211), (232, 231, 229)
_COVE = 0.05
"""Height of the soft bend between floor and wall, over the canvas."""
_LIGHT = KeyLight(azimuth_deg=305.0, elevation_deg=52.0, angular_diameter_deg=40.0, key_ratio=0.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas(Template):
    """A scene of arithmetic: nothing of it is read from files."""

    @property
    def revision(self) -> str:
        """Revision of the arithmetic, and the camera, which is all that differs."""
        return f"{REVISION}.{self.camera.pitch_deg:g}"

    def backdrop(self, view: View, size_px: Size) -> Backdrop:
        """Return a part of the canvas at a result's size."""
        rgb, receiving = self.plate(), self.receiving()
        window = np.s_[view.top : view.top + view.height_px, view.left : view.left + view.width_px]
        how = cv2.INTER_AREA if size_px[0] < view.width_px else cv2.INTER_LINEAR
        return Backdrop(
            rgb=np.asarray(cv2.resize(rgb[window], size_px, interpolation=how), np.uint8),
            receiving=np.asarray(cv2.resize(receiving[window], size_px), np.float32),
            grain=NO_GRAIN,
        )

    def distance_cm(self, view: View, size_px: Size) -> Plane:
        """Distance along the optical axis, float32 (H, W), of a part of the canvas."""
        near = np.maximum(_floor(self.camera), self._wall)
        window = near[view.top : view.top + view.height_px, None]
        line = cv2.resize(window, (1, size_px[1]))
        return np.repeat(1 / line.reshape(-1, 1), size_px[0], axis=1).astype(np.float32)

    def plate(self) -> npt.NDArray[np.uint8]:
        """Return the canvas as uint8 (H, W, 3), sRGB."""
        return _drawn(self._bend_row)

    def receiving(self) -> Plane:
        """Where the floor is, float32 (H, W) in [0, 1]."""
        rows = np.arange(_SIDE_PX, dtype=np.float32)[:, None]
        floor = np.clip((rows - self._bend_row) / (_COVE * _SIDE_PX) + 0.5, 0, 1)
        return np.asarray(np.repeat(floor, _SIDE_PX, axis=1), np.float32)

    @property
    def _wall(self) -> float:
        return 1 / (self.camera.distance_cm * _WALL_BEHIND)

    @property
    def _bend_row(self) -> int:
        """Row in which floor and wall meet; above the canvas where it is seen from above."""
        floor = np.flatnonzero(_floor(self.camera) > self._wall)
        return int(floor[0]) if floor.size and floor[0] > 0 else -_SIDE_PX


def canvas_for(viewpoint: Viewpoint, *, height_cm: float = 0.0) -> Canvas:
    """Return a canvas seen from where the product was: its horizon lies where the photo's does.

    Parameters
    ----------
    height_cm
        The product's own height, where it is known: the canvas is as large as it needs.
    """
    if viewpoint.side == "above" and viewpoint.sure:
        return _canvas(_FROM_ABOVE_DEG, height_cm)
    steepest = viewpoint.most_pitch_deg
    pitch = (
        _USUAL_DEG if steepest is None else round(min(max(steepest, _LOWEST_DEG), _STEEPEST_DEG))
    )
    return _canvas(pitch, height_cm)


def _canvas(pitch_deg: int, height_cm: float) -> Canvas:
    above = pitch_deg == _FROM_ABOVE_DEG
    x, y = (0.5, 0.5) if above else _PLACE
    room = _FLAT_ROOM if above else _ROOM
    px_per_cm = _PX_PER_CM
    if height_cm:
        px_per_cm = min(_PX_PER_CM, 0.9 * room[1] * _SIDE_PX / height_cm)
    along_cm = _FOCAL_PX / px_per_cm
    pitch = math.radians(pitch_deg)
    below = (y - 0.5) * _SIDE_PX / _FOCAL_PX
    height = along_cm * (math.sin(pitch) + below * math.cos(pitch))
    return Canvas(
        name="canvas",
        folder=Path(),
        title="Empty studio",
        title_zh="空白影棚",
        style="canvas",
        tags=(),
        prompt="",
        palette=(),
        plate_file="",
        width_px=_SIDE_PX,
        height_px=_SIDE_PX,
        depth=Depth(file="", near_cm=along_cm / 2, far_cm=along_cm * _WALL_BEHIND),
        camera=Camera(
            focal_mm=_FOCAL_MM,
            sensor_mm=_SENSOR_MM,
            pitch_deg=float(pitch_deg),
            height_cm=height,
            distance_cm=along_cm,
        ),
        material="paper",
        roughness=1.0,
        reflectance=0.0,
        light=_LIGHT,
        anchors=(
            Anchor(
                name="centre", x=x, y=y, px_per_cm=px_per_cm, max_width=room[0], max_height=room[1]
            ),
        ),
    )


@lru_cache(maxsize=4)
def _floor(camera: Camera) -> Plane:
    """Inverse distance of the floor in each row, float32 (H,) of 1/cm."""
    return plane_disparity(camera, (_SIDE_PX, _SIDE_PX))[:, 0]


@lru_cache(maxsize=4)
def _drawn(bend_row: int) -> npt.NDArray[np.uint8]:
    """A floor that darkens a little towards the camera, and a wall that does so upwards."""
    rows = np.arange(_SIDE_PX, dtype=np.float32)
    floor = np.clip((rows - bend_row) / (_COVE * _SIDE_PX) + 0.5, 0, 1)
    smooth = floor * floor * (3 - 2 * floor)
    fall = 1 - 0.05 * np.abs(rows - max(bend_row, 0)) / _SIDE_PX
    line = (np.outer(1 - smooth, _WALL) + np.outer(smooth, _FLOOR)) * fall[:, None]
    drawn = np.repeat((line + 0.5).astype(np.uint8)[:, None], _SIDE_PX, axis=1)
    drawn.setflags(write=False)
    return drawn
