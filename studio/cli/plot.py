"""The picture of an analysis: each variant's rate, its lift as the days went by, and by segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from abtest import (
    Analysis,
    AnalysisOptions,
    Counts,
    Direction,
    Lift,
    Metric,
    VariantAnalysis,
    analyse,
)
from studio.cli.canvas import Canvas
from studio.cli.findings import PER, amount, verdict_sentence
from studio.cli.interval_rows import (
    AXIS,
    GREY,
    GRID,
    HEADING,
    LEFT,
    MARGIN,
    RIGHT,
    ROW,
    WIDTH,
    Row,
    axis,
    heading,
    intervals,
    span,
)
from studio.web.palette import variant_colours
from studio.web.svg import Scale, fitted, spread, wrapped
from studio.web.wording import percent, signed_percent

_LINE: Final = 22.0
_COURSE_PX: Final = 220.0
_MOST_POINTS: Final = 24
"""Days that the course is drawn at: each is an analysis of its own."""
_MOST_SEGMENTS: Final = 12
_MOST_BANDS: Final = 3

Colours = Mapping[str, str]


class _Panel(Protocol):
    """A part of the picture; one of no height is left out."""

    @property
    def height(self) -> float:
        """Length in px."""

    def draw(self, canvas: Canvas, top: float) -> None:
        """Draw it below `top`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The lifts at the end of a period, of each variant that has one by then."""

    period: str
    lifts: Mapping[str, Lift]


def save_plot(path: Path, analysis: Analysis, course: Sequence[Course], *, label: str = "") -> None:
    """Draw an analysis into a .svg or .png file; `label` comes before its verdict.

    Raises
    ------
    OutputUnwritable
    """
    canvas = drawn(analysis, course, label=label)
    canvas.save(path, title=label + verdict_sentence(analysis.verdict))


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


def drawn(analysis: Analysis, course: Sequence[Course], *, label: str = "") -> Canvas:
    """The picture of an analysis."""
    shown = [one for one in analysis.overall.variants if one.rate is not None]
    colours = variant_colours([one.variant for one in analysis.overall.variants])
    segments = [name for name, group in analysis.segments.items() if _lift_rows(group.variants, {})]
    panels: list[_Panel] = [
        _RatePanel(
            rows=_rate_rows(shown, colours), metric=analysis.metric, direction=analysis.direction
        ),
        _CoursePanel(
            course=course,
            colours=colours,
            control=analysis.control,
            direction=analysis.direction,
        ),
        _LiftPanel(
            segments={
                name: _lift_rows(analysis.segments[name].variants, colours)
                for name in segments[:_MOST_SEGMENTS]
            }
        ),
    ]
    sentence = label + verdict_sentence(analysis.verdict)
    title = wrapped(sentence, WIDTH - 2 * MARGIN, size_px=16.0)
    top = 34.0 + _LINE * len(title)
    canvas = Canvas(width=WIDTH, height=top + sum(panel.height for panel in panels) + MARGIN)
    for number, line in enumerate(title):
        canvas.words(line, (MARGIN, 34.0 + _LINE * number), size_px=16.0)
    for panel in panels:
        if panel.height:
            panel.draw(canvas, top)
        top += panel.height
    return canvas


def _rate_rows(variants: Sequence[VariantAnalysis], colours: Colours) -> tuple[Row, ...]:
    return tuple(
        Row(
            name=one.variant,
            colour=colours[one.variant],
            low=one.credible_interval[0],
            middle=one.mean,
            high=one.credible_interval[1],
        )
        for one in variants
    )


def _lift_rows(variants: Sequence[VariantAnalysis], colours: Colours) -> tuple[Row, ...]:
    return tuple(
        Row(
            name=one.variant,
            colour=colours.get(one.variant, GREY),
            low=one.lift.interval[0],
            middle=one.lift.shrunken,
            high=one.lift.interval[1],
        )
        for one in variants
        if one.lift is not None and one.impressions > 0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _RatePanel:
    """Each variant's rate with its interval."""

    rows: tuple[Row, ...]
    metric: Metric
    direction: Direction

    @property
    def height(self) -> float:
        return HEADING + len(self.rows) * ROW + AXIS if self.rows else 0.0

    def draw(self, canvas: Canvas, top: float) -> None:
        what = f"value per {PER} impressions" if self.metric == "value_per_impression" else "rate"
        if self.direction == "lower":
            what += " (lower is better)"
        heading(canvas, f"estimated {what}, and where it lies with a probability of 95%", top)
        scale = span(self.rows)
        foot = top + HEADING + len(self.rows) * ROW
        form = partial(_amount, metric=self.metric)
        axis(canvas, scale, top + HEADING, foot, form=form)
        intervals(canvas, self.rows, top + HEADING, scale, form=form)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LiftPanel:
    """The lifts in each segment, on one scale."""

    segments: Mapping[str, tuple[Row, ...]]

    @property
    def height(self) -> float:
        rows = sum(len(rows) for rows in self.segments.values())
        return HEADING + len(self.segments) * ROW + rows * ROW + AXIS if rows else 0.0

    def draw(self, canvas: Canvas, top: float) -> None:
        heading(canvas, "lift over the control in each segment", top)
        scale = span([row for rows in self.segments.values() for row in rows], zero=True)
        axis(canvas, scale, top + HEADING, top + self.height - AXIS, form=signed_percent)
        y = top + HEADING
        for name, rows in self.segments.items():
            canvas.words(fitted(name, LEFT - MARGIN - 12), (MARGIN, y + ROW / 2 + 4))
            intervals(canvas, rows, y + ROW, scale, form=signed_percent)
            y += (len(rows) + 1) * ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class _CoursePanel:
    """Lifts by day, each with a band of 95%."""

    course: Sequence[Course]
    colours: Colours
    control: str
    direction: Direction

    @property
    def height(self) -> float:
        drawable = sum(bool(point.lifts) for point in self.course) > 1
        return HEADING + _COURSE_PX + AXIS + 8.0 if drawable else 0.0

    def draw(self, canvas: Canvas, top: float) -> None:
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
            gap=14.0, low=top + 8, high=top + _COURSE_PX,
        )  # fmt: skip
        for name, y in zip(last, ends, strict=True):
            text = fitted(name, WIDTH - RIGHT - 14, size_px=12.0)
            canvas.words(text, (RIGHT + 8, y), colour=self.colours[name])
        foot = top + _COURSE_PX + 20.0
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
        return Scale(low=low - room, high=high + room, start=top + _COURSE_PX, end=top)

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


def _amount(value: float, *, metric: Metric) -> str:
    return amount(value, metric) if metric == "value_per_impression" else percent(value)
