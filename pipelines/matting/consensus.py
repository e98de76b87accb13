"""Several looks at one picture, brought to one probability of product."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box
from pipelines.matting.disputes import settled
from pipelines.matting.finest import outlined
from pipelines.matting.guidance import Guidance, guided
from pipelines.matting.product_area import cropped, inside, reduced, seen_in, working_size
from pipelines.weights import ModelCard

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Look = Callable[[Rgb], Floats]
_NO_GUIDANCE = Guidance()

_GLANCE_WEIGHT, _WHOLE_WEIGHT, _CROP_WEIGHT = 0.25, 1.0, 2.0
"""The second look sees the product with more pixels, so it counts double; a glance a quarter."""
_WORTH_ZOOM = 1.05
"""A second look that shows the product less than this much larger is left out."""


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

    @property
    def quick(self) -> "QuickMatter | None":
        """The same model, faster and less exact; None where it cannot run so."""
        ...


class QuickMatter(Matter, Protocol):
    """A model that also tells roughly where the product is, from few pixels."""

    def glance(self, rgb: Rgb) -> Floats:
        """Probability of product at less than the model's own resolution."""
        ...

    @property
    def resized(self) -> "QuickMatter":
        """The same model, as quick, at the size of its exact looks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a model said of a part of the picture.

    Attributes
    ----------
    seen
        float32 (side, side) in [0, 1], the part squeezed into the model's square.
    part
        Of the picture.
    weight
        What it counts among others.
    """

    seen: Floats
    part: Box
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """What the models say together.

    Attributes
    ----------
    crop
        The product with room around it; outside of it there is none.
    picture
        uint8 (h, w, 3), sRGB: the crop, at a working resolution of at most 1,024 px.
    probability
        float32 (h, w) in [0, 1] of product, at the same resolution.
    outline
        float32 (h, w): the same by the models that see the most pixels alone. An edge is looked
        for by it; how wide an edge may be is told by all.
    agreement
        Intersection over union of the looks, 1 where all agree: how sure the cutout is. None
        where a single look saw all there is: nothing confirms it then, and `doubt` is 0.
    doubt
        float32 (h, w) in [0, 1]: how far apart the looks are at each working pixel.
    model_px
        Size of one model pixel in working pixels: edges finer than this are not known yet.
    drawn
        Whether a user drew on it: transitions are then as wide as a hand is exact.
    matters
        The models that looked.
    close_ups
        What each of them saw of the product alone, or of a picture that it fills.
    """

    crop: Box
    picture: Rgb
    probability: Floats
    outline: Floats
    agreement: float | None
    doubt: Floats
    model_px: float
    drawn: bool = False
    matters: tuple[Matter, ...] = ()
    close_ups: tuple[View, ...] = ()


def look(
    rgb: Rgb,
    matters: Sequence[Matter],
    guidance: Guidance = _NO_GUIDANCE,
    *,
    glances: Sequence[Look] = (),
) -> Consensus | None:
    """Look at the whole picture, then again at the product alone; None if there is no product.

    A second look on the crop is worth more than a better model: a small product gets all of the
    model's input pixels.

    Parameters
    ----------
    glances
        What each model says at a glance, to be taken for its look at the whole picture; where the
        product fills the picture, it is then looked at in full all the same.
    """
    frame = _frame(rgb, guidance)
    first = glances or [matter.probability for matter in matters]
    weight = _GLANCE_WEIGHT if glances else _WHOLE_WEIGHT
    wholes = [View(seen=one(inside(rgb, frame)), part=frame, weight=weight) for one in first]
    crop = cropped([one.seen for one in wholes], frame, guidance)
    if crop is None:
        return None
    zoom = max(frame.width_px, frame.height_px) / max(crop.width_px, crop.height_px)
    close_ups: list[View] = []
    if zoom >= _WORTH_ZOOM or glances:
        part = crop if zoom >= _WORTH_ZOOM else frame
        close_ups = _seen_by(matters, rgb, part, _CROP_WEIGHT)
    return _agreed(rgb, matters, guidance, crop, wholes=wholes, close_ups=close_ups)


def look_in_full(rgb: Rgb, found: Consensus, guidance: Guidance = _NO_GUIDANCE) -> Consensus:
    """Look at the whole picture, too, where a consensus has but a glance at that.

    Gives the same one back where its product fills the picture: that was looked at.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB, the picture that it is of
    """
    frame = _frame(rgb, guidance)
    if all(one.part == frame for one in found.close_ups):
        return found
    wholes = _seen_by(found.matters, rgb, frame, _WHOLE_WEIGHT)
    return _agreed(
        rgb, found.matters, guidance, found.crop, wholes=wholes, close_ups=found.close_ups
    )


def _frame(rgb: Rgb, guidance: Guidance) -> Box:
    return guidance.box or Box(left=0, top=0, right=rgb.shape[1], bottom=rgb.shape[0])


def _seen_by(matters: Sequence[Matter], rgb: Rgb, part: Box, weight: float) -> list[View]:
    shown = inside(rgb, part)
    return [View(seen=one.probability(shown), part=part, weight=weight) for one in matters]


def _agreed(
    rgb: Rgb,
    matters: Sequence[Matter],
    guidance: Guidance,
    crop: Box,
    *,
    wholes: Sequence[View],
    close_ups: Sequence[View],
) -> Consensus:
    """Bring views to one probability of product; of each kind one by each model."""
    inputs = [matter.card.input_px for matter in matters]
    size = working_size(crop, max(inputs))
    views = [*wholes, *close_ups]
    looks_px = inputs * (len(views) // len(inputs))
    looks = [guided(seen_in(one.seen, one.part, crop, size), crop, guidance) for one in views]
    stack = np.stack(looks)
    picture = reduced(inside(rgb, crop), size)
    model_px = max(size) / min(inputs)
    vote = _combine(stack, [one.weight for one in views], several=len(matters) > 1)
    probability = settled(picture, stack, vote, model_px=model_px)
    return Consensus(
        crop=crop,
        picture=picture,
        probability=probability,
        outline=outlined(picture, stack, looks_px, probability, model_px=model_px),
        agreement=agreement_of(stack) if len(stack) > 1 else None,
        doubt=np.asarray(np.ptp(stack, axis=0), dtype=np.float32),
        matters=tuple(matters),
        close_ups=tuple(close_ups),
        model_px=model_px,
        drawn=guidance.draws,
    )


def _combine(stack: Floats, weights: Sequence[float], *, several: bool) -> Floats:
    """Median over several models' looks; with one model, a mean in which the crop counts double."""
    if several:
        return np.asarray(np.median(stack, axis=0), dtype=np.float32)
    return np.asarray(np.average(stack, axis=0, weights=weights), dtype=np.float32)


def agreement_of(stack: Floats) -> float:
    """Intersection over union of what looks, float32 (n, h, w), call product."""
    product = stack > 0.5
    union = float(product.any(axis=0).sum())
    return float(product.all(axis=0).sum()) / union if union else 0.0
