"""The finished raster: background, what the product does to it, and the product on top."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipelines.imaging.exposure import contrast_kept, to_light, to_picture
from pipelines.imaging.grain import NO_GRAIN, Grain, regrained
from pipelines.imaging.ground import (
    Window,
    kept_by_all,
    light_behind,
    mirror,
    seen_through,
    window_of,
)
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
    return all_in_scene(
        (placed,), plate, light=light, surface=surface, receiving=receiving, finish=finish
    )


def all_in_scene(
    products: Sequence[Placed],
    plate: Raster,
    *,
    light: KeyLight,
    surface: Surface,
    receiving: npt.NDArray[np.float32],
    finish: Finish | None = None,
) -> Raster:
    """Put products into a plate as `in_scene` does one, the farthest first.

    None changes another's pixels: what they do to each other's light is left out.
    """
    finish = finish or Finish()
    raster = plate.copy()
    window = _joined([window_of(one, light, receiving) for one in products])
    if window[0].start < window[0].stop and window[1].start < window[1].stop:
        near, surfaced = [seen_through(one, window) for one in products], receiving[window]
        here = replace(surface, axis_px=surface.axis_px - window[1].start)
        lit = to_light(plate[window])
        before = lit[..., 1].copy()
        if finish.thickness_px is None:
            behind = light_behind(plate, receiving)
            for one in near:
                mirror(lit, one, here, surfaced, behind=behind)
        kept = kept_by_all(near, light, here, surfaced, thickness_px=finish.thickness_px)
        lit *= kept
        left = contrast_kept(before, lit[..., 1], kept[..., 1])
        raster[window] = regrained(to_picture(lit), left, finish.grain)
    for one in products:
        raster = with_rim(one, raster, finish.grain)
    return raster


def _joined(windows: Sequence[Window]) -> Window:
    """The smallest part of the frame that holds all that is not empty."""
    held = [one for one in windows if all(side.start < side.stop for side in one)] or windows[:1]
    rows, columns = zip(*held, strict=True)
    return (
        slice(min(one.start for one in rows), max(one.stop for one in rows)),
        slice(min(one.start for one in columns), max(one.stop for one in columns)),
    )


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
