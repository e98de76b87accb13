"""The little of SVG that the charts need: elements, scales, ticks and text that fits."""

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDE_EM, _NARROW_EM = 1.0, 0.56
"""Advance of a Chinese character and, roughly, of a Latin one, in em."""


def element(tag: str, *children: str, **attributes: object) -> Markup:
    """An element; `stroke_width` becomes `stroke-width`, everything is escaped.

    >>> print(element("text", "a < b", x=1.25, text_anchor="end"))
    <text x="1.25" text-anchor="end">a &lt; b</text>
    """
    pairs = (
        f' {name.rstrip("_").replace("_", "-")}="{escape(_attribute(value))}"'
        for name, value in attributes.items()
    )
    inner = Markup("").join(children)
    return Markup(f"<{tag}{''.join(pairs)}>{inner}</{tag}>")  # noqa: S704 (both parts are escaped)


def _attribute(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def drawing(width: float, height: float, label: str, *children: str) -> Markup:
    """A picture that scales with its container, with a name for those who cannot see it."""
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
        class_="chart",
    )


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """Path data through points."""
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def fitted(text: str, width_px: float, *, size_px: float = 12.0) -> str:
    """Text cut with an ellipsis to about `width_px`.

    >>> fitted("Light luxury marble", 60), fitted("浅色奢华大理石台面", 60), fitted("Wood", 60)
    ('Light l…', '浅色奢华…', 'Wood')
    """
    if _width(text, size_px) <= width_px:
        return text
    while text and _width(text + "…", size_px) > width_px:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, width_px: float, *, size_px: float = 12.0) -> tuple[str, ...]:
    """Text in lines of about `width_px`, broken between words; a longer word is cut.

    >>> wrapped("Promote oak: every condition is met.", 120)
    ('Promote oak:', 'every condition', 'is met.')
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, size_px) <= width_px:
            lines[-1] = longer
        else:
            lines.append(fitted(word, width_px, size_px=size_px))
    return tuple(lines)


def _width(text: str, size_px: float) -> float:
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return size_px * (wide * _WIDE_EM + (len(text) - wide) * _NARROW_EM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing with its heading and what it is drawn from."""

    title: str
    note: str
    svg: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A linear map from values between `low` and `high` to px between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def __post_init__(self) -> None:
        if not self.high > self.low:
            raise ValueError(f"a scale from {self.low} to {self.high} has no length")

    def __call__(self, value: float) -> float:
        """The place of a value, px; values outside stay on the edge."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * min(max(share, 0.0), 1.0)

    def ticks(self, at_most: int) -> list[float]:
        """Round values inside the scale, 1, 2 or 5 times a power of ten apart.

        >>> [round(tick, 3) for tick in Scale(low=0.031, high=0.072, start=0, end=1).ticks(5)]
        [0.04, 0.05, 0.06, 0.07]
        """
        rough = (self.high - self.low) / at_most
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def spread(places: list[float], *, gap: float, low: float, high: float) -> list[float]:
    """Places of labels moved apart to at least `gap`, in their order, inside `low` to `high`.

    >>> spread([10.0, 12.0, 50.0], gap=12, low=0, high=60)
    [10.0, 22.0, 50.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    floor = low
    for i in order:
        moved[i] = max(moved[i], floor)
        floor = moved[i] + gap
    ceiling = high
    for i in reversed(order):
        moved[i] = min(moved[i], ceiling)
        ceiling = moved[i] - gap
    return moved
