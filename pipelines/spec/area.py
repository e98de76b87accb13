"""A rectangle as a user writes it: ``x,y,width,height`` in pixels or in percent."""

import re
from dataclasses import dataclass

from pipelines.errors import RecipeInvalid

_NUMBER = re.compile(r"\d+(\.\d+)?%?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Four lengths, each in pixels or as a share of the picture's side.

    Attributes
    ----------
    lengths
        x, y, width, height.
    shares
        Whether each of them is a share in [0, 1] of the side it lies along.
    """

    lengths: tuple[float, float, float, float]
    shares: tuple[bool, bool, bool, bool]

    def within(self, width_px: int, height_px: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in a picture, half open.

        Raises
        ------
        RecipeInvalid : the area reaches out of the picture
        """
        sides = (width_px, height_px, width_px, height_px)
        x, y, across, down = (
            length * side if share else length
            for length, share, side in zip(self.lengths, self.shares, sides, strict=True)
        )
        left, top, right, bottom = round(x), round(y), round(x + across), round(y + down)
        if right > width_px or bottom > height_px or right - left < 2 or bottom - top < 2:
            raise RecipeInvalid(
                field="box",
                value=f"{left},{top},{right - left},{bottom - top}",
                limit=f"must lie within the photo of {width_px} x {height_px} px, 2 px or larger; "
                "the four are x,y,width,height",
            )
        return left, top, right, bottom


def area_of(text: str) -> Area:
    """Read an area.

    Raises
    ------
    RecipeInvalid

    >>> area_of("10%,0,50%,200").within(400, 300)
    (40, 0, 240, 200)
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        limit = "must be x,y,width,height in px or percent, such as 10%,20%,50%,60%"
        raise RecipeInvalid(field="box", value=text, limit=limit)
    shares = tuple(part.endswith("%") for part in parts)
    lengths = tuple(
        float(part.rstrip("%")) / (100 if share else 1)
        for part, share in zip(parts, shares, strict=True)
    )
    return Area(lengths=lengths, shares=shares)  # type: ignore[arg-type]  # four of each, as read
