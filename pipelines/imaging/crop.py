"""Which part of a plate the result shows."""

from dataclasses import dataclass

from pipelines.imaging.framing import Margins

Size = tuple[int, int]
_PX_ROUNDS = 6
"""Margins in result pixels depend on the zoom, and it on them; this often settles them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A part of the plate, in whole plate pixels."""

    left: int
    top: int
    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        if min(self.width_px, self.height_px) < 1 or min(self.left, self.top) < 0:
            raise ValueError(f"no part of a plate: {self}")

    @property
    def longer_px(self) -> int:
        """The longer side."""
        return max(self.width_px, self.height_px)

    def sized(self, longer_px: int) -> Size:
        """Width and height of a result whose longer side is this; 0 keeps the plate's pixels."""
        zoom = longer_px / self.longer_px if longer_px else 1.0
        return max(1, round(self.width_px * zoom)), max(1, round(self.height_px * zoom))


def whole(plate_px: Size) -> View:
    """All of the plate."""
    return View(left=0, top=0, width_px=plate_px[0], height_px=plate_px[1])


def of_ratio(plate_px: Size, ratio: float, at: tuple[float, float]) -> View:
    """Return the largest part of this ratio (width over height) with a point where it was.

    Parameters
    ----------
    at
        The product's place, as shares of the plate: it has the same shares of the result.

    >>> of_ratio((1000, 1000), 16 / 9, (0.5, 0.8))
    View(left=0, top=350, width_px=1000, height_px=562)
    """
    width, height = plate_px
    wide = min(width, round(height * ratio))
    tall = min(height, round(width / ratio))
    return _placed((width - wide) * at[0], (height - tall) * at[1], (wide, tall), plate_px)


def around(
    plate_px: Size,
    box: tuple[float, float, float, float],
    margins: Margins,
    *,
    ratio: float | None,
    longer_px: int,
) -> tuple[View, bool]:
    """Return the part that leaves these margins around the product, and whether the plate has it.

    Parameters
    ----------
    box
        The product's left, top, right and bottom in plate pixels.
    ratio
        Width over height to widen the part to; None takes it as the margins make it.
    longer_px
        The result's longer side, for margins in pixels; 0 where it keeps the plate's pixels.
    """
    left, top, right, bottom = box
    zoom = 1.0
    for _ in range(_PX_ROUNDS):
        wide = _side(right - left, margins.left.share + margins.right.share,
                     (margins.left.px + margins.right.px) / zoom)  # fmt: skip
        tall = _side(bottom - top, margins.top.share + margins.bottom.share,
                     (margins.top.px + margins.bottom.px) / zoom)  # fmt: skip
        zoom = longer_px / max(wide, tall) if longer_px else 1.0
    first_x = left - margins.left.share * wide - margins.left.px / zoom
    first_y = top - margins.top.share * tall - margins.top.px / zoom
    if ratio is not None and wide < tall * ratio:
        first_x, wide = first_x - (tall * ratio - wide) / 2, tall * ratio
    elif ratio is not None:
        first_y, tall = first_y - (wide / ratio - tall) / 2, wide / ratio
    inside = (
        first_x > -1 and first_y > -1
        and first_x + wide < plate_px[0] + 1 and first_y + tall < plate_px[1] + 1
    )  # fmt: skip
    if ratio is None:
        last = min(plate_px[0], first_x + wide), min(plate_px[1], first_y + tall)
        first_x, first_y = max(0.0, first_x), max(0.0, first_y)
        wide, tall = last[0] - first_x, last[1] - first_y
    fit = min(1.0, plate_px[0] / wide, plate_px[1] / tall)
    size = max(1, round(wide * fit)), max(1, round(tall * fit))
    return _placed(first_x, first_y, size, plate_px), inside


def like_source(
    plate_px: Size, ratio: float, at: tuple[float, float], wanted: tuple[float, float]
) -> View:
    """Return the largest part of this ratio in which a point has wanted shares.

    Parameters
    ----------
    at
        The product's place, as shares of the plate.
    wanted
        Its shares of the result; kept as far as half of the plate's size allows.
    """
    width, height = plate_px
    x, y = at[0] * width, at[1] * height
    rx, ry = (min(max(one, 0.02), 0.98) for one in wanted)
    most = min(width, height * ratio)
    wide = min(x / rx, (width - x) / (1 - rx), y / ry * ratio, (height - y) / (1 - ry) * ratio)
    wide = max(min(wide, most), most / 2)
    size = max(1, round(wide)), max(1, round(wide / ratio))
    return _placed(x - rx * wide, y - ry * wide / ratio, size, plate_px)


def _side(product: float, shares: float, px: float) -> float:
    return (product + px) / max(1 - shares, 0.05)


def _placed(left: float, top: float, size: Size, plate_px: Size) -> View:
    wide, tall = min(size[0], plate_px[0]), min(size[1], plate_px[1])
    return View(
        left=min(max(0, round(left)), plate_px[0] - wide),
        top=min(max(0, round(top)), plate_px[1] - tall),
        width_px=wide,
        height_px=tall,
    )
