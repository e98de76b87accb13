"""Whether something stands where products are to stand: then a backdrop is not empty.

Products would be put before it, or upon it, and every scene would show two.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.consensus import Matter
from pipelines.matting.mirrored import seen_in_mirror

Rgb = npt.NDArray[np.uint8]
_PERHAPS, _SURELY = 0.3, 0.8
"""Probability from which a pixel may be part of a thing, and from which it is."""
_SURE_SHARE = 0.75
"""Of a thing's pixels: 0.76 to 0.98 of 56 of 58 products in their photos, 0.8 and more of 17 of 19
products in our scenes. What a model guesses to be a thing in an empty room is mostly perhaps."""
_LEAST_SHARE = 0.02
"""Of the picture: what is smaller may be a mark on the floor, such as a manhole."""
_ACROSS, _DOWN = (0.28, 0.72), (0.2, 0.78)
"""Where the middle of what is in the way lies: what decorates a backdrop stands at its sides (to
0.26 on the built-in plates), and a podium, on which products stand, lies lower."""
_LEAST_SOLID = 0.3
"""Share of its box that a thing fills which reaches two sides of the picture: lines painted on a
floor fill 0.14 to 0.18."""
_BAND = 0.4
"""Share of its height along which a part of the room meets the frame, left and right: a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that stands on a backdrop.

    Attributes
    ----------
    share
        Of the picture that it covers, 0 to 1.
    left, top, right, bottom
        Of its box, as ratios of the picture.
    """

    share: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def where(self) -> str:
        """Where it stands, for a sentence.

        >>> Thing(share=0.2, left=0.3, top=0.1, right=0.75, bottom=0.85).where
        '30 to 75% across and 10 to 85% down'
        """
        across = f"{100 * self.left:.0f} to {100 * self.right:.0f}% across"
        return f"{across} and {100 * self.top:.0f} to {100 * self.bottom:.0f}% down"


def thing_in_the_way(rgb: Rgb, matter: Matter) -> Thing | None:
    """Find the largest thing in the middle of a backdrop; None where it is empty.

    The model looks at the picture and at its mirror image: what it only guesses to be a thing
    there, it guesses differently.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
    """
    once = matter.probability(rgb)
    mirrored = seen_in_mirror(rgb, matter)
    surely = np.minimum(once, mirrored) >= _SURELY
    perhaps = (np.maximum(once, mirrored) >= _PERHAPS).astype(np.uint8)
    count, labels, boxes, middles = cv2.connectedComponentsWithStats(perhaps)
    size = np.array(perhaps.shape[::-1])
    found = [
        _thing(labels == one, tuple(boxes[one]))
        for one in range(1, count)
        if _is_central(middles[one] / size)
        and boxes[one][cv2.CC_STAT_AREA] >= _LEAST_SHARE * perhaps.size
        and surely[labels == one].mean() >= _SURE_SHARE
    ]
    return max((one for one in found if one is not None), key=lambda one: one.share, default=None)


def _is_central(middle: npt.NDArray[np.float64]) -> bool:
    across, down = middle
    return bool(_ACROSS[0] <= across <= _ACROSS[1] and _DOWN[0] <= down <= _DOWN[1])


def _thing(part: npt.NDArray[np.bool_], box: tuple[int, ...]) -> Thing | None:
    """A part of the picture as a thing; None where it is part of the room itself."""
    left, top, width, height, area = box
    at_sides = part[:, 0].sum() / height, part[:, -1].sum() / height
    reached = sum(bool(edge.any()) for edge in (part[0], part[-1], part[:, 0], part[:, -1]))
    if min(at_sides) >= _BAND or (reached >= 2 and area < _LEAST_SOLID * width * height):
        return None
    rows, columns = part.shape
    return Thing(
        share=float(area / part.size), left=float(left / columns), top=float(top / rows),
        right=float((left + width) / columns), bottom=float((top + height) / rows),
    )  # fmt: skip
