"""The picture that is edited, what of it is locked, and where it may change."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.editing.blend import Lock
from pipelines.imaging.cutout import OPAQUE, Cutout

Rgb = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A picture with its product.

    Attributes
    ----------
    rgb
        uint8 (H, W, 3), sRGB.
    cutout
        The product, of the picture's size; None where none was found.
    locked
        Whether the product's pixels stay as they are.
    area
        bool (H, W), where the edit may happen; None is everywhere.
    """

    rgb: Rgb
    cutout: Cutout | None = None
    locked: bool = True
    area: Mask | None = None

    def __post_init__(self) -> None:
        for one in (self.alpha, self.area):
            if one is not None and one.shape != self.rgb.shape[:2]:
                msg = f"picture is {self.rgb.shape[:2]}, map is {one.shape}"
                raise ValueError(msg)

    @property
    def alpha(self) -> Map | None:
        """The product's alpha, whether locked or not."""
        return None if self.cutout is None else self.cutout.alpha

    @property
    def lock(self) -> Lock | None:
        """What must not change; None where nothing is locked."""
        if self.cutout is None or not self.locked:
            return None
        return Lock(alpha=self.cutout.alpha, colour=self.cutout.rgb)

    @property
    def opaque(self) -> Mask:
        """Where all is product, whether locked or not, bool (H, W)."""
        if self.alpha is None:
            return np.zeros(self.rgb.shape[:2], np.bool_)
        return np.asarray(self.alpha >= OPAQUE)

    @property
    def free(self) -> Mask:
        """Where anything may change at all, bool (H, W)."""
        free = np.ones(self.rgb.shape[:2], np.bool_) if self.area is None else self.area.copy()
        return free & ~self.opaque if self.lock is not None else free
