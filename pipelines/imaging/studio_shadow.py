"""A product on pure white, with the shadow that a packshot photographer would leave."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import not_white, to_srgb
from pipelines.imaging.contact import contact_and_gap
from pipelines.imaging.fading import fading
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.mirror import reflection
from pipelines.imaging.placement import Placed
from pipelines.imaging.shadows import cast_density

Raster = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Window = tuple[slice, slice]
_ALL = (slice(None), slice(None))
Kind = Literal["none", "contact", "drop", "reflection", "natural"]

_DEPRESSION_DEG = 12.0
_REFLECTANCE = 0.05
_COARSE_PX = 1000
"""Shadows are soft: they are cast at this size and enlarged, in a sixth of the time."""
_CAST_PX = 640
_HARD = 0.25
"""Softness below which a cast shadow's outline shows."""
_TUCKED_PX = 1
"""Pixels of that size by which shadows reach under the product, so that no bright seam is left."""
_FLOOR = 0.012
"""Light lost below this is nobody's shadow but a blur's tail: white stays 255 there."""
_MOST_MIRRORED = 0.6
_KEY_RATIO = 0.55
"""Share of a studio's light that its key gives."""
_WIDEST_LIGHT_DEG = 90.0
_GAPS = ((0.006, np.float32(0.55)), (0.018, np.float32(0.3)), (0.035, np.float32(0.15)))
"""Shares of the product's width by which the gap's darkness is laid before the foot, and depths."""
_CONTACT_SPREAD = 0.06
"""Share of the product's width by which the softest contact shadow is blurred further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioShadow:
    """What a product leaves on the white around it.

    Attributes
    ----------
    strength
        0 invisible to 1 black where it is darkest; for ``natural``, 0.5 is as the photo has it.
    softness
        0 a hard edge to 1 a very soft one.
    direction_deg
        Where the light comes from, seen from above: 0 the camera, 90 right, 180 behind, 270 left.
    reach
        Length of the cast shadow over the product's height; of a reflection likewise.
    photo_loss
        For ``natural``: float32 of the frame's size, share of light lost in the photo.
    """

    kind: Kind = "none"
    strength: float = 0.5
    softness: float = 0.5
    direction_deg: float = 325.0
    reach: float = 0.45
    photo_loss: Plane | None = None

    @property
    def light(self) -> KeyLight:
        """The softbox that casts it."""
        return KeyLight(
            azimuth_deg=self.direction_deg % 360,
            elevation_deg=math.degrees(math.atan(1 / self.reach)),
            angular_diameter_deg=max(1.0, _WIDEST_LIGHT_DEG * self.softness**2),
            key_ratio=_KEY_RATIO,
        )

    @property
    def surface(self) -> Surface:
        """The white sheet on which the product stands; softness is its roughness."""
        return Surface(
            depression_deg=_DEPRESSION_DEG,
            roughness=max(0.02, 0.24 * self.softness),
            reflectance=_REFLECTANCE,
        )


def on_white(placed: Placed, shadow: StudioShadow) -> Raster:
    """Put a product on white: 255 wherever neither it nor its shadow is, up to the frame's edge."""
    return all_on_white(((placed, shadow),), whole=placed)


def all_on_white(products: Sequence[tuple[Placed, StudioShadow]], *, whole: Placed) -> Raster:
    """Put products on white, the farthest first; shadows that overlap are no darker for it.

    Parameters
    ----------
    products
        Each with its shadow; all of one kind, or none.
    whole
        All products as one.
    """
    raster = _ground(products, whole)
    for placed, _ in products:
        placed.put_onto(raster)
    return raster


def _ground(products: Sequence[tuple[Placed, StudioShadow]], whole: Placed) -> Raster:
    """White with every product's shadow and mirror image, but no product."""
    if all(shadow.kind == "none" or shadow.strength == 0 for _, shadow in products):
        return _white(whole)
    loss: Plane | None = None
    mirrored: list[tuple[Plane, Plane]] = []
    for placed, shadow in products:
        if shadow.kind == "none" or not placed.is_seen:
            continue
        coarse = _coarse(placed, coloured=shadow.kind == "reflection")
        if shadow.kind == "reflection":
            mirrored.append(_mirrored(placed, coarse, shadow))
        own = _own_loss(placed, coarse, shadow)
        loss = own if loss is None else np.maximum(loss, own)
    if loss is None:
        return _white(whole)
    ground, near = _darkened(loss)
    for rgb, weight in mirrored:
        mixed = ground * (1 - weight) + rgb * weight + np.float32(0.5)
        ground, near = np.asarray(mixed, dtype=np.uint8), _ALL
    _keep_attached(ground, whole, near)
    return ground


