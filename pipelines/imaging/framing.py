"""Where in a frame a product goes: margins, fill, alignment, and sides that the photo cut off."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

Align = Literal[
    "centre", "top", "bottom", "left", "right",
    "top-left", "top-right", "bottom-left", "bottom-right", "optical",
]  # fmt: skip
SIDES = ("top", "right", "bottom", "left")


class Sized(Protocol):
    """Whatever has a width and a height: a product's box, or that of a whole set."""

    @property
    def width_px(self) -> float:
        """Columns."""
        ...

    @property
    def height_px(self) -> float:
        """Rows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A length that is a share of the frame's side, or a number of pixels."""

    share: float = 0.0
    px: float = 0.0

    def of(self, side_px: float) -> float:
        """In pixels of a frame whose side is this long."""
        return self.share * side_px + self.px


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """What stays free on each side; top and bottom are shares of the height, the others of width.

    >>> Margins.around(0.85).left.of(1000)
    75.0
    """

    top: Length
    right: Length
    bottom: Length
    left: Length

    @classmethod
    def around(cls, fill: float) -> "Margins":
        """What a product leaves free whose longer side fills this share of the frame."""
        same = Length(share=round((1 - fill) / 2, 9))
        return cls(top=same, right=same, bottom=same, left=same)

    def without(self, sides: Collection[str]) -> "Margins":
        """The same, with nothing free on some sides."""
        kept = {side: Length() if side in sides else getattr(self, side) for side in SIDES}
        return Margins(**kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A product's place in a frame, in whole pixels.

    Attributes
    ----------
    scale
        Frame pixels per source pixel.
    reached
        Whether every side that the photo cut off lies on the frame's edge.
    """

    scale: float
    left_px: int
    top_px: int
    reached: bool = True


def largest_side(
    box: Sized, *, ratio: tuple[float, float], margins: Margins, enlargement: float
) -> float:
    """Longer side, in px, of the largest frame in which a product is enlarged no more than this.

    Parameters
    ----------
    ratio
        Width and height of the frame in any unit.
    """
    longer = max(ratio)
    across = _side_for(box.width_px * enlargement, ratio[0] / longer, margins.left, margins.right)
    along = _side_for(box.height_px * enlargement, ratio[1] / longer, margins.top, margins.bottom)
    return max(across, along)


def _side_for(product_px: float, per_side: float, before: Length, after: Length) -> float:
    free = max(1 - before.share - after.share, 1e-6)
    return (product_px + before.px + after.px) / (per_side * free)


def find_spot(
    box: Sized,
    *,
    frame_px: tuple[int, int],
    margins: Margins,
    align: Align = "centre",
    cut_sides: Collection[str] = (),
    weight_at: tuple[float, float] = (0.5, 0.5),
) -> Spot:
    """Find the largest place that keeps the margins.

    Parameters
    ----------
    cut_sides
        Sides at which the photo ends inside the product: there it goes to the frame's edge, where
        a cut looks like a crop and not like a sawn-off product. Between two opposite ones it
        reaches from edge to edge, as long as that leaves the rest of it in the frame.
    weight_at
        Middle of the product's area, as shares of its box: what ``optical`` puts in the middle.
    """
    room = margins.without(cut_sides)
    across = _Axis.of(frame_px[0], room.left, room.right)
    along = _Axis.of(frame_px[1], room.top, room.bottom)
    scale = min(across.room / box.width_px, along.room / box.height_px)
    spanned = [
        frame / product
        for frame, product, sides in (
            (frame_px[0], box.width_px, {"left", "right"}),
            (frame_px[1], box.height_px, {"top", "bottom"}),
        )
        if sides <= set(cut_sides)
    ]
    reached = True
    if spanned:
        wider = max(spanned)
        fits = len(spanned) == 2 or (
            box.width_px * wider <= frame_px[0] + 0.5 and box.height_px * wider <= frame_px[1] + 0.5
        )
        scale, reached = (wider, True) if fits else (scale, False)
    width, height = max(1, round(box.width_px * scale)), max(1, round(box.height_px * scale))
    return Spot(
        scale=scale,
        left_px=across.start(width, _pull(align, cut_sides, "left", "right"), weight_at[0]),
        top_px=along.start(height, _pull(align, cut_sides, "top", "bottom"), weight_at[1]),
        reached=reached,
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """One direction of a frame: where the room within its margins begins and how long it is."""

    first: float
    room: float
    frame: int

    @classmethod
    def of(cls, frame: int, before: Length, after: Length) -> "_Axis":
        first = before.of(frame)
        return cls(first, max(1.0, frame - first - after.of(frame)), frame)

    def start(self, product_px: int, pull: str, weight_at: float) -> int:
        """First pixel of a product that is pulled to one end, to the middle, or by its weight."""
        last = self.first + self.room - product_px
        match pull:
            case "before":
                return round(self.first)
            case "after":
                return round(last)
            case "weight":
                middle = self.first + self.room / 2 - weight_at * product_px
                if self.first <= last:
                    middle = min(max(middle, self.first), last)
                return round(middle)
        return round((self.first + last) / 2)


def _pull(align: Align, cut_sides: Collection[str], before: str, after: str) -> str:
    if before in cut_sides and after in cut_sides:
        return "middle"
    if before in cut_sides:
        return "before"
    if after in cut_sides:
        return "after"
    words = align.split("-")
    if before in words:
        return "before"
    if after in words:
        return "after"
    return "weight" if align == "optical" else "middle"
