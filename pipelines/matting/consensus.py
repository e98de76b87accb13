"""Several looks at one picture, brought to one probability of product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box, box_of
from pipelines.weights import ModelCard

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_SECOND_LOOK_MARGIN = 0.12
"""Of the product's longer side: models are trained on objects with some room around them."""
_CROP_WEIGHT = 2.0
"""The second look sees the product with more pixels, so it counts double."""
_WORTH_ZOOM = 1.05
"""A second look that shows the product less than this much larger is left out."""
_PX_PER_MODEL_PX = 2
_WORKING_PX = 640, 1024


class Matter(Protocol):
    """A matting model, ready to run."""

    @property
    def card(self) -> ModelCard:
        """What the model is."""
        ...

    @property
    def device(self) -> str:
        """Where it runs."""
        ...

    def probability(self, rgb: Rgb) -> Floats:
        """Probability of product at the model's own resolution, float32 in [0, 1]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """What the models say together.

    Attributes
    ----------
    crop
        The product with room around it; outside of it there is none.
    probability
        float32 (h, w) in [0, 1]: the crop, at a working resolution of at most 1,024 px.
    agreement
        Intersection over union of the looks, 1 where all agree: how sure the cutout is.
    model_px
        Size of one model pixel in working pixels: edges finer than this are not known yet.
    """

    crop: Box
    probability: Floats
    agreement: float
    model_px: float


def look(rgb: Rgb, matters: Sequence[Matter]) -> Consensus | None:
    """Look at the whole picture, then again at the product alone; None if there is no product.

    A second look on the crop is worth more than a better model: a small product gets all of the
    model's input pixels.
    """
    height, width = rgb.shape[:2]
    frame = Box(left=0, top=0, right=width, bottom=height)
    wholes = [matter.probability(rgb) for matter in matters]
    crop = _product(wholes, frame)
    if crop is None:
        return None
    inputs = [matter.card.input_px for matter in matters]
    size = _working_size(crop, max(inputs))
    looks = [_seen_in(whole, frame, crop, size) for whole in wholes]
    weights = [1.0] * len(looks)
    if max(width, height) >= _WORTH_ZOOM * max(crop.width_px, crop.height_px):
        inside = rgb[crop.top : crop.bottom, crop.left : crop.right]
        looks += [_seen_in(matter.probability(inside), crop, crop, size) for matter in matters]
        weights += [_CROP_WEIGHT] * len(matters)
    return Consensus(
        crop=crop,
        probability=_combine(looks, weights, several=len(matters) > 1),
        agreement=_agreement(looks),
        model_px=max(size) / min(inputs),
    )


def _product(wholes: Sequence[Floats], frame: Box) -> Box | None:
    """The product's box in the picture, with room around it."""
    side = max(max(whole.shape) for whole in wholes)
    size = (side, side)
    same = [cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR) for whole in wholes]
    box = box_of(np.asarray(np.mean(same, axis=0), dtype=np.float32), threshold=0.5)
    if box is None:
        return None
    across, down = frame.width_px / side, frame.height_px / side
    found = Box(
        left=int(box.left * across),
        top=int(box.top * down),
        right=min(frame.right, int(np.ceil(box.right * across))),
        bottom=min(frame.bottom, int(np.ceil(box.bottom * down))),
    )
    margin = round(_SECOND_LOOK_MARGIN * max(found.width_px, found.height_px))
    return found.grown(margin, width_px=frame.width_px, height_px=frame.height_px)


def _working_size(crop: Box, input_px: int) -> tuple[int, int]:
    """Width and height at which a crop is worked on: two pixels for one of a small model's."""
    least, most = _WORKING_PX
    longest = min(most, max(least, _PX_PER_MODEL_PX * input_px))
    scale = min(1.0, longest / max(crop.width_px, crop.height_px))
    return max(1, round(crop.width_px * scale)), max(1, round(crop.height_px * scale))


def _seen_in(seen: Floats, frame: Box, crop: Box, size: tuple[int, int]) -> Floats:
    """Cut what a model said about a frame to a crop, at a working size (width, height).

    Models see frames squeezed into a square, so rows and columns scale on their own.
    """
    rows, columns = seen.shape
    across, down = columns / frame.width_px, rows / frame.height_px
    step_x = crop.width_px / size[0] * across
    step_y = crop.height_px / size[1] * down
    corner_x = (crop.left - frame.left) * across + step_x / 2 - 0.5
    corner_y = (crop.top - frame.top) * down + step_y / 2 - 0.5
    cut = cv2.warpAffine(
        seen, np.array([[step_x, 0, corner_x], [0, step_y, corner_y]]), size,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(np.clip(cut, 0, 1), dtype=np.float32)


def _combine(looks: Sequence[Floats], weights: Sequence[float], *, several: bool) -> Floats:
    """Median over several models' looks; with one model, a mean in which the crop counts double."""
    if several:
        return np.asarray(np.median(np.stack(looks), axis=0), dtype=np.float32)
    return np.asarray(np.average(np.stack(looks), axis=0, weights=weights), dtype=np.float32)


def _agreement(looks: Sequence[Floats]) -> float:
    stack = np.stack([one > 0.5 for one in looks])
    union = float(stack.any(axis=0).sum())
    return float(stack.all(axis=0).sum()) / union if union else 0.0
