"""A picture changed by an instruction, its product untouched."""

from dataclasses import dataclass

from pipelines.errors import RecipeInvalid
from pipelines.spec.area import area_of
from pipelines.spec.checks import CheckParams
from pipelines.spec.declare import option
from pipelines.spec.matting import MattingParams
from pipelines.spec.origin import OriginParams
from pipelines.spec.output import OutputParams
from pipelines.spec.painting import LEFT_TO_THE_MODEL, PaintingParams, refuse_unreadable

_GROUP = "Edit"


@dataclass(frozen=True, kw_only=True)
class EditParams(OutputParams, OriginParams, CheckParams, PaintingParams, MattingParams):
    """What a model shall change in a picture; what it leaves alone stays the picture's own bytes.

    Files are PNG unless a format is given: a lossy one would change every pixel a little.
    """

    instruction: str = option(
        "", "What to change, in words, such as 'remove the price tag'.", group=_GROUP
    )
    area: str = option(
        "", "Where the edit may happen: x,y,width,height in px of the upright photo, or "
        "10%,20%,50%,60%. Default: everywhere.", group=_GROUP,
    )  # fmt: skip
    area_mask: str = option(
        "", "Picture of the photo's size, white where the edit may happen.", group=_GROUP,
        names_asset=True,
    )  # fmt: skip
    allow_product_changes: bool = option(
        False, "Let the model change the product too; the report says how much and where.",
        group=_GROUP,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse an edit that says nothing, and values out of range.

        Raises
        ------
        RecipeInvalid
        """
        super().__post_init__()
        refuse_unreadable("instruction", self.instruction)
        if not self.instruction.strip():
            limit = "must say what to change, such as 'remove the price tag'"
            raise RecipeInvalid(field="instruction", value=self.instruction, limit=limit)
        if self.area and self.area_mask:
            limit = "give either area or area_mask, not both"
            raise RecipeInvalid(field="area", value=self.area, limit=limit)
        if self.area:
            area_of(self.area)

    @property
    def has_area(self) -> bool:
        """Whether the edit is confined to a part of the picture."""
        return bool(self.area or self.area_mask)

    @property
    def chosen_strength(self) -> float:
        """How far the painter may leave what stands there, [0, 1]."""
        return 1.0 if self.strength == LEFT_TO_THE_MODEL else self.strength
