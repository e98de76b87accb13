"""Several products in one picture."""

from dataclasses import dataclass
from typing import Literal

from pipelines.errors import RecipeInvalid
from pipelines.spec.declare import Declared, option

Arrangement = Literal["row", "group"]
MOST_TOGETHER = 12
"""More are no product picture but a shelf; each one is cut out and lit on its own."""
_GROUP = "Several products"
_LEAST_CM, _MOST_CM = 0.5, 300.0


@dataclass(frozen=True, kw_only=True)
class TogetherParams(Declared):
    """Which products stand beside this one, how large, and how."""

    with_sources: str = option(
        "", "Another product for the same picture; repeat for several.", group=_GROUP,
        names_asset=True, joined_by="|",
    )  # fmt: skip
    sizes_cm: str = option(
        "", "Heights of all products in cm, in their order: 12,8.5,20. Default: equally high.",
        group=_GROUP,
    )  # fmt: skip
    arrangement: Arrangement = option(
        "row", "row: side by side; group: tall ones behind, partly covered by the others.",
        group=_GROUP,
    )  # fmt: skip
    spacing: float = option(
        0.12, "Room between neighbours of a row over their mean width.", low=0, high=2, group=_GROUP
    )

    def __post_init__(self) -> None:
        """Refuse too many, and sizes that do not fit their number.

        Raises
        ------
        RecipeInvalid
        """
        super().__post_init__()
        count = 1 + len(self.companions)
        if count > MOST_TOGETHER:
            limit = f"at most {MOST_TOGETHER} products in one picture"
            raise RecipeInvalid(field="with_sources", value=f"{count - 1} more", limit=limit)
        if self.sizes_cm and len(self.heights_cm) != count:
            limit = f"needs one height for each of {count} products"
            raise RecipeInvalid(field="sizes_cm", value=self.sizes_cm, limit=limit)

    @property
    def companions(self) -> tuple[str, ...]:
        """The other products."""
        return tuple(part.strip() for part in self.with_sources.split("|") if part.strip())

    @property
    def heights_cm(self) -> tuple[float, ...]:
        """Heights as given, in order; empty where none are.

        Raises
        ------
        RecipeInvalid
        """
        if not self.sizes_cm:
            return ()
        try:
            found = tuple(float(part) for part in self.sizes_cm.split(","))
        except ValueError:
            found = (0.0,)
        if not all(_LEAST_CM <= one <= _MOST_CM for one in found):
            limit = f"must be heights of {_LEAST_CM:g} to {_MOST_CM:g} cm, such as 12,8.5,20"
            raise RecipeInvalid(field="sizes_cm", value=self.sizes_cm, limit=limit)
        return found
