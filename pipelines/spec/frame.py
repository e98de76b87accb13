"""The frame, and where in it the product goes."""

import re
from dataclasses import dataclass

from pipelines.errors import RecipeInvalid
from pipelines.imaging.framing import SIDES, Align, Length, Margins
from pipelines.spec.angles import SetParams
from pipelines.spec.declare import option
from pipelines.spec.together import TogetherParams

LARGEST_PX = 8_000
SMALLEST_PX = 64
_MOST_UNEQUAL = 10.0
_GROUP = "Frame"
_RATIO = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")
_PIXELS = re.compile(r"(\d{1,5})[x×](\d{1,5})(?:px)?", re.IGNORECASE)
_LENGTH = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(%|px)?")
_LEAST_ROOM = 0.05
"""Share of a side that margins must leave to the product."""


@dataclass(frozen=True, kw_only=True)
class FrameParams(SetParams, TogetherParams):
    """Size and shape of the frame, and how the product fills it."""

    size_px: int = option(
        0, "Longer side in px; 0: as large as the photo stays sharp, 2000 at most.",
        low=SMALLEST_PX, high=LARGEST_PX, unit="px", group=_GROUP,
    )  # fmt: skip
    ratio: str = option(
        "", "Shape of the frame, 4:5, or its size in px, 1200x1500; default: 1:1.", group=_GROUP
    )
    fill: float = option(
        0.0, "Product's box over the frame along its longer side; 0: the preset's or 0.85.",
        low=0.1, high=1.0, group=_GROUP,
    )  # fmt: skip
    margin: str = option(
        "", "What stays free, instead of --fill: 5%, 40px or 0.05; two values mean top and bottom, "
        "left and right; four mean top, right, bottom, left: 5%,5%,10%,5%.", group=_GROUP,
    )  # fmt: skip
    align: Align = option(
        "centre", "Where the product stands; optical balances its weight.", group=_GROUP
    )
    snap: bool = option(
        True, "Put a product that the photo cuts off to the frame's edge on that side.",
        group=_GROUP,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises
        ------
        RecipeInvalid
        """
        super().__post_init__()
        if self.fill and self.margin:
            raise RecipeInvalid(
                field="margin",
                value=self.margin,
                limit="say how large with fill or margin, not both",
            )
        if self.size_px and exact_size(self.ratio):
            raise RecipeInvalid(
                field="ratio", value=self.ratio, limit="names a size already; leave size_px out"
            )
        shape_of(self.ratio)
        if self.margin:
            _refuse_no_room(self.margin, margins_of(self.margin), exact_size(self.ratio))


def exact_size(ratio: str) -> tuple[int, int] | None:
    """Width and height in px, where a ratio names them.

    >>> exact_size("1200x1500"), exact_size("4:5")
    ((1200, 1500), None)
    """
    found = _PIXELS.fullmatch(ratio.replace(" ", ""))
    return (int(found[1]), int(found[2])) if found else None


def shape_of(ratio: str) -> tuple[float, float]:
    """Width and height of the frame, in any unit; "" is square.

    >>> shape_of("4:5"), shape_of("")
    ((4.0, 5.0), (1.0, 1.0))

    Raises
    ------
    RecipeInvalid
    """
    if not ratio:
        return 1.0, 1.0
    size = exact_size(ratio)
    if size is not None:
        if min(size) < SMALLEST_PX or max(size) > LARGEST_PX:
            limit = f"must be {SMALLEST_PX} to {LARGEST_PX} px on each side"
            raise RecipeInvalid(field="ratio", value=ratio, limit=limit)
        width, height = float(size[0]), float(size[1])
    else:
        found = _RATIO.fullmatch(ratio.replace(" ", ""))
        if found is None:
            limit = "must be width:height such as 4:5, or a size in px such as 1200x1500"
            raise RecipeInvalid(field="ratio", value=ratio, limit=limit)
        width, height = float(found[1]), float(found[2])
    if min(width, height) <= 0 or max(width, height) > _MOST_UNEQUAL * min(width, height):
        raise RecipeInvalid(field="ratio", value=ratio, limit="must be 1:10 to 10:1")
    return width, height


def margins_of(text: str) -> Margins:
    """Read one, two or four lengths, in the order of CSS: top, right, bottom, left.

    >>> margins_of("10%,40px").left
    Length(share=0.0, px=40.0)

    Raises
    ------
    RecipeInvalid
    """
    lengths = [_length(part.strip(), text) for part in re.split(r"[,\s]+", text.strip())]
    if len(lengths) not in (1, 2, 4):
        raise RecipeInvalid(field="margin", value=text, limit="must be 1, 2 or 4 lengths")
    by_side = (lengths * 4)[:4] if len(lengths) < 4 else lengths
    return Margins(**dict(zip(SIDES, by_side, strict=True)))


def _length(part: str, text: str) -> Length:
    found = _LENGTH.fullmatch(part)
    if found is None:
        limit = f"{part!r} is no length: write 5%, 40px or a share such as 0.05"
        raise RecipeInvalid(field="margin", value=text, limit=limit)
    number, unit = float(found[1]), found[2]
    if unit == "px":
        return Length(px=number)
    if unit is None and number >= 1:
        limit = f"{part!r} has no unit: write {part}px or {part}%"
        raise RecipeInvalid(field="margin", value=text, limit=limit)
    return Length(share=number / 100 if unit == "%" else number)


def _refuse_no_room(text: str, margins: Margins, size: tuple[int, int] | None) -> None:
    width, height = size or (LARGEST_PX, LARGEST_PX)
    for side, before, after in (
        (width, margins.left, margins.right),
        (height, margins.top, margins.bottom),
    ):
        if before.of(side) + after.of(side) > (1 - _LEAST_ROOM) * side:
            raise RecipeInvalid(field="margin", value=text, limit="leaves no room for the product")
