"""Pictures of one product that are shown together: one scale, one baseline, one margin."""

from dataclasses import dataclass

from pipelines.errors import RecipeInvalid
from pipelines.imaging.angles import Extent
from pipelines.spec.declare import Declared, option

_MOST = 10_000


@dataclass(frozen=True, kw_only=True)
class SetParams(Declared):
    """What a picture of a set must know of the others."""

    set_box: str = option(
        "", "Left, top, right and bottom, in px of this source, of what every picture of its set "
        "fits into: all of them are laid out by it, not by their own product's box.", by_us=True,
    )  # fmt: skip
    set_size: int = option(0, "How many pictures the set has.", low=2, high=_MOST, by_us=True)

    set_finer: float = option(
        1.0, "Pixels of this source per pixel of the coarsest in its set, which decides how large "
        "a frame stays sharp.", low=1, high=1000, by_us=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse a box that is none, and values out of range."""
        super().__post_init__()
        if self.set_box:
            extent_of(self.set_box)

    @property
    def shared_extent(self) -> Extent | None:
        """The set's box in px of this source; None where the picture is on its own."""
        return extent_of(self.set_box) if self.set_box else None


def extent_of(text: str) -> Extent:
    """Read what `words_of` wrote.

    Raises
    ------
    RecipeInvalid
    """
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
        return Extent(left=left, top=top, right=right, bottom=bottom)
    except ValueError as fault:
        limit = "must be left,top,right,bottom with room in between"
        raise RecipeInvalid(field="set_box", value=text, limit=limit) from fault


def words_of(extent: Extent) -> str:
    """Write a set's box so that the same one always gives the same recipe.

    >>> words_of(Extent(left=-1.5, top=0, right=20, bottom=30.123))
    '-1.50,0.00,20.00,30.12'
    """
    edges = extent.left, extent.top, extent.right, extent.bottom
    return ",".join(f"{edge:.2f}" for edge in edges)
