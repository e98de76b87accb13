"""How each pipeline class of diffusers is called: their signatures differ.

Every class that a profile may name stands in `CONVENTIONS`. What is common to all (steps,
generators, size) is given by the painter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.generate.port import Ask
from pipelines.generate.profile import ControlKind
from pipelines.generate.readers import (
    FluxFillReader,
    KleinReader,
    QwenEditReader,
    QwenReader,
    Reader,
    SdxlReader,
    ZImageReader,
)

_REPAINT = 7
_UNION_MODES: Mapping[ControlKind, int] = {"pose": 0, "depth": 1, "canny": 3, "normal": 4}
"""Control types of the SDXL union control net, by its authors' numbering."""
_SOFTEST_MASK = 0.5


class Convention(Protocol):
    """One class's way of being asked."""

    @property
    def reader(self) -> Reader:
        """How it reads the prompt."""
        ...

    @property
    def batches(self) -> bool:
        """Whether one call paints several different pictures."""
        ...

    @property
    def guided_above(self) -> float:
        """Guidance from which on a second, negative text is read."""
        ...

    @property
    def starts_anywhere(self) -> bool:
        """Whether `strength` below 1 starts from what stands there."""
        ...

    def yields(self, ask: Ask) -> bool:
        """Whether the profile's second class, where it has one, can use more of an ask."""
        ...

    def arguments(
        self, asks: Sequence[Ask], *, strength: float, guidance_scale: float
    ) -> dict[str, Any]:
        """What the call takes besides what is common to all."""
        ...


def image(picture: npt.NDArray[np.uint8]) -> Image.Image:
    """A picture as pipelines take it."""
    return Image.fromarray(picture)


def stencil(ask: Ask) -> Image.Image:
    """A mask as pipelines take it: white is painted. They know no greys."""
    return Image.fromarray(np.where(ask.mask >= _SOFTEST_MASK, 255, 0).astype(np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inpaint:
    """Pictures, masks, strength, and guidance under the name that the class has for it."""

    reader: Reader
    guidance: str = "guidance_scale"
    batches: bool = True
    guided_above: float = 1.0
    starts_anywhere: bool = True

    def yields(self, ask: Ask) -> bool:  # noqa: ARG002 - takes all there is
        """Never."""
        return False

    def arguments(
        self, asks: Sequence[Ask], *, strength: float, guidance_scale: float
    ) -> dict[str, Any]:
        """Lists over the batch."""
        return {
            "image": [image(ask.picture) for ask in asks],
            "mask_image": [stencil(ask) for ask in asks],
            "strength": strength,
            self.guidance: guidance_scale,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionInpaint:
    """SDXL inpainting under a control net that knows several kinds of map.

    Besides the maps it is always shown the picture with the part to paint blacked out, which is
    how the net was taught to fill in.
    """

    reader: Reader
    batches: bool = True
    guided_above: float = 1.0
    starts_anywhere: bool = True

    def yields(self, ask: Ask) -> bool:  # noqa: ARG002 - takes all there is
        """Never."""
        return False

    def arguments(
        self, asks: Sequence[Ask], *, strength: float, guidance_scale: float
    ) -> dict[str, Any]:
        """Lists over the batch; maps as one such list for each kind."""
        kinds = sorted(asks[0].control, key=_UNION_MODES.__getitem__)
        maps = [[image(ask.control[kind]) for ask in asks] for kind in kinds]
        holes = [image(np.where(_painted(ask), 0, ask.picture).astype(np.uint8)) for ask in asks]
        return {
            "image": [image(ask.picture) for ask in asks],
            "mask_image": [stencil(ask) for ask in asks],
            "control_image": [*maps, holes],
            "control_mode": [*(_UNION_MODES[kind] for kind in kinds), _REPAINT],
            "strength": strength,
            "guidance_scale": guidance_scale,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlInpaint:
    """A control net that was taught to fill in; it always starts from noise."""

    reader: Reader
    batches: bool = True
    guided_above: float = 1.0
    starts_anywhere: bool = False

    def yields(self, ask: Ask) -> bool:
        """Where something of what stands there shall remain to be seen."""
        return ask.strength < 1

    def arguments(
        self,
        asks: Sequence[Ask],
        *,
        strength: float,  # noqa: ARG002 - it has none
        guidance_scale: float,
    ) -> dict[str, Any]:
        """Lists over the batch."""
        return {
            "control_image": [image(ask.picture) for ask in asks],
            "control_mask": [stencil(ask) for ask in asks],
            "true_cfg_scale": guidance_scale,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """The picture first, then the references; what to do is in the prompt, the mask is not seen."""

    reader: Reader
    guidance: str = "guidance_scale"
    batches: bool = False
    guided_above: float = 1.0
    starts_anywhere: bool = False

    def yields(self, ask: Ask) -> bool:
        """Where something shall be kept, and no more than one reference needs a place."""
        return bool((ask.mask < _SOFTEST_MASK).any()) and len(ask.references) < 2

    def arguments(
        self,
        asks: Sequence[Ask],
        *,
        strength: float,  # noqa: ARG002 - it has none
        guidance_scale: float,
    ) -> dict[str, Any]:
        """One ask's pictures: the list is over references, not over a batch."""
        (ask,) = asks
        return {
            "image": [image(one) for one in (ask.picture, *ask.references)],
            self.guidance: guidance_scale,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KleinInpaint:
    """Inpainting that looks at the whole picture and at one reference besides."""

    reader: Reader
    batches: bool = False
    guided_above: float = 1.0
    starts_anywhere: bool = True

    def yields(self, ask: Ask) -> bool:  # noqa: ARG002 - takes all there is
        """Never."""
        return False

    def arguments(
        self, asks: Sequence[Ask], *, strength: float, guidance_scale: float
    ) -> dict[str, Any]:
        """One ask's pictures."""
        (ask,) = asks
        given = Inpaint(reader=self.reader).arguments(
            asks, strength=strength, guidance_scale=guidance_scale
        )
        if ask.references:
            given["image_reference"] = image(ask.references[0])
        return given


def _painted(ask: Ask) -> npt.NDArray[np.bool_]:
    return (ask.mask >= _SOFTEST_MASK)[..., None]


CONVENTIONS: Mapping[str, Convention] = {
    "StableDiffusionXLInpaintPipeline": Inpaint(reader=SdxlReader()),
    "StableDiffusionXLControlNetUnionInpaintPipeline": UnionInpaint(reader=SdxlReader()),
    "QwenImageInpaintPipeline": Inpaint(reader=QwenReader(), guidance="true_cfg_scale"),
    "QwenImageControlNetInpaintPipeline": ControlInpaint(reader=QwenReader()),
    "QwenImageEditPlusPipeline": Edit(reader=QwenEditReader(), guidance="true_cfg_scale"),
    "ZImageInpaintPipeline": Inpaint(reader=ZImageReader(), guided_above=0.0),
    "Flux2KleinPipeline": Edit(reader=KleinReader()),
    "Flux2KleinInpaintPipeline": KleinInpaint(reader=KleinReader()),
    "FluxFillPipeline": Inpaint(reader=FluxFillReader()),
}
