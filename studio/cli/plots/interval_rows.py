"""Rows of intervals on one scale, as pictures of several commands show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from studio.cli.plots.canvas import Canvas
from studio.web.svg import Scale, fitted

WIDTH: Final = 760.0
MARGIN: Final = 24.0
LEFT, RIGHT = 170.0, 640.0
GREY, GRID = "#6b6b6b", "#e4e4e4"
ROW, HEADING, AXIS = 26.0, 34.0, 34.0

Format = Callable[[float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An interval to be drawn, with its middle and its name."""

    name: str
    colour: str
    low: float
    middle: float
    high: float


def heading(canvas: Canvas, text: str, top: float) -> None:
    """What a part of the picture shows."""
    canvas.words(fitted(text, WIDTH - 2 * MARGIN), (MARGIN, top + 18.0), colour=GREY)


def span(rows: Sequence[Row], *, zero: bool = False) -> Scale:
    """Wide enough for all intervals, and for zero if it means something."""
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = 0.04 * (high - low) or 0.01
    return Scale(low=low - room, high=high + room, start=LEFT, end=RIGHT)


def axis(canvas: Canvas, scale: Scale, top: float, foot: float, *, form: Format) -> None:
    """Upright lines with their numbers below."""
    for tick in scale.ticks(6):
        x = scale(tick)
        colour = GREY if scale.low < 0 and abs(tick) < 1e-12 else GRID
        canvas.line([(x, top), (x, foot)], colour, width=1.0)
        canvas.words(form(round(tick, 12)), (x, foot + 16), colour=GREY, size_px=11.0,
                     anchor="middle")  # fmt: skip


def intervals(
    canvas: Canvas, rows: Sequence[Row], top: float, scale: Scale, *, form: Format
) -> None:
    """One row for each: its name, its interval with the middle, its number."""
    for i, row in enumerate(rows):
        y = top + (i + 0.5) * ROW
        canvas.words(fitted(row.name, LEFT - MARGIN - 12), (LEFT - 12, y + 4), anchor="end")
        canvas.line([(scale(row.low), y), (scale(row.high), y)], row.colour, width=5.0)
        canvas.dot((scale(row.middle), y), row.colour)
        canvas.words(form(row.middle), (RIGHT + 8, y + 4), colour=row.colour)
