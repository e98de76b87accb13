"""Several pictures of one product, made so that a gallery or a spin of them does not jump."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.imaging.cutout import Box, Cutout
from pipelines.imaging.light import Surface
from pipelines.imaging.standing import standing_of

_STUDIO = Surface(depression_deg=12.0, roughness=1.0, reflectance=0.0)
"""Where a product touches what it stands on does not depend on the camera; its depth does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A box with fractions of pixels; it may reach out of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        edges = self.left, self.top, self.right, self.bottom
        if not all(math.isfinite(edge) for edge in edges):
            raise ValueError("a box has no end")
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError("a box is empty")

    @property
    def width_px(self) -> float:
        """Columns in it."""
        return self.right - self.left

    @property
    def height_px(self) -> float:
        """Rows in it."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a picture tells the others of its set, in its own pixels.

    Attributes
    ----------
    size_px
        Width and height of the picture.
    box
        Of the product.
    foot_x
        Column of the middle of what touches the ground: a handle that goes round with the product
        does not move it, as it would the middle of the box.
    """

    size_px: tuple[int, int]
    box: Box
    foot_x: float


def member_of(cutout: Cutout) -> Member:
    """Measure a cutout for its set."""
    box = cutout.box
    stand = standing_of(cutout.alpha[box.top : box.bottom, box.left : box.right], _STUDIO)
    touching = np.flatnonzero(stand.touches)
    height, width = cutout.alpha.shape
    return Member(
        size_px=(width, height),
        box=box,
        foot_x=box.left + (float(touching[0]) + float(touching[-1]) + 1) / 2,
    )


def shared_extents(members: Sequence[Member], *, fixed_camera: bool = False) -> tuple[Extent, ...]:
    """Return, for each picture in its own pixels, the box that all products of the set fit into.

    All are equally large once the pictures are: of pictures with more pixels it is assumed that
    they show as much, only finer. Scaled to one frame, these boxes give the set one scale, and
    one place for the middle of the foot and the row below the product.

    Parameters
    ----------
    fixed_camera
        The pictures were taken from one place, such as of a turntable: where the product stands
        in each is kept as it is, instead of its foot being put to the same place.
    """
    if not members:
        return ()
    finer = fineness(members)
    feet = [one.foot_x / fine for one, fine in zip(members, finer, strict=True)]
    grounds = [one.box.bottom / fine for one, fine in zip(members, finer, strict=True)]
    if fixed_camera:
        feet = [float(np.median(feet))] * len(members)
        grounds = [max(grounds)] * len(members)
    edges = np.array(
        [
            (one.box.left / fine - x, one.box.top / fine - y,
             one.box.right / fine - x, one.box.bottom / fine - y)
            for one, fine, x, y in zip(members, finer, feet, grounds, strict=True)
        ]
    )  # fmt: skip
    left, top = edges[:, :2].min(axis=0)
    right, bottom = edges[:, 2:].max(axis=0)
    return tuple(
        Extent(
            left=(x + left) * fine,
            top=(y + top) * fine,
            right=(x + right) * fine,
            bottom=(y + bottom) * fine,
        )
        for fine, x, y in zip(finer, feet, grounds, strict=True)
    )


def fineness(members: Sequence[Member]) -> list[float]:
    """Pixels of each picture per pixel of the coarsest, along one axis."""
    coarsest = min(max(one.size_px) for one in members)
    return [max(one.size_px) / coarsest for one in members]
