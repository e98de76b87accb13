"""The finished raster: background, what the product does to it, and the product on top."""

import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_lab, to_linear, to_srgb
from pipelines.imaging.cutout import OPAQUE, Cutout
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed
from pipelines.imaging.shadows import cast_density, contact_density, reflection

Raster = npt.NDArray[np.uint8]
Linear = npt.NDArray[np.float32]
_STUDIO_SURFACE = Surface(depression_deg=12, roughness=0.12, reflectance=0.05)
_STUDIO_LIGHT = KeyLight(azimuth_deg=325, elevation_deg=66, angular_diameter_deg=24, key_ratio=0.55)
_FADE_SHARE = 0.07
"""Share of the frame over which a studio shadow fades before it meets the frame's edge."""
_CONTACT_DEPTH = 0.8
"""Share of light that the narrowest gap under a product loses; set by eye on the templates."""
_SHOULDER = 0.88
_SHADOW_TINT = 0.3
"""Both fitted to a path-traced bottle on the marble plate, where a shadow that keeps 29% of the
light shows 60% of the surface's linear value, nearly neutral; `python -m pipelines.render truth`
makes such pairs."""


def on_white(placed: Placed, *, shadow: str, strength: float) -> Raster:
    """Put a product on pure white, with the shadow a packshot photographer would leave.

    Parameters
    ----------
    shadow : ``none``, ``contact``, ``drop`` or ``reflection``
    strength : 0 to 1
    """
    white = np.full((placed.frame_height_px, placed.frame_width_px, 3), 255, np.uint8)
    if shadow == "none":
        return placed.over(white)
    fading = _fade_to_edges(white.shape[0], white.shape[1])
    if shadow == "reflection":
        rgb, share = reflection(placed, _STUDIO_SURFACE)
        weight = (share * fading * np.float32(strength * 0.6))[..., None]
        white = (white * (1 - weight) + rgb * weight + np.float32(0.5)).astype(np.uint8)
    density = np.float32(strength) * contact_density(placed, _STUDIO_SURFACE) * fading
    if shadow == "drop":
        cast = cast_density(placed, _STUDIO_LIGHT, _STUDIO_SURFACE) * fading
        density = 1 - (1 - density) * (1 - np.float32(strength) * cast)
    kept = (1 - np.clip(density, 0, 1))[..., None] * np.ones(3, np.float32)
    return placed.over(to_srgb(to_linear(white) * kept.astype(np.float32)))


def _fade_to_edges(height: int, width: int) -> npt.NDArray[np.float32]:
    """1 inside, falling to 0 at the frame: the frame itself stays white, no shadow is cut off."""
    rows = np.minimum(np.arange(height), np.arange(height)[::-1]) / (_FADE_SHARE * height)
    columns = np.minimum(np.arange(width), np.arange(width)[::-1]) / (_FADE_SHARE * width)
    nearest = np.clip(np.minimum(rows[:, None], columns[None, :]), 0, 1)
    return np.asarray(nearest * nearest * (3 - 2 * nearest), dtype=np.float32)


def in_scene(
    placed: Placed,
    plate: Raster,
    *,
    light: KeyLight,
    surface: Surface,
    receiving: npt.NDArray[np.float32],
) -> Raster:
    """Stand a product in a plate: reflection, cast shadow, contact shadow, then the product.

    Parameters
    ----------
    plate : uint8 (H, W, 3), sRGB
    receiving
        float32 (H, W) in [0, 1]: where the plate shows the surface on which the product stands;
        shadows and reflections fall nowhere else.
    """
    lit = to_linear(plate)
    mirrored = surface.mirrored_share
    if mirrored > 0.005:
        rgb, share = reflection(placed, surface)
        weight = (share * receiving * np.float32(mirrored))[..., None]
        lit = lit * (1 - weight) + to_linear((rgb + 0.5).astype(np.uint8)) * weight
    cast = cast_density(placed, light, surface) * receiving
    contact = contact_density(placed, surface) * receiving * np.float32(_CONTACT_DEPTH)
    left = np.asarray(light.shadowed_share(), np.float32)
    left = left.mean() ** (1 - _SHADOW_TINT) * left**_SHADOW_TINT
    kept = (1 - cast[..., None] * (1 - left)) * (1 - contact[..., None])
    return placed.over(to_srgb(_with_less_light(lit, kept)))


def _with_less_light(lit: npt.NDArray[np.float32], kept: npt.NDArray[np.float32]) -> Linear:
    """Darken a finished picture as less light before its tone curve would have.

    Film, cameras and view transforms compress highlights, so that a bright surface loses less of
    its look in a shadow than of its light. With a shoulder of the form d = s / (1 + s), light
    scales the odds d / (1 - d) of what the picture shows.
    """
    shown = np.clip(lit, 0, np.float32(0.995))
    odds = shown / (1 - shown) * np.clip(kept, 0, 1) ** np.float32(_SHOULDER)
    return np.asarray(odds / (1 + odds), dtype=np.float32)


def match_colour(cutout: Cutout, light: KeyLight, *, limit: float) -> tuple[Cutout, float]:
    """Tint the product towards the scene's light by at most ``limit`` ΔE (CIE76).

    Returns the tinted cutout and the largest ΔE that an opaque pixel moved, after rounding.
    Neutral light leaves everything as it is. The step is found by bisection, so that the bound
    holds for every pixel, not on average.
    """
    tint = np.asarray(light.color_rgb_linear, np.float32) * np.float32(light.key_ratio)
    tint = tint + np.asarray(light.ambient_rgb_linear, np.float32) * (1 - light.key_ratio)
    tint = tint / tint.max()
    opaque = cutout.alpha >= OPAQUE
    pixels = np.unique(cutout.rgb[opaque].reshape(-1, 3), axis=0)[None]
    if pixels.size == 0:
        return cutout, 0.0
    before = to_lab(pixels)

    def moved(step: float) -> float:
        after = to_srgb(to_linear(pixels) * (1 + (tint - 1) * np.float32(step)))
        return float(np.linalg.norm(to_lab(after) - before, axis=-1).max())

    low, high = 0.0, 1.0
    if moved(high) > limit:
        for _ in range(12):
            middle = (low + high) / 2
            low, high = (middle, high) if moved(middle) <= limit else (low, middle)
        high = low
    tinted = to_srgb(to_linear(cutout.rgb) * (1 + (tint - 1) * np.float32(high)))
    return Cutout(rgb=tinted, alpha=cutout.alpha), moved(high)
