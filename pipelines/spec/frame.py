"""The frame, and where in it the product goes."""

from dataclasses import dataclass
from typing import Literal

from pipelines.spec.declare import Declared, option

Align = Literal["centre", "bottom", "top"]
LARGEST_PX = 8_000
_GROUP = "Frame"


@dataclass(frozen=True, kw_only=True)
class FrameParams(Declared):
    """Size of the frame, and how the product fills it."""

    size_px: int = option(
        0, "Side in px; 0: as large as the photo stays sharp, 2000 at most.",
        low=64, high=LARGEST_PX, unit="px", group=_GROUP,
    )  # fmt: skip
    fill: float = option(
        0.0, "Product's longer side over the frame; 0: the preset's or 0.85.",
        low=0.1, high=1.0, group=_GROUP,
    )  # fmt: skip
    align: Align = option("centre", "Where the product stands in the frame.", group=_GROUP)
