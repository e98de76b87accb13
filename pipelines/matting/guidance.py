"""What a user knows about the product, drawn roughly, brought into what the models say."""

from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import RecipeInvalid
from pipelines.imaging.cutout import Box
from pipelines.imaging.decode import decode

Floats = npt.NDArray[np.float32]

_HAND_REACH = 0.02
"""Of the picture's longer side: how far a drawn line may lie from the product's edge."""
_DRAWN_WEIGHT = 0.7
"""What a drawn mask weighs against the models within that reach; beyond it, it alone counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """What a user gave; every picture is float32 (H, W) in [0, 1] of the photo's size.

    Attributes
    ----------
    mask
        The product, whole.
    keep, remove
        Parts to add to what the models find, and to take from it.
    box
        Where the product lies.
    """

    mask: Floats | None = None
    keep: Floats | None = None
    remove: Floats | None = None
    box: Box | None = None

    @property
    def draws(self) -> bool:
        """Whether any of it is drawn by hand."""
        return not (self.mask is None and self.keep is None and self.remove is None)

    @property
    def words(self) -> str:
        """What was given, for the report; "" for nothing."""
        given = {"mask": self.mask, "keep": self.keep, "remove": self.remove, "box": self.box}
        return ", ".join(name for name, value in given.items() if value is not None)


def drawn(data: bytes, *, field: str, width_px: int, height_px: int) -> Floats:
    """Read a mask that a user drew: its alpha if it has one, else its brightness.

    Raises
    ------
    RecipeInvalid : it is not of the photo's size; the sentence names both
    ImageRefused : it is no picture
    """
    picture = decode(data, name=field)
    if (picture.width_px, picture.height_px) != (width_px, height_px):
        raise RecipeInvalid(
            field=field,
            value=f"{picture.width_px} x {picture.height_px} px",
            limit=f"must have the upright photo's size, {width_px} x {height_px} px",
        )
    if picture.alpha is not None:
        return picture.alpha
    grey = picture.rgb.mean(axis=2, dtype=np.float32) / np.float32(255)
    return np.asarray(grey, dtype=np.float32)


def guided(probability: Floats, crop: Box, guidance: Guidance) -> Floats:
    """Bring what a user gave into what the models say of a crop.

    Near a drawn line models and picture decide where the edge is; away from it the user does.

    Parameters
    ----------
    probability : float32 (h, w), the crop at a working resolution
    """
    size = (probability.shape[1], probability.shape[0])
    result = probability
    if guidance.mask is not None:
        line = _line(guidance.mask, crop, size)
        certain = np.abs(2 * line - 1) ** 2
        weight = _DRAWN_WEIGHT + (1 - _DRAWN_WEIGHT) * certain
        result = np.asarray(result + (line - result) * weight, dtype=np.float32)
    if guidance.keep is not None:
        result = np.maximum(result, _line(guidance.keep, crop, size))
    if guidance.remove is not None:
        result = np.minimum(result, 1 - _line(guidance.remove, crop, size))
    return np.asarray(result, dtype=np.float32)


def _line(mask: Floats, crop: Box, size: tuple[int, int]) -> Floats:
    """Cut a drawn mask to a crop, its edge softened to the precision of a hand.

    Soft over the reach and exact beyond it, unlike a blur, whose tails never end.
    """
    inside = mask[crop.top : crop.bottom, crop.left : crop.right]
    small = cv2.resize(inside, size, interpolation=cv2.INTER_AREA) > 0.5
    reach = max(1.5, _HAND_REACH * max(size))
    depth = cv2.distanceTransform(small.astype(np.uint8), cv2.DIST_L2, 3)
    outside = cv2.distanceTransform((~small).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(np.clip(0.5 + (depth - outside) / (2 * reach), 0, 1), dtype=np.float32)


def guided_box(guidance: Guidance) -> Box | None:
    """Box of what a user drew as product, or None where nothing was drawn."""
    shown = [one for one in (guidance.mask, guidance.keep) if one is not None]
    boxes = [_drawn_box(one) for one in shown if (one > 0.5).any()]
    return reduce(Box.joined, boxes) if boxes else None


def _drawn_box(mask: Floats) -> Box:
    left, top, width, height = cv2.boundingRect((mask > 0.5).astype(np.uint8))
    return Box(left=left, top=top, right=left + width, bottom=top + height)
