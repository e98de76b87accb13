"""Where in a template's scene the product goes, how large, and what part of the scene is shown."""

from dataclasses import dataclass
from typing import Literal

from pipelines.errors import RecipeInvalid
from pipelines.imaging.framing import Margins
from pipelines.spec.angles import SetParams
from pipelines.spec.declare import option
from pipelines.spec.frame import LARGEST_PX, exact_size, margins_of, shape_of
from pipelines.spec.together import TogetherParams

Placement = Literal["anchor", "position", "custom", "automatic", "original", "padding"]
Position = Literal[
    "left", "centre", "right",
    "front-left", "front", "front-right", "back-left", "back", "back-right",
]  # fmt: skip
ShotFrom = Literal["auto", "side", "above"]
AUTOMATIC_PLACES = 10
"""How many automatic places a scene offers at most."""
_MOST_PADDING = 0.9
_PLACE, _FRAME = "Place in the scene", "Frame"


@dataclass(frozen=True, kw_only=True)
class PlacingParams(SetParams, TogetherParams):
    """The place, the size, and the part of the scene that is shown."""

    placement: Placement | Literal[""] = option(
        "", "How the place is found: a place of the template (anchor), a position in words, custom "
        "coordinates, automatic, original (place and size as in the photo), or padding around the "
        "product. Default: by what else is given, else the template's best place.", group=_PLACE,
    )  # fmt: skip
    anchor: str = option("", "A place that the template names.", group=_PLACE)
    position: Position | Literal[""] = option("", "A place in words.", group=_PLACE)
    x: float = option(
        0.0, "Middle of the product's base across the scene, 0 left to 1 right; with --y.",
        low=0.02, high=0.98, group=_PLACE,
    )  # fmt: skip
    y: float = option(
        0.0, "Middle of the product's base down the scene, 0 top to 1 bottom; the product's own "
        "middle in a scene seen from above.", low=0.02, high=0.98, group=_PLACE,
    )  # fmt: skip
    pick: int = option(
        1, "Which of the automatic places, the best first.",
        low=1, high=AUTOMATIC_PLACES, group=_PLACE,
    )  # fmt: skip
    scale: float = option(
        0.8, "Share of the place's box to fill, if no size in cm is given.",
        low=0.1, high=1.0, group=_PLACE,
    )  # fmt: skip
    height_cm: float = option(
        0.0, "The product's real height (upright length, where it lies), for true scale.",
        low=0.5, high=300, unit="cm", group=_PLACE,
    )  # fmt: skip
    width_cm: float = option(
        0.0, "The product's real width as the photo shows it, for true scale.",
        low=0.5, high=300, unit="cm", group=_PLACE,
    )  # fmt: skip
    thickness_cm: float = option(
        0.0, "How high the product lies above the surface of a scene seen from above; default: 4% "
        "of its longer side.", low=0.05, high=60, unit="cm", group=_PLACE,
    )  # fmt: skip
    shot_from: ShotFrom = option(
        "auto", "Where the photo was taken from; a product shot from above belongs in a scene seen "
        "from above.", group=_PLACE,
    )  # fmt: skip
    padding: str = option(
        "", "Show only this much around the product: 10%, 80px; two values mean top and bottom, "
        "left and right; four mean top, right, bottom, left.", group=_FRAME,
    )  # fmt: skip
    ratio: str = option(
        "", "Shape of the result, 4:5, or its size in px, 1200x1500; the scene is cropped around "
        "the product. Default: the plate's, or the photo's with --placement original.",
        group=_FRAME,
    )  # fmt: skip
    size_px: int = option(
        0, "Longer side of the result in px; 0: the plate's own pixels.",
        low=64, high=LARGEST_PX, unit="px", group=_FRAME,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse places that contradict each other, or are only half given.

        Raises
        ------
        RecipeInvalid
        """
        super().__post_init__()
        shape_of(self.ratio)
        _refuse_unreadable(self.padding)
        if self.size_px and exact_size(self.ratio):
            limit = "names a size already; leave size_px out"
            raise RecipeInvalid(field="ratio", value=self.ratio, limit=limit)
        self._refuse_half_a_place()
        self._refuse_two_places()

    def _refuse_half_a_place(self) -> None:
        needs: dict[Placement, tuple[str, bool]] = {
            "position": ("needs position", bool(self.position)),
            "custom": ("needs x and y", bool(self.x and self.y)),
            "padding": ("needs padding", bool(self.padding)),
        }
        what, given = needs.get(self.mode, ("", True))
        if not given:
            raise RecipeInvalid(field="placement", value=self.mode, limit=what)

    def _refuse_two_places(self) -> None:
        given = {
            "anchor": self.anchor,
            "position": self.position,
            "custom": self.x or self.y,
            "automatic": self.pick if self.pick > 1 else "",
        }
        named = [way for way, value in given.items() if value]
        allowed = named[:1] if self.mode == "padding" else [self.mode]
        for way in named:
            if way not in allowed:
                field = {"custom": "x", "automatic": "pick"}.get(way, way)
                limit = f"contradicts placement {allowed[0]}: give one place"
                raise RecipeInvalid(field=field, value=given[way], limit=limit)

    @property
    def mode(self) -> Placement:
        """How the place is found, whether it was said or follows from what was given."""
        if self.placement:
            return self.placement
        if self.x or self.y:
            return "custom"
        if self.position:
            return "position"
        if self.pick > 1:
            return "automatic"
        if self.padding and not self.anchor:
            return "padding"
        return "anchor"

    @property
    def margins(self) -> Margins | None:
        """What the result shows around the product; None where it shows the scene's own frame."""
        return margins_of(self.padding) if self.padding else None


def _refuse_unreadable(padding: str) -> None:
    if not padding:
        return
    try:
        margins = margins_of(padding)
    except RecipeInvalid as fault:
        raise RecipeInvalid(field="padding", value=padding, limit=fault.limit) from fault
    across, along = (
        margins.left.share + margins.right.share,
        margins.top.share + margins.bottom.share,
    )
    if max(across, along) > _MOST_PADDING:
        limit = f"must leave the product {1 - _MOST_PADDING:.0%} of each side"
        raise RecipeInvalid(field="padding", value=padding, limit=limit)
