"""The lamps of a set, described from the product's place: pure values, no Blender.

Azimuth is where the light comes from, seen from above: 0 from the camera's side, 90 from the
picture's right, 180 from behind the product, 270 from the left. Elevation is above the surface.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, cos, degrees, radians, sin, sqrt

from pipelines.render.camera import Point

Rgb = tuple[float, float, float]
"""Linear RGB with sRGB primaries."""


def direction_to(azimuth_deg: float, elevation_deg: float) -> Point:
    """Unit vector from the product's place towards the light."""
    azimuth, elevation = radians(azimuth_deg), radians(elevation_deg)
    return (
        sin(azimuth) * cos(elevation),
        -cos(azimuth) * cos(elevation),
        sin(elevation),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sun:
    """Parallel light; ``irradiance`` in W/m2 (3 to 5 is a sunny day at exposure 0)."""

    azimuth_deg: float
    elevation_deg: float
    angular_diameter_deg: float = 1.2
    irradiance: float = 4.0
    color_rgb_linear: Rgb = (1.0, 0.93, 0.82)

    def __post_init__(self) -> None:
        if self.irradiance <= 0:
            raise ValueError(f"irradiance is {self.irradiance}, must be above 0")
        if not 0 < self.angular_diameter_deg < 180:
            raise ValueError(
                f"angular_diameter_deg is {self.angular_diameter_deg}, not in (0, 180)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Softbox:
    """A glowing rectangle that faces ``target``; ``power_w`` is radiant power."""

    azimuth_deg: float
    elevation_deg: float
    distance_m: float
    width_m: float
    height_m: float
    power_w: float
    color_rgb_linear: Rgb = (1.0, 1.0, 1.0)
    target: Point = (0.0, 0.0, 0.0)
    spread_deg: float = 180.0

    def __post_init__(self) -> None:
        if min(self.distance_m, self.width_m, self.height_m, self.power_w) <= 0:
            raise ValueError("distance_m, width_m, height_m and power_w must be above 0")
        if not 0 < self.spread_deg <= 180:
            raise ValueError(f"spread_deg is {self.spread_deg}, not in (0, 180]")

    @property
    def angular_diameter_deg(self) -> float:
        """How large the lamp looks from its target, of a square of equal area."""
        return degrees(2 * atan(sqrt(self.width_m * self.height_m) / 2 / self.distance_m))

    @property
    def location(self) -> Point:
        """Centre of the lamp."""
        toward = direction_to(self.azimuth_deg, self.elevation_deg)
        x, y, z = (t + d * self.distance_m for t, d in zip(self.target, toward, strict=True))
        return (x, y, z)


Lamp = Sun | Softbox
