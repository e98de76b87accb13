"""A part of a plate at a result's size: decoded once, and kept while it is in use."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.crop import Size, View
from pipelines.imaging.grain import Grain, measured_grain
from pipelines.library.camera import Camera, Depth
from pipelines.library.plate import read_disparity, read_rgb, receiving

Surface = npt.NDArray[np.float32]
Array = TypeVar("Array", npt.NDArray[np.uint8], npt.NDArray[np.float32])
_KEPT = 4
"""Backdrops and plates kept each: 17 MB at 1536 px, so that a batch over a few scenes and sizes
decodes none of them twice, and a batch over all scenes stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateFiles:
    """All that a plate's pixels follow from: what it is remembered by.

    Attributes
    ----------
    revision
        Of the template, so that an edited one is told from what it was.
    standing
        Pixels of the anchors, x and y: the surface that counts is what they stand on.
    """

    plate: Path
    depth_map: Path
    revision: str
    size_px: Size
    depth: Depth
    camera: Camera
    standing: tuple[tuple[int, int], ...]


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
def backdrop(files: PlateFiles, view: View, size_px: Size) -> Backdrop:
    """Cut and scale a plate."""
    rgb, surface = native(files)
    window = np.s_[view.top : view.top + view.height_px, view.left : view.left + view.width_px]
    rgb, surface = rgb[window], surface[window]
    if (rgb.shape[1], rgb.shape[0]) != size_px:
        how = cv2.INTER_AREA if size_px[0] < rgb.shape[1] else cv2.INTER_CUBIC
        rgb = _frozen(cv2.resize(rgb, size_px, interpolation=how))
        surface = _frozen(cv2.resize(surface, size_px, interpolation=cv2.INTER_LINEAR))
    return Backdrop(rgb=rgb, receiving=surface, grain=measured_grain(rgb))


@lru_cache(maxsize=_KEPT)
def native(files: PlateFiles) -> tuple[npt.NDArray[np.uint8], Surface]:
    """Return the whole plate and the surface in it, in the plate's own pixels."""
    surface = receiving(files.depth_map, files.depth, files.camera, size_px=files.size_px)
    return _frozen(read_rgb(files.plate)), _frozen(_stood_on(surface, files.standing))


def _stood_on(surface: Surface, standing: tuple[tuple[int, int], ...]) -> Surface:
    """Keep the pieces of the surface that carry an anchor.

    Where the side of a thing far below crosses the plane's depth, it looks like surface.
    """
    _, pieces = cv2.connectedComponents((surface > 0.5).astype(np.uint8))
    kept = {int(pieces[y, x]) for x, y in standing} - {0}
    if not kept:
        return surface
    mask = cv2.dilate(np.isin(pieces, sorted(kept)).astype(np.uint8), np.ones((9, 9), np.uint8))
    return np.asarray(surface * mask, dtype=np.float32)


def distance_cm(files: PlateFiles, view: View, size_px: Size) -> npt.NDArray[np.float32]:
    """Distance along the optical axis, float32 (H, W), of a part of the plate."""
    plate = cv2.resize(read_disparity(files.depth_map, files.depth), files.size_px)
    window = plate[view.top : view.top + view.height_px, view.left : view.left + view.width_px]
    wanted = cv2.resize(window, size_px, interpolation=cv2.INTER_LINEAR)
    return np.asarray(1 / np.maximum(wanted, 1e-6), dtype=np.float32)


def _frozen(values: Array) -> Array:
    values.setflags(write=False)
    return values
