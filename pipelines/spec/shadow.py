"""The shadow under a product on white."""

from dataclasses import dataclass
from typing import Literal

from pipelines.spec.declare import Declared, option

Shadow = Literal["none", "contact", "drop", "reflection"]
_GROUP = "Shadow"


@dataclass(frozen=True, kw_only=True)
class ShadowParams(Declared):
    """What the product leaves on the white beneath it."""

    shadow: Shadow = option("none", "Shadow under the product.", group=_GROUP)
    shadow_strength: float = option(0.5, "0 invisible to 1 black.", low=0, high=1, group=_GROUP)
