"""The shadow under a product on white."""

from dataclasses import dataclass

from pipelines.imaging.studio_shadow import Kind as Shadow
from pipelines.spec.declare import Declared, option

__all__ = ["Shadow", "ShadowParams"]

_GROUP = "Shadow"


@dataclass(frozen=True, kw_only=True)
class ShadowParams(Declared):
    """What the product leaves on the white around it."""

    shadow: Shadow = option(
        "none", "contact: where it stands; drop: cast by a softbox; reflection: on gloss; natural: "
        "the photo's own.", group=_GROUP,
    )  # fmt: skip
    shadow_strength: float = option(
        0.5, "0 invisible to 1 black; of a natural shadow, 0.5 is as in the photo.",
        low=0, high=1, group=_GROUP,
    )  # fmt: skip
    shadow_softness: float = option(
        0.5, "0 a hard edge to 1 a very soft one.", low=0, high=1, group=_GROUP
    )
    shadow_direction: float = option(
        325.0, "Where the light of a drop shadow comes from, seen from above: 0 the camera, 90 "
        "right, 180 behind, 270 left.", low=0, high=360, unit="degrees", group=_GROUP,
    )  # fmt: skip
    shadow_reach: float = option(
        0.45, "Length of a drop shadow, or of a reflection, over the product's height.",
        low=0.05, high=3, group=_GROUP,
    )  # fmt: skip
