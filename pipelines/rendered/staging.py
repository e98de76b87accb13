"""Where a model stands, in a template's scene or a studio: camera, place, light, for Blender."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipelines.imaging.colour import to_linear
from pipelines.library import Anchor, Template

_WHITE_ALBEDO = 0.8
_WHITE_SHOWN = 0.72
"""Linear display value of a white diffuse surface in full light: plates are exposed for it."""
_STUDIO_PX = 1200
"""Enough for packshots of 2,000 px: a render is enlarged up to twice."""
_STUDIO_MODEL_M, _STUDIO_FILL = 0.3, 0.72
_STUDIO_FOCAL_MM, _SENSOR_MM = 100.0, 36.0
_STUDIO_PITCH_DEG, _STUDIO_LIGHT_DEG = 9.0, 48.0
_STUDIO_KEY, _STUDIO_SHOWN = 0.5, 0.85
"""Share of the light that the softbox gives, and how bright a white model shows."""
_LEAST_ALBEDO, _MOST_ALBEDO = 0.04, 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What Blender needs to stand a model in a scene.

    Lengths are in metres. The camera stands at the origin's height above the surface z = 0 and
    looks along +y, tilted down by its pitch; +x is the picture's right.

    Attributes
    ----------
    place
        x and y on the surface where the middle of the model's base goes.
    size_m
        Width and height of what the place holds.
    filled
        Whether a model is made as large as that; else it only is not made larger.
    sun_watts, sky_radiance
        W/m² of the key across its direction; W/m²/sr of the rest, alike from everywhere. Rgb.
    """

    width_px: int
    height_px: int
    focal_mm: float
    sensor_mm: float
    pitch_deg: float
    camera_m: float
    place: tuple[float, float]
    size_m: tuple[float, float]
    sun_azimuth_deg: float
    sun_elevation_deg: float
    sun_diameter_deg: float
    sun_watts: tuple[float, float, float]
    sky_radiance: tuple[float, float, float]
    surface_rgb_linear: tuple[float, float, float]
    surface_roughness: float
    filled: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready mapping."""
        return asdict(self)


def studio_stand(*, side_px: int = _STUDIO_PX) -> Stand:
    """Return a white studio: a softbox to the front left, white walls, the camera slightly above.

    Whatever its real size, a model fills the same part of the frame.
    """
    focal_px = _STUDIO_FOCAL_MM / _SENSOR_MM * side_px
    distance = _STUDIO_MODEL_M * focal_px / (_STUDIO_FILL * side_px)
    whole = _STUDIO_SHOWN * math.pi / _WHITE_ALBEDO
    key = _STUDIO_KEY * whole / math.sin(math.radians(_STUDIO_LIGHT_DEG))
    rest = (1 - _STUDIO_KEY) * whole / math.pi
    # The optical axis meets the model's middle: its foot and its top are seen alike.
    pitch = math.radians(_STUDIO_PITCH_DEG)
    return Stand(
        width_px=side_px,
        height_px=side_px,
        focal_mm=_STUDIO_FOCAL_MM,
        sensor_mm=_SENSOR_MM,
        pitch_deg=_STUDIO_PITCH_DEG,
        camera_m=_STUDIO_MODEL_M / 2 + distance * math.tan(pitch),
        place=(0.0, distance),
        size_m=(_STUDIO_MODEL_M, _STUDIO_MODEL_M),
        sun_azimuth_deg=325.0,
        sun_elevation_deg=_STUDIO_LIGHT_DEG,
        sun_diameter_deg=32.0,
        sun_watts=(key, key, key),
        sky_radiance=(rest, rest, rest),
        surface_rgb_linear=(_WHITE_ALBEDO,) * 3,
        surface_roughness=0.6,
        filled=True,
    )


def stand_of(template: Template, anchor: Anchor) -> Stand:
    """Reckon the stand of a template's place."""
    camera, light = template.camera, template.light
    focal_px = camera.focal_mm / camera.sensor_mm * template.width_px
    across = (anchor.x - 0.5) * template.width_px / focal_px
    upward = (0.5 - anchor.y) * template.height_px / focal_px
    pitch = math.radians(camera.pitch_deg)
    fall = math.sin(pitch) - upward * math.cos(pitch)
    depth = camera.height_cm / 100 / max(fall, 1e-3)
    # Light on a horizontal white surface, split into key and rest as the record says.
    whole = _WHITE_SHOWN * math.pi / _WHITE_ALBEDO
    slant = math.sin(math.radians(max(light.elevation_deg, 5.0)))
    key, rest = light.key_ratio * whole / slant, (1 - light.key_ratio) * whole / math.pi
    width, height = template.width_px, template.height_px
    return Stand(
        width_px=width,
        height_px=height,
        focal_mm=camera.focal_mm,
        sensor_mm=camera.sensor_mm,
        pitch_deg=camera.pitch_deg,
        camera_m=camera.height_cm / 100,
        place=(across * depth, (math.cos(pitch) + upward * math.sin(pitch)) * depth),
        size_m=(
            anchor.max_width * width / anchor.px_per_cm / 100,
            anchor.max_height * height / anchor.px_per_cm / 100,
        ),
        sun_azimuth_deg=light.azimuth_deg,
        sun_elevation_deg=light.elevation_deg,
        sun_diameter_deg=light.angular_diameter_deg,
        sun_watts=_scaled(light.color_rgb_linear, key),
        sky_radiance=_scaled(light.ambient_rgb_linear, rest),
        surface_rgb_linear=_surface(template, anchor),
        surface_roughness=template.roughness,
    )


def _scaled(colour: tuple[float, ...], factor: float) -> tuple[float, float, float]:
    red, green, blue = (value * factor for value in colour)
    return red, green, blue


def _surface(template: Template, anchor: Anchor) -> tuple[float, float, float]:
    """Colour of the surface around the place: what it throws back lights the model from below."""
    plate = template.plate()
    height, width = plate.shape[:2]
    reach = round(0.08 * width)
    x, y = round(anchor.x * width), round(anchor.y * height)
    near = plate[max(0, y - reach // 2) : y + reach, max(0, x - reach) : x + reach]
    mean = to_linear(near).reshape(-1, 3).mean(axis=0) / _WHITE_SHOWN * _WHITE_ALBEDO
    red, green, blue = (float(one) for one in np.clip(mean, _LEAST_ALBEDO, _MOST_ALBEDO))
    return red, green, blue
