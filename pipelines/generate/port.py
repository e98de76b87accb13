"""What a model is asked to paint, and who paints it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipelines.generate.profile import ControlKind, Profile


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
        The profile's own where they are None.
    seed
        The noise; one generator per picture, so that a batch changes nothing.
    control
        Maps of what stands where, uint8 (H, W, 3), by kind.
    references
        Further pictures, uint8 (H, W, 3), of any size.
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
        """
        ...
