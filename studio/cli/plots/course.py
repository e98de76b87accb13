"""How the lifts of a test stood as its days went by, and the picture of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from abtest import AnalysisOptions, Counts, Direction, Lift, analyse
from studio.cli.plots.canvas import Canvas
from studio.cli.plots.interval_rows import AXIS, GREY, GRID, HEADING, LEFT, RIGHT, WIDTH, heading
from studio.web.svg import Scale, fitted, spread
from studio.web.wording import signed_percent

_HEIGHT_PX: Final = 220.0
_MOST_POINTS: Final = 24
"""Days that the course is drawn at: each is an analysis of its own."""
_MOST_BANDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The lifts at the end of a period, of each variant that has one by then."""

    period: str
    lifts: Mapping[str, Lift]


def course_of(counts: Counts, options: AnalysisOptions) -> tuple[Course, ...]:
    """The lifts as they stood at the end of some of the periods, evenly spread."""
    number = len(counts.periods)
    ends = sorted({round((i + 1) * number / _MOST_POINTS) for i in range(_MOST_POINTS)} - {0})
    return tuple(_course_until(counts, options, end) for end in ends if end <= number)


def _course_until(counts: Counts, options: AnalysisOptions, end: int) -> Course:
    periods = counts.periods[:end]
    known = {period.id for period in periods}
    cells = {key: cell for key, cell in counts.cells.items() if key[2] in known}
    found = analyse(replace(counts, periods=periods, cells=cells), options=options)
    return Course(
        period=periods[-1].id,
        lifts={
            one.variant: one.lift
            for one in found.overall.variants
            if one.lift is not None and one.impressions > 0
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePanel:
    """Lifts by day, each with a band of 95%."""

    course: Sequence[Course]
    colours: Mapping[str, str]
    control: str
    direction: Direction

    @property
    def height(self) -> float:
        """Length in px; 0 where there are not two days to draw a line between."""
        drawable = sum(bool(point.lifts) for point in self.course) > 1
        return HEADING + _HEIGHT_PX + AXIS + 8.0 if drawable else 0.0

    def draw(self, canvas: Canvas, top: float) -> None:
        """Draw it below `top`."""
        heading(canvas, f"lift over {self.control}, as it was known day by day", top)
        top += HEADING
        last = self.course[-1].lifts
        scale = self._scale(top)
        for tick in scale.ticks(6):
            y = scale(tick)
            colour = GREY if abs(tick) < 1e-12 else GRID
            canvas.line([(LEFT, y), (RIGHT, y)], colour, width=1.0)
            canvas.words(signed_percent(tick), (LEFT - 8, y + 4), colour=GREY, size_px=11.0,
                         anchor="end")  # fmt: skip
        for name in self._banded:
            self._band(canvas, name, scale)
        for name in last:
            self._line(canvas, name, scale)
        ends = spread(
            [scale(lift.shrunken) + 4 for lift in last.values()],
            gap=14.0, low=top + 8, high=top + _HEIGHT_PX,
        )  # fmt: skip
        for name, y in zip(last, ends, strict=True):
            text = fitted(name, WIDTH - RIGHT - 14, size_px=12.0)
            canvas.words(text, (RIGHT + 8, y), colour=self.colours[name])
        foot = top + _HEIGHT_PX + 20.0
        canvas.words(self.course[0].period, (LEFT, foot), colour=GREY, size_px=11.0)
        canvas.words(self.course[-1].period, (RIGHT, foot), colour=GREY, size_px=11.0,
                     anchor="end")  # fmt: skip

    @property
    def _banded(self) -> tuple[str, ...]:
        """Whose bands are drawn: of many, only the best one's; others would be mud."""
        last = self.course[-1].lifts
        if len(last) <= _MOST_BANDS:
            return tuple(last)
        best = max if self.direction == "higher" else min
        return (best(last, key=lambda name: last[name].shrunken),)

    def _scale(self, top: float) -> Scale:
        """Wide enough for all lines, and for bands of the later half: the first are too wide."""
        later = self.course[len(self.course) // 2 :]
        ends = [
            end
            for point in later
            for name, lift in point.lifts.items()
            for end in (lift.interval if name in self._banded else (lift.shrunken,))
        ]
        ends += [lift.shrunken for point in self.course for lift in point.lifts.values()]
        low, high = min(*ends, 0.0), max(*ends, 0.0)
        room = 0.06 * (high - low) or 0.01
        return Scale(low=low - room, high=high + room, start=top + _HEIGHT_PX, end=top)

    def _points(self, name: str) -> list[tuple[float, Lift]]:
        step = (RIGHT - LEFT) / max(len(self.course) - 1, 1)
        return [
            (LEFT + i * step, point.lifts[name])
            for i, point in enumerate(self.course)
            if name in point.lifts
        ]

    def _band(self, canvas: Canvas, name: str, scale: Scale) -> None:
        points = self._points(name)
        above = [(x, scale(lift.interval[1])) for x, lift in points]
        below = [(x, scale(lift.interval[0])) for x, lift in reversed(points)]
        if len(points) > 1:
            canvas.area([*above, *below], self.colours[name], opacity=0.13)

    def _line(self, canvas: Canvas, name: str, scale: Scale) -> None:
        points = [(x, scale(lift.shrunken)) for x, lift in self._points(name)]
        if len(points) > 1:
            canvas.line(points, self.colours[name], width=2.0)