def _own_loss(placed: Placed, coarse: Placed, shadow: StudioShadow) -> Plane:
    """Share of light that one product takes, of the frame's size; of gloss, close to it alone."""
    if shadow.kind == "natural":
        return _photographed(placed, shadow)
    if shadow.kind == "reflection":
        shadow = replace(shadow, strength=shadow.strength * 0.4)
    lost = _lost(coarse, shadow)
    return _enlarged(lost * fading(coarse, lost), placed)


def _keep_attached(ground: Raster, placed: Placed, within: Window) -> None:
    """Only what begins at the product: a dark patch on its own would be a stain on the white.

    Parameters
    ----------
    within : rows and columns outside of which the ground is white
    """
    if not ground[within].size or not (tinted := not_white(ground[within])).any():
        return
    near = _around(tinted)
    count, labels = cv2.connectedComponents(tinted[near].view(np.uint8), connectivity=8)
    product = placed.mask_in_frame().view(np.uint8)
    beside = cv2.dilate(product, np.ones((3, 3)))[within][near] > 0
    own = np.zeros(count, np.bool_)
    own[labels[beside]] = True
    own[0] = True
    ground[within][near][~own[labels]] = 255


def _around(mask: npt.NDArray[np.bool_]) -> Window:
    """Rows and columns that hold all of a mask: most of a frame is plain white."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return slice(top, top + height), slice(left, left + width)


def _white(placed: Placed) -> Raster:
    return np.full((placed.frame_height_px, placed.frame_width_px, 3), 255, np.uint8)


def _coarse(placed: Placed, side_px: int = _COARSE_PX, *, coloured: bool = False) -> Placed:
    """The same arrangement in a smaller frame; black unless its colours are needed, too."""
    share = side_px / max(placed.frame_width_px, placed.frame_height_px)
    if share >= 1:
        return placed
    height, width = placed.alpha.shape
    size = max(1, round(width * share)), max(1, round(height * share))
    black = np.zeros((size[1], size[0], 3), np.uint8)
    return replace(
        placed,
        rgb=cv2.resize(placed.rgb, size, interpolation=cv2.INTER_AREA) if coloured else black,
        alpha=cv2.resize(placed.alpha, size, interpolation=cv2.INTER_AREA),
        left_px=round(placed.left_px * share),
        top_px=round(placed.ground_px * share) - size[1],
        frame_width_px=round(placed.frame_width_px * share),
        frame_height_px=round(placed.frame_height_px * share),
    )


def _lost(coarse: Placed, shadow: StudioShadow) -> Plane:
    """Share of light lost, float32 in [0, 1]: contact shadow, and the key's where one is cast."""
    strength = np.float32(shadow.strength)
    lost = strength * _contact(coarse, shadow)
    if shadow.kind == "drop":
        cast = _softer(_cast(coarse, shadow), coarse, shadow)
        lost = 1 - (1 - lost) * (1 - strength * cast)
    return _shifted(np.asarray(np.clip(lost, 0, 1), dtype=np.float32), -_TUCKED_PX)


def _cast(coarse: Placed, shadow: StudioShadow) -> Plane:
    """The key's shadow; a soft one is cast in a smaller frame still."""
    small = coarse if shadow.softness < _HARD else _coarse(coarse, _CAST_PX)
    return _enlarged(cast_density(small, shadow.light, shadow.surface), coarse)


def _softer(cast: Plane, coarse: Placed, shadow: StudioShadow) -> Plane:
    """A softbox has no sharp corner: nor has what falls behind a handle or a spout."""
    sigma = max(0.7, (0.004 + 0.032 * shadow.softness) * coarse.alpha.shape[1])
    return np.asarray(cv2.GaussianBlur(cast, (0, 0), sigma), dtype=np.float32)


