"""Styles of lettering as data (``styles.toml``)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.lettering.typeset import Style
from pipelines.spec.overlay import BadgeShape

_FILE = Path(__file__).with_name("styles.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Smallest and largest size of an element, shares of the frame's shorter side."""

    least: float
    most: float

    def __post_init__(self) -> None:
        """Refuse sizes that no frame has."""
        if not 0 < self.least <= self.most < 1:
            raise ValueError(f"sizes {self.least:g} to {self.most:g} are no range inside a frame")

    def steps(self, shorter_px: int, count: int) -> tuple[float, ...]:
        """Sizes in px from the largest to the smallest."""
        step = (self.most - self.least) / (count - 1)
        return tuple((self.most - step * n) * shorter_px for n in range(count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Headline and selling points; lengths in ems."""

    headline: Style
    headline_size: Range
    points: Style
    points_size: Range
    alone_size: Range
    of_headline: float
    gap: float
    mark: float
    bar_width: float
    bar_height: float
    bar_above: float
    bar_below: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A badge's shape: `size` is a diameter for round ones, an em for the others."""

    shape: BadgeShape
    text: Style
    small: float
    size: Range
    inset: float = 0.0
    ring: float = 0.0
    pad_x: float = 0.0
    pad_y: float = 0.0
    tail: float = 0.0


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def copy_style() -> Copy:
    """How headline and points are set."""
    headline, points, bar = (_table()[name] for name in ("headline", "points", "bar"))
    return Copy(
        headline=_style(headline),
        headline_size=_range(headline),
        points=_style(points),
        points_size=_range(points),
        alone_size=Range(least=points["least"], most=points["most_alone"]),
        of_headline=points["of_headline"],
        gap=points["gap"],
        mark=points["mark"],
        **{f"bar_{key}": value for key, value in bar.items()},
    )


@cache
def badge_style(shape: BadgeShape) -> Badge:
    """How a badge of a shape is drawn."""
    every = _table()["badge"]
    own = dict(every[shape])
    size = Range(least=own.pop("least"), most=own.pop("most"))
    return Badge(shape=shape, text=_style(every), small=every["small"], size=size, **own)


@cache
def label_style() -> tuple[Style, float]:
    """How the visible label is set, and the height of its characters over the shorter side."""
    return _style(_table()["label"]), float(_table()["label"]["least"])


def _style(table: dict[str, Any]) -> Style:
    return Style(
        weight=table["weight"],
        heading=table.get("heading", False),
        leading=table.get("leading", 1.3),
        tracking=table.get("tracking", 0.0),
    )


def _range(table: dict[str, Any]) -> Range:
    return Range(least=table["least"], most=table["most"])
