"""The product as straight RGBA with clean edge colour."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

VISIBLE = 8 / 255
"""Alpha above which a pixel counts as product when boxes are measured: below it, nobody sees it."""
OPAQUE = 254 / 255
"""Alpha from which a pixel is wholly product, so that its colour is the merchant's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A half-open pixel box: left and top are in it, right and bottom are not."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width_px(self) -> int:
        """Columns in the box."""
        return self.right - self.left

    @property
    def height_px(self) -> int:
        """Rows in the box."""
        return self.bottom - self.top

    def grown(self, margin_px: int, *, within: "Box") -> "Box":
        """Grow by a margin on each side, staying inside another box.

        >>> frame = Box(left=0, top=0, right=20, bottom=20)
        >>> Box(left=2, top=8, right=9, bottom=12).grown(3, within=frame)
        Box(left=0, top=5, right=12, bottom=15)
        """
        return Box(
            left=max(within.left, self.left - margin_px),
            top=max(within.top, self.top - margin_px),
            right=min(within.right, self.right + margin_px),
            bottom=min(within.bottom, self.bottom + margin_px),
        )

    def joined(self, other: "Box") -> "Box":
        """Return the smallest box that holds both."""
        return Box(
            left=min(self.left, other.left),
            top=min(self.top, other.top),
            right=max(self.right, other.right),
            bottom=max(self.bottom, other.bottom),
        )


def box_of(alpha: npt.NDArray[np.float32], *, threshold: float = VISIBLE) -> Box | None:
    """Bounding box of everything above the threshold, or None if there is nothing."""
    left, top, width, height = cv2.boundingRect((alpha > threshold).view(np.uint8))
    return Box(left=left, top=top, right=left + width, bottom=top + height) if width else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutout:
    """A product freed from its background.

    Attributes
    ----------
    rgb
        uint8 (H, W, 3), sRGB; where alpha is partial, the product's own colour, not the mixture.
    alpha
        float32 (H, W) in [0, 1].
    """

    rgb: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.float32]
    _box: list[Box] = field(default_factory=list, init=False, repr=False, compare=False)
    """Measured once: each stage asks for it."""

    def __post_init__(self) -> None:
        if self.rgb.shape[:2] != self.alpha.shape:
            msg = f"colour is {self.rgb.shape[:2]}, alpha is {self.alpha.shape}"
            raise ValueError(msg)

    @property
    def box(self) -> Box:
        """Bounding box of the visible product; the whole frame if nothing is visible."""
        if not self._box:
            height, width = self.alpha.shape
            whole = Box(left=0, top=0, right=width, bottom=height)
            self._box.append(box_of(self.alpha) or whole)
        return self._box[0]

    @property
    def alpha8(self) -> npt.NDArray[np.uint8]:
        """Alpha in 0 to 255, rounded."""
        return (self.alpha * 255 + 0.5).astype(np.uint8)

    def touching(self) -> tuple[str, ...]:
        """Sides of the frame at which the product is cut off: at least 2% of the side is product.

        >>> import numpy as np
        >>> alpha = np.zeros((50, 50), np.float32); alpha[20:, 10:40] = 1
        >>> Cutout(rgb=np.zeros((50, 50, 3), np.uint8), alpha=alpha).touching()
        ('bottom',)
        """
        edges = {
            "left": self.alpha[:, 0], "top": self.alpha[0], "right": self.alpha[:, -1],
            "bottom": self.alpha[-1],
        }  # fmt: skip
        return tuple(side for side, line in edges.items() if (line > 0.5).mean() > 0.02)
