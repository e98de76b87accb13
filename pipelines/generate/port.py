"""What a model is asked to paint, and who paints it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from pipelines.errors import RecipeInvalid
from pipelines.generate.profile import ControlKind, Profile

MOST_STEPS = 150
MOST_GUIDANCE = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One picture to paint.

    Attributes
    ----------
    picture
        uint8 (H, W, 3), sRGB, of one of the profile's buckets: what stands there now.
    mask
        float32 (H, W) within [0, 1]: 1 is painted anew, 0 is kept.
    prompt, negative_prompt
        What shall be seen, or done where the model edits; what shall not be seen.
    strength
        Within [0, 1]: how far the painter may leave what stands there now; 0 leaves it as it is.
    steps, guidance_scale
        The profile's own where they are None; 1 to 150, and 0 to 50.
    seed
        The noise; one generator per picture, so that a batch changes nothing.
    control
        Maps of what stands where, uint8 (H, W, 3), by kind.
    references
        Further pictures, uint8 (H, W, 3), of any size.

    Raises
    ------
    RecipeInvalid : a number is out of its range
    ValueError : an array is not of its shape or type
    """

    picture: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.float32]
    prompt: str
    negative_prompt: str = ""
    strength: float = 1.0
    steps: int | None = None
    guidance_scale: float | None = None
    seed: int = 0
    control: Mapping[ControlKind, npt.NDArray[np.uint8]] = field(default_factory=dict)
    references: tuple[npt.NDArray[np.uint8], ...] = ()

    def __post_init__(self) -> None:
        _within("strength", self.strength, 0, 1)
        _within("steps", self.steps, 1, MOST_STEPS)
        _within("guidance", self.guidance_scale, 0, MOST_GUIDANCE)
        for picture in (self.picture, *self.control.values(), *self.references):
            if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
                raise ValueError(f"not uint8 (H, W, 3): {picture.dtype} {picture.shape}")
        shapes = [self.mask.shape, *(one.shape[:2] for one in self.control.values())]
        for shape in shapes:
            if shape != self.picture.shape[:2]:
                raise ValueError(f"size {shape} is not the picture's {self.picture.shape}")

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.picture.shape[1], self.picture.shape[0]


def _within(field_: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise RecipeInvalid(field=field_, value=value, limit=f"must be {low} to {high:g}")


class Generator(Protocol):
    """A loaded model; leased, shared by workers, and read-only."""

    @property
    def profile(self) -> Profile:
        """What it is."""
        ...

    def paint(
        self, asks: Sequence[Ask], *, cancelled: Callable[[], bool]
    ) -> list[npt.NDArray[np.uint8]]:
        """Paint every ask, all of one size: uint8 (H, W, 3), sRGB, in their order.

        What it returns is looked at before it is used: a model may paint anything.

        Raises
        ------
        Interrupted : `cancelled` said so between two steps
        OutOfMemory : the device cannot hold so many pictures at once
        """
        ...


@runtime_checkable
class Remarking(Protocol):
    """A generator that can tell beforehand what of an ask it cannot do."""

    def remarks(self, ask: Ask) -> tuple[str, ...]:
        """Sentences for the report, such as that a prompt is too long and will be cut."""
        ...


def remarks(generator: Generator, ask: Ask) -> tuple[str, ...]:
    """What of an ask this generator cannot do; empty where it does all, or cannot tell."""
    return generator.remarks(ask) if isinstance(generator, Remarking) else ()


@runtime_checkable
class Located(Protocol):
    """A generator that can tell where it runs."""

    @property
    def where(self) -> str:
        """The device and the numbers that it reckons in, for the report."""
        ...


def where(generator: Generator) -> str:
    """Where this generator runs; "" where it cannot tell."""
    return generator.where if isinstance(generator, Located) else ""


@runtime_checkable
class Batching(Protocol):
    """A generator that can tell whether one run of it paints several pictures."""

    def batches(self, ask: Ask) -> bool:
        """Whether an ask like this is painted together with others."""
        ...


def batches(generator: Generator, ask: Ask) -> bool:
    """Whether this generator paints such asks together; yes where it cannot tell."""
    return generator.batches(ask) if isinstance(generator, Batching) else True
