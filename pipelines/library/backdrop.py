"""A part of a plate at a result's size: decoded once, and kept while it is in use."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.crop import Size, View
from pipelines.imaging.grain import Grain, measured_grain
from pipelines.library.plate import read_disparity, read_rgb, receiving

if TYPE_CHECKING:
    from pipelines.library.template import Template

Surface = npt.NDArray[np.float32]
Array = TypeVar("Array", npt.NDArray[np.uint8], npt.NDArray[np.float32])
_KEPT = 4
"""Backdrops and plates kept each: 17 MB at 1536 px, so that a batch over a few scenes and sizes
decodes none of them twice, and a batch over all scenes stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """What a scene's stage paints on; arrays are shared and read-only.

    Attributes
    ----------
    rgb
        uint8 (H, W, 3), sRGB.
    receiving
        float32 (H, W) in [0, 1]: where the surface is that carries the product.
    grain
        Of this picture, at this size.
    """

    rgb: npt.NDArray[np.uint8]
    receiving: npt.NDArray[np.float32]
    grain: Grain


@lru_cache(maxsize=_KEPT)
def backdrop(template: "Template", revision: str, view: View, size_px: Size) -> Backdrop:
    """Cut and scale a template's plate; ``revision`` tells an edited template from what it was."""
    rgb, surface = native(template, revision)
    window = np.s_[view.top : view.top + view.height_px, view.left : view.left + view.width_px]
    rgb, surface = rgb[window], surface[window]
    if (rgb.shape[1], rgb.shape[0]) != size_px:
        how = cv2.INTER_AREA if size_px[0] < rgb.shape[1] else cv2.INTER_CUBIC
        rgb = _frozen(cv2.resize(rgb, size_px, interpolation=how))
        surface = _frozen(cv2.resize(surface, size_px, interpolation=cv2.INTER_LINEAR))
    return Backdrop(rgb=rgb, receiving=surface, grain=measured_grain(rgb))


@lru_cache(maxsize=_KEPT)
def native(
    template: "Template",
    revision: str,  # noqa: ARG001 - tells an edited template from what it was
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Return a template's whole plate and the surface in it, in the plate's own pixels."""
    size = (template.width_px, template.height_px)
    path = template.folder / template.depth.file
    surface = receiving(path, template.depth, template.camera, size_px=size)
    return _frozen(read_rgb(template.folder / template.plate_file)), _frozen(
        _with_anchors(surface, template)
    )


def _with_anchors(surface: npt.NDArray[np.float32], template: "Template") -> Surface:
    """Keep the pieces of the surface that carry an anchor.

    Where the side of a thing far below crosses the plane's depth, it looks like surface.
    """
    solid = (surface > 0.5).astype(np.uint8)
    _, pieces = cv2.connectedComponents(solid)
    height, width = surface.shape
    kept = {
        int(pieces[min(int(one.y * height), height - 1), min(int(one.x * width), width - 1)])
        for one in template.anchors
    } - {0}
    if not kept:
        return surface
    mask = cv2.dilate(np.isin(pieces, sorted(kept)).astype(np.uint8), np.ones((9, 9), np.uint8))
    return np.asarray(surface * mask, dtype=np.float32)


def distance_cm(template: "Template", view: View, size_px: Size) -> npt.NDArray[np.float32]:
    """Distance along the optical axis, float32 (H, W), of a part of the plate."""
    disparity = read_disparity(template.folder / template.depth.file, template.depth)
    plate = cv2.resize(disparity, (template.width_px, template.height_px))
    window = plate[view.top : view.top + view.height_px, view.left : view.left + view.width_px]
    wanted = cv2.resize(window, size_px, interpolation=cv2.INTER_LINEAR)
    return np.asarray(1 / np.maximum(wanted, 1e-6), dtype=np.float32)


def _frozen(values: Array) -> Array:
    values.setflags(write=False)
    return values
