"""Where the camera stands and what it sees: pure geometry, no Blender.

The world is in metres, z up. The camera stands on the -y side and looks towards +y, so +x is the
picture's right. A set puts the product's place at the origin, on the plane z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, radians, sin

Point = tuple[float, float, float]
"""x (picture's right), y (away from the camera), z (up), in metres."""

_CM_PER_M = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A level-rolled camera that sees ``target`` at (``frame_x``, ``frame_y``) of its frame.

    Parameters
    ----------
        width_px, height_px : size of the frame
        focal_mm  : focal length; ``sensor_mm`` is the length of the frame's longer side
        pitch_deg : downward tilt of the optical axis, range (-90, 90)
        distance_m: from the lens to the target
        frame_x, frame_y : ratios of width and height, from the top left
        f_number  : the aperture; None keeps everything sharp
        focus_m   : distance of the sharp plane along the optical axis; None means the target's
    """

    width_px: int = 1536
    height_px: int = 1536
    focal_mm: float = 60.0
    sensor_mm: float = 36.0
    pitch_deg: float = 10.0
    distance_m: float = 0.9
    target: Point = (0.0, 0.0, 0.0)
    frame_x: float = 0.5
    frame_y: float = 0.78
    f_number: float | None = 2.8
    focus_m: float | None = None

    def __post_init__(self) -> None:
        if min(self.width_px, self.height_px) < 1:
            raise ValueError(f"frame is {self.width_px}x{self.height_px} px, needs at least 1x1")
        if min(self.focal_mm, self.sensor_mm, self.distance_m) <= 0:
            raise ValueError("focal_mm, sensor_mm and distance_m must be above 0")
        if not -90 < self.pitch_deg < 90:
            raise ValueError(f"pitch_deg is {self.pitch_deg}, outside (-90, 90)")
        if self.f_number is not None and self.f_number <= 0:
            raise ValueError(f"f_number is {self.f_number}, must be above 0")

    @property
    def focal_px(self) -> float:
        """The focal length in pixels of this frame."""
        return self.focal_mm / self.sensor_mm * max(self.width_px, self.height_px)

    @property
    def location(self) -> Point:
        """Where the lens is, such that the target lands on its place in the frame."""
        across = (self.frame_x - 0.5) * self.width_px / self.focal_px
        upward = (0.5 - self.frame_y) * self.height_px / self.focal_px
        depth_m = self.distance_m / hypot(1.0, across, upward)
        pitch = radians(self.pitch_deg)
        x, y, z = self.target
        return (
            x - across * depth_m,
            y - depth_m * (cos(pitch) + upward * sin(pitch)),
            z + depth_m * (sin(pitch) - upward * cos(pitch)),
        )

    @property
    def focus_distance_m(self) -> float:
        """Distance of the sharp plane along the optical axis."""
        return self.depth_m(self.target) if self.focus_m is None else self.focus_m

    def depth_m(self, point: Point) -> float:
        """Distance of a point along the optical axis, negative behind the lens."""
        pitch = radians(self.pitch_deg)
        _, y, z = self.location
        return (point[1] - y) * cos(pitch) - (point[2] - z) * sin(pitch)

    def project(self, point: Point) -> tuple[float, float]:
        """The point's place in the frame, as ratios of width and height from the top left."""
        pitch = radians(self.pitch_deg)
        lens = self.location
        depth_m = self.depth_m(point)
        if depth_m <= 0:
            raise ValueError(f"{point} lies behind the lens")
        upward_m = (point[1] - lens[1]) * sin(pitch) + (point[2] - lens[2]) * cos(pitch)
        across_m = point[0] - lens[0]
        return (
            0.5 + across_m / depth_m * self.focal_px / self.width_px,
            0.5 - upward_m / depth_m * self.focal_px / self.height_px,
        )

    def on_plane(self, x: float, y: float, *, height_m: float = 0.0) -> Point:
        """The point of the plane z = height_m that the frame shows at ratios (x, y)."""
        pitch = radians(self.pitch_deg)
        across = (x - 0.5) * self.width_px / self.focal_px
        upward = (0.5 - y) * self.height_px / self.focal_px
        lens = self.location
        fall = sin(pitch) - upward * cos(pitch)
        if fall <= 0:
            raise ValueError(f"({x}, {y}) looks at or above the horizon")
        depth_m = (lens[2] - height_m) / fall
        ahead = cos(pitch) + upward * sin(pitch)
        return (lens[0] + across * depth_m, lens[1] + ahead * depth_m, height_m)

    def px_per_cm(self, point: Point) -> float:
        """Pixels that a centimetre across the picture takes at a point's depth."""
        return self.focal_px / self.depth_m(point) / _CM_PER_M