def _shifted(plane: npt.NDArray[np.float32], rows: int) -> npt.NDArray[np.float32]:
    """Move down by some rows, or up by a negative number; the border's row is repeated."""
    at = np.clip(np.arange(plane.shape[0]) - rows, 0, plane.shape[0] - 1)
    return plane[at]


def _contact(coarse: Placed, shadow: StudioShadow) -> Plane:
    """The contact shadow, tightened below a softness of one half and widened above it.

    On bare white the eye looks for what carries the product: what darkens the gap under its edge
    is laid out before the foot, where it is seen.
    """
    width, off = coarse.alpha.shape[1], 2 * shadow.softness - 1
    sigma = max(0.5, off * _CONTACT_SPREAD * width)
    flat = max(0.5, sigma * shadow.surface.foreshortening * 2)
    lowest = _GAPS[-1][0] * width + 1
    rows, density, gap = contact_and_gap(coarse, shadow.surface, beyond_px=lowest + 4 * flat + 1)
    for share, depth in _GAPS:
        lowered = _shifted(gap, round(share * width))
        density = np.asarray(1 - (1 - density) * (1 - depth * lowered), dtype=np.float32)
    contact = np.zeros((coarse.frame_height_px, coarse.frame_width_px), np.float32)
    if off <= 0:
        contact[rows] = density ** (1 - off)
    else:
        contact[rows] = cv2.GaussianBlur(density, (0, 0), sigma, sigmaY=flat)
    return contact


def _mirrored(placed: Placed, coarse: Placed, shadow: StudioShadow) -> tuple[Plane, Plane]:
    """What mirrors below the product's foot, and how much of it is seen, of the frame's size."""
    rgb, share = reflection(coarse, shadow.surface)
    within = fading(coarse) * _reach_below(coarse, shadow.reach)
    weight = share * within * np.float32(shadow.strength * _MOST_MIRRORED)
    weight = _enlarged(_shifted(np.asarray(weight, np.float32), -_TUCKED_PX), placed)[..., None]
    mirrored = _enlarged(_shifted(np.asarray(rgb, np.float32), -_TUCKED_PX), placed)
    return mirrored, weight


def _reach_below(coarse: Placed, reach: float) -> Plane:
    """1 at the product's foot, falling to 0 at the reflection's reach."""
    rows = np.arange(coarse.frame_height_px, dtype=np.float32) - coarse.ground_px
    below = np.clip(rows / (max(reach, 0.02) * coarse.alpha.shape[0]), 0, 1)
    return np.asarray(((1 - below) ** 1.5)[:, None], dtype=np.float32)


def _photographed(placed: Placed, shadow: StudioShadow) -> Plane:
    if shadow.photo_loss is None:
        msg = "a natural shadow needs the photo's own loss of light"
        raise ValueError(msg)
    loss = shadow.photo_loss
    if shadow.softness > 0.5:
        sigma = (2 * shadow.softness - 1) * _CONTACT_SPREAD * placed.alpha.shape[1]
        loss = cv2.GaussianBlur(loss, (0, 0), max(0.5, sigma))
    scaled = np.clip(loss * np.float32(2 * shadow.strength), 0, np.float32(0.92))
    return np.asarray(scaled * fading(placed, scaled), dtype=np.float32)


def _enlarged(plane: npt.NDArray[np.float32], placed: Placed) -> npt.NDArray[np.float32]:
    size = placed.frame_width_px, placed.frame_height_px
    if (plane.shape[1], plane.shape[0]) == size:
        return plane
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR))


def _darkened(loss: Plane) -> tuple[Raster, Window]:
    """White less the light that is lost, neutral grey, and where it is not 255."""
    ground = np.full((*loss.shape, 3), 255, np.uint8)
    near = _around(loss > np.float32(_FLOOR))
    if not loss[near].size:
        return ground, near
    lost = np.maximum(loss[near] - np.float32(_FLOOR), 0)
    kept = 1 - lost / np.float32(1 - _FLOOR)
    ground[near] = cv2.merge([to_srgb(kept.astype(np.float32))] * 3)
    return ground, near
