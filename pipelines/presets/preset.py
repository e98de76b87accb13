"""What a channel asks of an image."""

from dataclasses import dataclass
from typing import Literal, get_args

from pipelines.imaging.encode import FORMATS, Format

Status = Literal["page read", "secondary", "unverified", "own"]
Forbidden = Literal["text", "logo", "watermark", "border", "props", "people"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A lower and an upper limit, each optional, and the value to aim at."""

    min: float | None = None
    max: float | None = None
    recommended: float | None = None
    target: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value is inside."""
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)

    def words(self, unit: str = "") -> str:
        """The limits as a reader would say them.

        >>> Bound(min=0.75, max=0.9).words()
        '0.75 to 0.9'
        """
        if self.min is not None and self.max is not None:
            return f"{self.min:g} to {self.max:g}{unit}"
        if self.min is not None:
            return f"at least {self.min:g}{unit}"
        return f"at most {self.max:g}{unit}" if self.max is not None else "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One channel's rules; None or the default where it states none.

    Attributes
    ----------
    exact_size
        Width and height in px that an image must have.
    extension_matches
        Whether the file's ending must be that of its content.
    whole_product
        Whether the product may not touch the frame.
    forbidden
        What may not be on the image besides the product.
    """

    name: str
    title: str
    source: str
    read_on: str
    status: Status
    revision: str
    formats: tuple[Format, ...]
    exact_size: tuple[int, int] | None = None
    longest_side: Bound | None = None
    shortest_side: Bound | None = None
    max_pixels: int | None = None
    background: Literal["white"] | None = None
    fill: Bound | None = None
    min_bytes: int | None = None
    max_bytes: int | None = None
    min_quality: int | None = None
    shadow_allowed: bool = True
    extension_matches: bool = False
    whole_product: bool = False
    forbidden: tuple[Forbidden, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a preset that no image could meet."""
        if self.status not in get_args(Status):
            raise ValueError(f"status must be one of {', '.join(get_args(Status))}")
        if not self.formats or not set(self.formats) <= set(FORMATS):
            raise ValueError(f"formats must be some of {', '.join(FORMATS)}")
        if not set(self.forbidden) <= set(get_args(Forbidden)):
            raise ValueError(f"forbidden must be some of {', '.join(get_args(Forbidden))}")
        if self.exact_size is not None and not all(64 <= one <= 8000 for one in self.exact_size):
            raise ValueError("exact_size must be two sides of 64 to 8000 px")
        for bound in (self.longest_side, self.shortest_side, self.fill):
            if bound is not None and (bound.min or 0) > (bound.max or float("inf")):
                raise ValueError("a smallest value is above the largest")
        if (self.min_bytes or 0) > (self.max_bytes or float("inf")):
            raise ValueError("min_bytes is above max_bytes")

    @property
    def text_allowed(self) -> bool:
        """Whether text, badges and visible labels may stand on the image."""
        return "text" not in self.forbidden

    @property
    def side_px(self) -> int:
        """Side of the square image to make for this channel."""
        if self.exact_size is not None:
            return self.exact_size[0]
        for bound in (self.longest_side, self.shortest_side):
            if bound is not None and bound.recommended is not None:
                return int(bound.recommended)
        return 2000

    @property
    def least_side_px(self) -> int:
        """Smallest side that the channel accepts."""
        if self.exact_size is not None:
            return self.exact_size[0]
        for bound in (self.longest_side, self.shortest_side):
            if bound is not None and bound.min is not None:
                return int(bound.min)
        return 500

    @property
    def fill_target(self) -> float:
        """Share of the frame that the product's longer side should take."""
        if self.fill is None:
            return 0.85
        return float(self.fill.target or self.fill.min or 0.85)
