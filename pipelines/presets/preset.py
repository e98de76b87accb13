"""Marketplace presets: what a channel asks of an image, as data (``presets.toml``)."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pipelines.errors import PresetNotFound
from pipelines.imaging.encode import FORMATS, Format

Status = Literal["page read", "secondary", "unverified"]
_FILE = Path(__file__).with_name("presets.toml")


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

    def __post_init__(self) -> None:
        """Refuse a preset that no image could meet."""
        if self.status not in get_args(Status):
            raise ValueError(f"preset '{self.name}': status {self.status!r} is unknown")
        if not self.formats or not set(self.formats) <= set(FORMATS):
            raise ValueError(f"preset '{self.name}': formats must be some of {', '.join(FORMATS)}")

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


@cache
def presets() -> dict[str, Preset]:
    """Every preset by name."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {name: _preset(name, table) for name, table in tables.items()}


def preset(name: str) -> Preset:
    """Return one preset.

    Raises
    ------
    PresetNotFound
    """
    known = presets()
    if name not in known:
        raise PresetNotFound(name=name, known=known)
    return known[name]


def _preset(name: str, table: Mapping[str, object]) -> Preset:
    values = {key: _value(value) for key, value in table.items()}
    canonical = json.dumps(table, sort_keys=True)
    revision = hashlib.sha256(canonical.encode()).hexdigest()[:12]
    return Preset(name=name, revision=revision, **values)  # type: ignore[arg-type]


def _value(value: object) -> object:
    if isinstance(value, dict):
        return Bound(**value)
    return tuple(value) if isinstance(value, list) else value
