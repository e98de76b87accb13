"""Several looks at one picture, brought to one probability of product."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box, box_of
from pipelines.matting.disputes import settled
from pipelines.matting.finest import outlined
from pipelines.matting.guidance import Guidance, guided, guided_box
from pipelines.matting.inputs import halved
from pipelines.weights import ModelCard

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Look = Callable[[Rgb], Floats]
_NO_GUIDANCE = Guidance()

_SECOND_LOOK_MARGIN = 0.12
"""Of the product's longer side: models are trained on objects with some room around them."""
_GLANCE_WEIGHT, _WHOLE_WEIGHT, _CROP_WEIGHT = 0.25, 1.0, 2.0
"""The second look sees the product with more pixels, so it counts double; a glance a quarter."""
_WORTH_ZOOM = 1.05
"""A second look that shows the product less than this much larger is left out."""
_PX_PER_MODEL_PX = 2
_WORKING_PX = 640, 1024
_HALVED_FROM = 2
"""Times the working size: means of four pixels come first, and averaging the rest takes a third."""


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
    wholes = [View(seen=one(_inside(rgb, frame)), part=frame, weight=weight) for one in first]
    crop = _crop([one.seen for one in wholes], frame, guidance)
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
    inside = _inside(rgb, part)
    return [View(seen=one.probability(inside), part=part, weight=weight) for one in matters]


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
    size = _working_size(crop, max(inputs))
    views = [*wholes, *close_ups]
    looks_px = inputs * (len(views) // len(inputs))
    looks = [guided(_seen_in(one.seen, one.part, crop, size), crop, guidance) for one in views]
    stack = np.stack(looks)
    picture = _reduced(_inside(rgb, crop), size)
    model_px = max(size) / min(inputs)
    vote = _combine(stack, [one.weight for one in views], several=len(matters) > 1)
    probability = settled(picture, stack, vote, model_px=model_px)
    return Consensus(
        crop=crop,
        picture=picture,
        probability=probability,
        outline=outlined(picture, stack, looks_px, probability, model_px=model_px),
        agreement=_agreement(stack),
        doubt=np.asarray(np.ptp(stack, axis=0), dtype=np.float32),
        matters=tuple(matters),
        close_ups=tuple(close_ups),
        model_px=model_px,
        drawn=guidance.draws,
    )


def _reduced(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    if rgb.shape[1::-1] == size:
        return rgb
    if min(rgb.shape[1] / size[0], rgb.shape[0] / size[1]) >= _HALVED_FROM:
        rgb = halved(rgb)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _inside(rgb: Rgb, box: Box) -> Rgb:
    return rgb[box.top : box.bottom, box.left : box.right]


def _crop(wholes: Sequence[Floats], frame: Box, guidance: Guidance) -> Box | None:
    """The product with room around it: what was drawn, and what was found unless all was drawn."""
    drawn = guided_box(guidance)
    found = _product(wholes, frame) if guidance.mask is None else None
    box = drawn if found is None else found if drawn is None else drawn.joined(found)
    if box is None:
        return None
    margin = round(_SECOND_LOOK_MARGIN * max(box.width_px, box.height_px))
    return _even(box.grown(margin, within=frame), frame)


def _even(box: Box, frame: Box) -> Box:
    """The box less an odd last row and column, which are halved more slowly; the frame's stay."""
    return replace(
        box,
        right=box.right - (box.width_px % 2 if box.right < frame.right else 0),
        bottom=box.bottom - (box.height_px % 2 if box.bottom < frame.bottom else 0),
    )


def _product(wholes: Sequence[Floats], frame: Box) -> Box | None:
    """The product's box in the picture, as the models see it."""
    side = max(max(whole.shape) for whole in wholes)
    size = (side, side)
    same = [cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR) for whole in wholes]
    box = box_of(np.asarray(np.mean(same, axis=0), dtype=np.float32), threshold=0.5)
    if box is None:
        return None
    across, down = frame.width_px / side, frame.height_px / side
    return Box(
        left=frame.left + int(box.left * across),
        top=frame.top + int(box.top * down),
        right=min(frame.right, frame.left + int(np.ceil(box.right * across))),
        bottom=min(frame.bottom, frame.top + int(np.ceil(box.bottom * down))),
    )


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


def _combine(stack: Floats, weights: Sequence[float], *, several: bool) -> Floats:
    """Median over several models' looks; with one model, a mean in which the crop counts double."""
    if several:
        return np.asarray(np.median(stack, axis=0), dtype=np.float32)
    return np.asarray(np.average(stack, axis=0, weights=weights), dtype=np.float32)


def _agreement(stack: Floats) -> float | None:
    if len(stack) < 2:
        return None
    product = stack > 0.5
    union = float(product.any(axis=0).sum())
    return float(product.all(axis=0).sum()) / union if union else 0.0
