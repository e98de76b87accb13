"""Several looks at one picture, brought to one probability of product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box, box_of
from pipelines.weights import ModelCard

_SECOND_LOOK_MARGIN = 0.12
"""Of the product's longer side: models are trained on objects with some room around them."""
_CROP_WEIGHT = 2.0
"""The second look sees the product with more pixels, so it counts double."""


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

    def probability(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Probability of product at the model's own resolution, float32 in [0, 1]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """What the models say together.

    Attributes
    ----------
    probability
        float32 (H, W) in [0, 1], of the picture's size.
    agreement
        Intersection over union of the looks, 1 where all agree: how sure the cutout is.
    model_px
        Size of one model pixel in the picture: edges finer than this are not known yet.
    """

    probability: npt.NDArray[np.float32]
    agreement: float
    model_px: float


def look(rgb: npt.NDArray[np.uint8], matters: Sequence[Matter]) -> Consensus | None:
    """Look at the whole picture, then again at the product alone; None if there is no product.

    A second look on the crop is worth more than a better model: a small product gets all of the
    model's input pixels.
    """
    height, width = rgb.shape[:2]
    wholes = [_fit(matter.probability(rgb), width, height) for matter in matters]
    box = box_of(np.mean(wholes, axis=0, dtype=np.float32), threshold=0.5)
    if box is None:
        return None
    margin = round(_SECOND_LOOK_MARGIN * max(box.width_px, box.height_px))
    crop = box.grown(margin, width_px=width, height_px=height)
    seconds = [_second_look(rgb, matter, whole, crop)
               for matter, whole in zip(matters, wholes, strict=True)]  # fmt: skip
    probability = _combine(wholes, seconds)
    return Consensus(
        probability=probability,
        agreement=_agreement([*wholes, *seconds]),
        model_px=max(crop.width_px, crop.height_px) / min(m.card.input_px for m in matters),
    )


def _combine(
    wholes: list[npt.NDArray[np.float32]], seconds: list[npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """Median over several models' looks; with one model, a mean in which the crop counts double."""
    if len(wholes) == 1:
        mixed = (wholes[0] + _CROP_WEIGHT * seconds[0]) / (1 + _CROP_WEIGHT)
        return mixed.astype(np.float32)
    return np.median(np.stack([*wholes, *seconds]), axis=0).astype(np.float32)


def _second_look(
    rgb: npt.NDArray[np.uint8], matter: Matter, whole: npt.NDArray[np.float32], crop: Box
) -> npt.NDArray[np.float32]:
    inside = rgb[crop.top : crop.bottom, crop.left : crop.right]
    result = np.zeros_like(whole)
    result[crop.top : crop.bottom, crop.left : crop.right] = _fit(
        matter.probability(inside), crop.width_px, crop.height_px
    )
    return result


def _fit(probability: npt.NDArray[np.float32], width: int, height: int) -> npt.NDArray[np.float32]:
    shrinking = probability.shape[1] > width or probability.shape[0] > height
    how = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    resized = cv2.resize(probability, (width, height), interpolation=how)
    return np.asarray(np.clip(resized, 0, 1), dtype=np.float32)


def _agreement(looks: list[npt.NDArray[np.float32]]) -> float:
    stack = np.stack([one > 0.5 for one in looks])
    union = float(stack.any(axis=0).sum())
    return float(stack.all(axis=0).sum()) / union if union else 0.0
