"""A garment whose openings are painted: what is seen of the inside lies beneath what is there."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_WHOLE = (slice(None), slice(None))


@dataclass(frozen=True, slots=True)
class Canvas:
    """Painted in place.

    Attributes
    ----------
    picture, alpha
        float32 (H, W, 3) in 0 to 255, and (H, W).
    cloth
        bool (H, W): where the garment alone shows, far from every edge.
    """

    picture: Floats
    alpha: Floats
    cloth: Mask

    def paint_beneath(
        self, inside: Floats, shown: Floats, *, at: tuple[slice, slice] = _WHOLE
    ) -> None:
        """Put a colour, or one for each pixel, under what the garment itself covers.

        Parameters
        ----------
        shown
            float32, how much of each pixel one looks into.
        at
            Rows and columns that these are.
        """
        own, under = self.alpha[at], self.picture[at]
        beneath = shown * (1 - own)
        total = own + beneath
        safe = np.maximum(total, 1e-6)[..., None]
        mixed = (under * own[..., None] + inside * beneath[..., None]) / safe
        self.picture[at] = np.where((beneath > 0)[..., None], mixed, under)
        self.alpha[at] = total
