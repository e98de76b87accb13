"""Light as a scene's record states it, and the geometry of a surface seen by a camera."""

import math
from dataclasses import dataclass

FLAT_LAY_DEG = 60.0
"""Seen more steeply than this, a standing product would show little but its lid."""

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLight:
    """The light that casts the shadow.

    Attributes
    ----------
    azimuth_deg
        Where the light comes from, seen from above: 0 the camera's side, 90 the picture's right,
        180 behind the product, 270 the left.
    elevation_deg
        Height above the surface.
    angular_diameter_deg
        Size of the source as seen from the product: how soft the shadow's edge is.
    key_ratio
        Share of the surface's light that the key gives: how dark its shadow is.
    color_rgb_linear, ambient_rgb_linear
        Colours of the key and of what is left in its shadow; the largest channel is 1.
    """

    azimuth_deg: float
    elevation_deg: float
    angular_diameter_deg: float
    key_ratio: float
    color_rgb_linear: Rgb = (1.0, 1.0, 1.0)
    ambient_rgb_linear: Rgb = (1.0, 1.0, 1.0)

    def shadow_slope(self) -> tuple[float, float]:
        """Shadow run per unit of height: towards the right, and away from the camera."""
        run = 1 / math.tan(math.radians(max(self.elevation_deg, 8.0)))
        azimuth = math.radians(self.azimuth_deg)
        return -math.sin(azimuth) * run, math.cos(azimuth) * run

    def penumbra_per_height(self) -> float:
        """Width of the shadow's soft edge per unit of the occluder's height."""
        half = math.radians(min(self.angular_diameter_deg, 120.0)) / 2
        return 2 * math.tan(half) / math.sin(math.radians(max(self.elevation_deg, 8.0)))

    def shadowed_share(self) -> Rgb:
        """What is left of the surface's light in full shadow, per linear channel."""
        key = [self.key_ratio * value for value in self.color_rgb_linear]
        rest = [(1 - self.key_ratio) * value for value in self.ambient_rgb_linear]
        red, green, blue = (r / max(k + r, 1e-6) for k, r in zip(key, rest, strict=True))
        return red, green, blue


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What the product stands on, as the camera sees it.

    Attributes
    ----------
    depression_deg
        How steeply the camera looks down at the place; it foreshortens what lies on the surface.
    roughness
        GGX roughness, 0 a mirror, 1 matte.
    reflectance
        At normal incidence; 0 where nothing mirrors.
    distance_px
        From the camera to the place, in pixels of the place: the focal length in pixels. Infinite
        where nothing is known, and then nothing looks smaller farther away.
    axis_px
        Column of the frame that the camera looks along: what goes away runs towards it.
    """

    depression_deg: float
    roughness: float
    reflectance: float
    distance_px: float = math.inf
    axis_px: float = 0.0

    @property
    def foreshortening(self) -> float:
        """Rows per pixel of depth on the surface."""
        return math.sin(math.radians(min(max(self.depression_deg, 2.0), 85.0)))

    @property
    def lies_flat(self) -> bool:
        """Whether the camera looks so steeply down that products are laid, not stood."""
        return self.depression_deg >= FLAT_LAY_DEG

    def raised_px(self, rows: float) -> float:
        """Height above the place of what the picture shows so many rows above it."""
        tilt = math.radians(min(max(self.depression_deg, 0.0), 60.0))
        return rows / (math.cos(tilt) + rows / self.distance_px * math.sin(tilt))

    def size_at(self, away_px: float) -> float:
        """How large a thing looks farther away on the surface, 1 at the place itself."""
        tilt = math.radians(min(max(self.depression_deg, 0.0), 85.0))
        return 1 / max(1 + away_px / self.distance_px * math.cos(tilt), 0.3)

    def across(self, column: float, size: float) -> float:
        """Column at which something stands that looks ``size`` times as large as at the place."""
        return self.axis_px + (column - self.axis_px) * size if size != 1 else column

    @property
    def mirrored_share(self) -> float:
        """Share of light mirrored at the camera's angle (Schlick 1994), less scattered light."""
        if self.reflectance <= 0:
            return 0.0
        grazing = (1 - self.foreshortening) ** 5
        fresnel = self.reflectance + (1 - self.reflectance) * grazing
        return float(fresnel * (1 - self.roughness) ** 2)
