"""The finished raster: background, what the product does to it, and the product on top."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_lab, to_linear, to_srgb
from pipelines.imaging.cutout import OPAQUE, Cutout
from pipelines.imaging.exposure import to_light, to_picture
from pipelines.imaging.grain import NO_GRAIN, Grain, regrained
from pipelines.imaging.ground import kept_light, light_behind, mirrored, seen_through, window_of
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed
from pipelines.imaging.rim import clipped, rim_of, wrapped

Raster = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How a scene's picture is finished.

    Attributes
    ----------
    grain
        The plate's; it goes on over shadows, mirror images and the product's rim.
    thickness_px
        Height above the surface of a product that lies flat; None for one that stands.
    """

    grain: Grain = NO_GRAIN
    thickness_px: float | None = None


def in_scene(
    placed: Placed,
    plate: Raster,
    *,
    light: KeyLight,
    surface: Surface,
    receiving: npt.NDArray[np.float32],
    finish: Finish | None = None,
) -> Raster:
    """Put a product into a plate: mirror image, shadows, then the product and its rim.

    Parameters
    ----------
    plate : uint8 (H, W, 3), sRGB
    receiving
        float32 (H, W) in [0, 1]: where the plate shows the surface that carries the product;
        shadows and reflections fall nowhere else.
    """
    finish = finish or Finish()
    raster = plate.copy()
    window = window_of(placed, light, receiving)
    if window[0].start < window[0].stop and window[1].start < window[1].stop:
        near, surfaced = seen_through(placed, window), receiving[window]
        here = replace(surface, axis_px=surface.axis_px - window[1].start)
        lit, own = to_light(plate[window]), np.ones(surfaced.shape, np.float32)
        if finish.thickness_px is None:
            behind = light_behind(plate, receiving)
            lit, own = mirrored(lit, near, here, surfaced, behind=behind)
        kept = kept_light(near, light, here, surfaced, thickness_px=finish.thickness_px)
        raster[window] = regrained(
            to_picture(lit * kept),
            np.minimum(np.minimum(kept[..., 0], kept[..., 1]), kept[..., 2]) * own,
            finish.grain,
        )
    return with_rim(placed, raster, finish.grain)


def with_rim(placed: Placed, background: Raster, grain: Grain) -> Raster:
    """Put the product over its background; light wraps around its rim, and grain goes on there."""
    patch, window = clipped(placed)
    if patch.alpha.size == 0:
        return background
    behind = background[window]
    over = replace(patch, rgb=wrapped(patch, behind)).over(behind)
    kept = np.where(rim_of(patch.alpha), 1 - patch.alpha, np.float32(1))
    background[window] = regrained(over, kept, grain)
    return background


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
