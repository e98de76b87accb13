"""A cutout enlarged tile by tile, corrected until it shrinks to its source again, and measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE, VISIBLE, Cutout

Rgb = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]

_TILE_PX = 192
_OVERLAP_PX = 18
"""The network looks 17 px around each pixel: with this, tiles meet without a seam."""
_CORRECTIONS = 3
LARGEST_PX = 1_600
"""Longer side of a product that is still enlarged: 6,400 px hold 300 MB, and need no more."""


class Upscaler(Protocol):
    """A network that enlarges pictures by a whole factor."""

    @property
    def key(self) -> str:
        """Name and revision."""
        ...

    @property
    def device(self) -> str:
        """What it runs on."""
        ...

    @property
    def factor(self) -> int:
        """Result pixels per source pixel along one axis."""
        ...

    def enlarge(self, rgb: Rgb) -> Rgb:
        """Enlarge uint8 (H, W, 3), sRGB."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """How far an enlarged product, shrunk again, is from its source; in values of 255.

    Attributes
    ----------
    worst_tile
        Largest difference of a tile's mean colour in one channel: a shift of hue or tone.
    worst_detail
        The difference that 999 in 1,000 opaque pixels stay within: invented or lost detail.
    """

    worst_tile: float
    worst_detail: float

    MOST_TILE = 0.75
    MOST_DETAIL = 6.0

    @property
    def holds(self) -> bool:
        """Whether nobody would see the difference."""
        return self.worst_tile <= self.MOST_TILE and self.worst_detail <= self.MOST_DETAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Enlarged:
    """The product's box, enlarged, and how true it stayed."""

    cutout: Cutout
    fidelity: Fidelity


def enlarge(cutout: Cutout, upscaler: Upscaler) -> Enlarged:
    """Enlarge the product's box by the network's factor.

    Colour and alpha go through the network apart; what lies beyond the product's edge is filled
    with the edge's own colour before, so that no background is drawn into it. Each tile is then
    corrected by iterated back-projection, until it shrinks to its source again: the network
    decides between the source's pixels, never about them.

    References
    ----------
    Irani and Peleg 1991, "Improving Resolution by Image Registration": back-projection.
    """
    box = cutout.box
    window = np.s_[box.top : box.bottom, box.left : box.right]
    alpha = np.ascontiguousarray(cutout.alpha[window])
    rgb = _filled(np.ascontiguousarray(cutout.rgb[window]), alpha)
    factor = upscaler.factor
    size = alpha.shape[0] * factor, alpha.shape[1] * factor
    colour, cover = np.zeros((*size, 3), np.uint8), np.zeros(size, np.float32)
    for tile in _tiles(*alpha.shape):
        inside = alpha[tile.core]
        if inside.max() < VISIBLE:
            continue
        target = tuple(slice(part.start * factor, part.stop * factor) for part in tile.core)
        colour[target] = tile.kept(_true_to(rgb[tile.padded], upscaler), factor)
        if inside.min() >= OPAQUE:
            cover[target] = 1
            continue
        grey = (alpha[tile.padded] * 255 + 0.5).astype(np.uint8)
        drawn = _true_to(np.dstack([grey] * 3), upscaler).mean(axis=2, dtype=np.float32) / 255
        cover[target] = tile.kept(drawn, factor)
    result = Cutout(rgb=colour, alpha=_settled(cover, alpha))
    return Enlarged(cutout=result, fidelity=_fidelity(result, rgb, alpha))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tile:
    """A piece of a picture, and the larger one that the network sees."""

    core: tuple[slice, slice]
    padded: tuple[slice, slice]

    def kept(self, enlarged: npt.NDArray[np.generic], factor: int) -> npt.NDArray[np.generic]:
        """The core's part of an enlarged padded piece."""
        rows, columns = (
            slice((core.start - padded.start) * factor, (core.stop - padded.start) * factor)
            for core, padded in zip(self.core, self.padded, strict=True)
        )
        return enlarged[rows, columns]


def _tiles(height: int, width: int) -> Iterator[_Tile]:
    for rows in _pieces(height):
        for columns in _pieces(width):
            padded = _grown(rows, height), _grown(columns, width)
            yield _Tile(core=(rows, columns), padded=padded)


def _pieces(length: int) -> Iterator[slice]:
    for start in range(0, length, _TILE_PX):
        yield slice(start, min(start + _TILE_PX, length))


def _grown(piece: slice, length: int) -> slice:
    return slice(max(0, piece.start - _OVERLAP_PX), min(length, piece.stop + _OVERLAP_PX))


def _filled(rgb: Rgb, alpha: Plane) -> Rgb:
    """Give what is not product the colour of the nearest product pixel."""
    outside = (alpha < VISIBLE).astype(np.uint8)
    if not outside.any() or outside.all():
        return rgb
    _, nearest = cv2.distanceTransformWithLabels(
        outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    colours[nearest[outside == 0]] = rgb[outside == 0]
    return np.where(outside[..., None] > 0, colours[nearest], rgb)


def _true_to(rgb: Rgb, upscaler: Upscaler) -> Rgb:
    """Enlarge a piece, then correct it until its average over each source pixel is that pixel."""
    height, width = rgb.shape[:2]
    drawn = upscaler.enlarge(rgb).astype(np.float32)
    size = drawn.shape[1], drawn.shape[0]
    for _ in range(_CORRECTIONS):
        shrunk = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA)
        missing = cv2.resize(rgb.astype(np.float32) - shrunk, size, interpolation=cv2.INTER_CUBIC)
        drawn = np.clip(drawn + missing, 0, 255)
    return np.asarray((drawn + np.float32(0.5)).astype(np.uint8))


def _settled(cover: Plane, alpha: Plane) -> Plane:
    """Wholly opaque and wholly empty stay so, away from the edge by a pixel of the source."""
    size = cover.shape[1], cover.shape[0]
    kernel = np.ones((3, 3), np.uint8)
    solid = cv2.erode((alpha >= OPAQUE).astype(np.uint8), kernel)
    empty = 1 - cv2.dilate((alpha >= VISIBLE).astype(np.uint8), kernel)
    inside, outside = (
        cv2.resize(one, size, interpolation=cv2.INTER_NEAREST) > 0 for one in (solid, empty)
    )
    settled = np.where(inside, 1, np.where(outside, 0, np.clip(cover, 0, 1)))
    return np.asarray(settled, dtype=np.float32)


def _fidelity(result: Cutout, rgb: Rgb, alpha: Plane) -> Fidelity:
    height, width = alpha.shape
    shrunk = cv2.resize(result.rgb, (width, height), interpolation=cv2.INTER_AREA)
    opaque = cv2.erode((alpha >= OPAQUE).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not opaque.any():
        return Fidelity(worst_tile=0.0, worst_detail=0.0)
    difference = shrunk.astype(np.float32) - rgb
    tiles = [
        np.abs(difference[tile.core][opaque[tile.core]].mean(axis=0)).max()
        for tile in _tiles(height, width)
        if np.count_nonzero(opaque[tile.core]) >= _TILE_PX
    ]
    detail = float(np.quantile(np.abs(difference[opaque]), 0.999))
    return Fidelity(worst_tile=float(max(tiles, default=0.0)), worst_detail=detail)
