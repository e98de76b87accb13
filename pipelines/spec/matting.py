"""How the product is found."""

from dataclasses import dataclass
from typing import Literal

from pipelines.spec.area import area_of
from pipelines.spec.declare import option
from pipelines.spec.source import SourceParams

Quality = Literal["fast", "best"]
_GROUP = "Finding the product"


@dataclass(frozen=True, kw_only=True)
class MattingParams(SourceParams):
    """Which models look, how hard, and what a user already knows."""

    quality: Quality | Literal[""] = option(
        "", "fast: one small model; best: two large ones that must agree; default: best where "
        "its weights are pulled, else fast.", group=_GROUP,
    )  # fmt: skip
    cutout_model: str = option(
        "", "One model instead of a quality: u2netp, u2net, isnet, birefnet (whose weights you "
        "bring), or any rembg session by name.", group=_GROUP,
    )  # fmt: skip
    mask: str = option(
        "", "Picture of the photo's size, white where the product is, drawn roughly; its edge is "
        "refined.", group=_GROUP, names_asset=True,
    )  # fmt: skip
    keep: str = option(
        "", "Picture of the photo's size, white on parts to add to what the models find.",
        group=_GROUP, names_asset=True,
    )  # fmt: skip
    remove: str = option(
        "", "Picture of the photo's size, white on parts to take from what the models find.",
        group=_GROUP, names_asset=True,
    )  # fmt: skip
    box: str = option(
        "", "Where to look: x,y,width,height in px of the upright photo, or 10%,20%,50%,60%.",
        group=_GROUP,
    )  # fmt: skip
    glass: bool = option(
        False, "The product is clear glass or plastic, before a plain background: what is behind "
        "shines through, but not through parts given by --keep.", group=_GROUP,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse a box that names no area, and values out of range."""
        super().__post_init__()
        if self.box:
            area_of(self.box)


@dataclass(frozen=True, kw_only=True)
class CutoutParams(MattingParams):
    """The product alone: straight RGBA of the upright source's size."""
