"""How the product is found."""

from dataclasses import dataclass
from typing import Literal

from pipelines.spec.declare import Declared, option

Quality = Literal["fast", "best"]
_GROUP = "Finding the product"


@dataclass(frozen=True, kw_only=True)
class MattingParams(Declared):
    """Which models look, and how hard."""

    quality: Quality = option(
        "fast", "fast: one small model; best: two large ones that must agree.", group=_GROUP
    )


@dataclass(frozen=True, kw_only=True)
class CutoutParams(MattingParams):
    """The product alone: straight RGBA of the upright source's size."""
