"""The picture of suggestions: what each choice is worth, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from abtest import Suggestion
from studio.cli.plots.canvas import Canvas
from studio.cli.plots.interval_rows import (
    AXIS,
    GREY,
    HEADING,
    MARGIN,
    ROW,
    WIDTH,
    Row,
    axis,
    heading,
    intervals,
    span,
)
from studio.web.svg import wrapped
from studio.web.wording import signed_percent

_LINE: Final = 22.0
_TRIED: Final = "#2f5d8a"


def save_suggestions(path: Path, found: Sequence[Suggestion], *, title: str) -> None:
    """Draw suggestions into a .svg or .png file, in their order.

    Raises
    ------
    OutputUnwritable
    """
    suggestions_canvas(found, title=title).save(path, title=title)


def suggestions_canvas(found: Sequence[Suggestion], *, title: str) -> Canvas:
    """One row for each choice; those that no test has compared are grey."""
    lines = wrapped(title, WIDTH - 2 * MARGIN, size_px=16.0)
    top = 34.0 + _LINE * len(lines) + HEADING
    foot = top + ROW * len(found)
    canvas = Canvas(width=WIDTH, height=foot + AXIS + MARGIN)
    for number, line in enumerate(lines):
        canvas.words(line, (MARGIN, 34.0 + _LINE * number), size_px=16.0)
    heading(
        canvas, "clicks against the average choice, and where that lies with 95%", top - HEADING
    )
    features = {one.feature for one in found}
    rows = [
        Row(
            name=one.word if len(features) == 1 else f"{one.feature} {one.word}",
            colour=_TRIED if one.tests else GREY,
            low=one.interval[0],
            middle=one.effect,
            high=one.interval[1],
        )
        for one in found
    ]
    scale = span(rows, zero=True)
    axis(canvas, scale, top, foot, form=signed_percent)
    intervals(canvas, rows, top, scale, form=signed_percent)
    return canvas
