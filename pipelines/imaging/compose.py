"""The finished raster: background, what the product does to it, and the product on top."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipelines.imaging.exposure import contrast_kept, to_light, to_picture
from pipelines.imaging.grain import NO_GRAIN, Grain, regrained
from pipelines.imaging.ground import kept_light, light_behind, mirror, seen_through, window_of
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
        lit = to_light(plate[window])
        before = lit[..., 1].copy()
        if finish.thickness_px is None:
            mirror(lit, near, here, surfaced, behind=light_behind(plate, receiving))
        kept = kept_light(near, light, here, surfaced, thickness_px=finish.thickness_px)
        lit *= kept
        left = contrast_kept(before, lit[..., 1], kept[..., 1])
        raster[window] = regrained(to_picture(lit), left, finish.grain)
    return with_rim(placed, raster, finish.grain)


def with_rim(placed: Placed, background: Raster, grain: Grain) -> Raster:
    """Put the product over its background, in place; light wraps around its rim, grain goes on."""
    patch, window = clipped(placed)
    if patch.alpha.size == 0:
        return background
    behind = background[window]
    over = replace(patch, rgb=wrapped(patch, behind)).over(behind)
    kept = np.where(rim_of(patch.alpha), 1 - patch.alpha, np.float32(1))
    background[window] = regrained(over, kept, grain)
    return background
