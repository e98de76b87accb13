"""The picture of a plan: what share of such tests has come to an answer by each day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from abtest import Forecast
from studio.cli.plots.canvas import Canvas, Point
from studio.cli.plots.interval_rows import AXIS, GREY, GRID, HEADING, MARGIN, WIDTH, heading
from studio.web.svg import Scale, spread, wrapped

_LEFT, _RIGHT = 70.0, 560.0
_HIGH_PX: Final = 240.0
_LINE: Final = 22.0
_PROMOTED, _SAME = "#2f7d5b", "#8a94a6"


def save_forecast(path: Path, forecast: Forecast, *, title: str) -> None:
    """Draw a forecast into a .svg or .png file.

    Raises
    ------
    OutputUnwritable
    """
    forecast_canvas(forecast, title=title).save(path, title=title)


def forecast_canvas(forecast: Forecast, *, title: str) -> Canvas:
    """Two areas above each other, a promotion and no difference; what is left is undecided."""
    lines = wrapped(title, WIDTH - 2 * MARGIN, size_px=16.0)
    top = 34.0 + _LINE * len(lines) + HEADING
    canvas = Canvas(width=WIDTH, height=top + _HIGH_PX + AXIS + MARGIN)
    for number, line in enumerate(lines):
        canvas.words(line, (MARGIN, 34.0 + _LINE * number), size_px=16.0)
    told = f"share of {forecast.runs:,} simulated tests that had come to an answer by each day"
    heading(canvas, told, top - HEADING)
    shares = Scale(low=0.0, high=1.0, start=top + _HIGH_PX, end=top)
    days = Scale(low=0.0, high=float(forecast.expectation.max_days), start=_LEFT, end=_RIGHT)
    promoted = _steps(forecast.promoted_by, days, shares)
    decided = _steps(forecast.decided_by, days, shares)
    floor = [(_RIGHT, shares(0.0)), (_LEFT, shares(0.0))]
    canvas.area([*decided, *reversed(promoted)], _SAME, opacity=0.55)
    canvas.area([*promoted, *floor], _PROMOTED, opacity=0.75)
    _frame(canvas, days, shares)
    if forecast.days is not None:
        x = days(forecast.days)
        canvas.line([(x, shares(0.0)), (x, shares(0.5))], "#1c1c1c", width=1.5)
        canvas.dot((x, shares(0.5)), "#1c1c1c", radius=4.0)
        # Left of it no more than half is filled.
        canvas.words(f"half by day {forecast.days:.0f}", (x - 8, shares(0.5) - 8), anchor="end")
    _name_areas(canvas, forecast, shares)
    return canvas


def _steps(shares: Sequence[float], days: Scale, up: Scale) -> list[Point]:
    """A share holds from the end of its day to the end of the next."""
    points: list[Point] = [(days(0.0), up(0.0))]
    for day, share in enumerate(shares, start=1):
        points += [(days(float(day)), points[-1][1]), (days(float(day)), up(share))]
    return points


def _frame(canvas: Canvas, days: Scale, shares: Scale) -> None:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = shares(share)
        canvas.line([(_LEFT, y), (_RIGHT, y)], GREY if share == 0.0 else GRID, width=1.0)
        canvas.words(f"{share:.0%}", (_LEFT - 8, y + 4), colour=GREY, size_px=11.0, anchor="end")
    foot = shares(0.0) + 16.0
    for day in days.ticks(8):
        canvas.words(f"{day:g}", (days(day), foot), colour=GREY, size_px=11.0, anchor="middle")
    canvas.words("days", (_RIGHT + 12, foot), colour=GREY, size_px=11.0)


def _name_areas(canvas: Canvas, forecast: Forecast, shares: Scale) -> None:
    named = [
        ("an image promoted", forecast.promoted, _PROMOTED, forecast.promoted / 2),
        (
            "no difference that matters",
            forecast.no_difference,
            _SAME,
            forecast.promoted + forecast.no_difference / 2,
        ),
        ("undecided", forecast.undecided, GREY, 1.0 - forecast.undecided / 2),
    ]
    heights = spread(
        [shares(middle) + 4 for *_, middle in named],
        gap=16.0, low=shares(1.0) + 8, high=shares(0.0),
    )  # fmt: skip
    for (words, share, colour, _), y in zip(named, heights, strict=True):
        canvas.words(f"{share:.0%} {words}", (_RIGHT + 12, y), colour=colour)
