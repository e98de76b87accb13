"""The picture of an analysis: each variant's rate, its lift as the days went by, and by segment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from studio.services.errors import OutputUnwritable
from studio.web.palette import variant_colours
from studio.web.svg import Scale, fitted, spread, wrapped
from studio.web.wording import percent, signed_percent

_WIDTH: Final = 760.0
_MARGIN: Final = 24.0
_LEFT, _RIGHT = 170.0, 640.0
_GREY, _GRID = "#6b6b6b", "#e4e4e4"
_ROW, _HEADING, _AXIS, _LINE = 26.0, 34.0, 34.0, 22.0
_COURSE_PX: Final = 220.0
_MOST_POINTS: Final = 24
"""Days that the course is drawn at: each is an analysis of its own."""
_MOST_SEGMENTS: Final = 12
_MOST_BANDS: Final = 3

Format = Callable[[float], str]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """An interval to be drawn, with its middle and its name."""

    name: str
    colour: str
    low: float
    middle: float
    high: float


def save_plot(path: Path, analysis: Analysis, course: Sequence[Course], *, label: str = "") -> None:
    """Draw an analysis into a .svg or .png file; `label` comes before its verdict.

    Raises
    ------
    OutputUnwritable
    """
    canvas = drawn(analysis, course, label=label)
    try:
        canvas.save(path, title=label + verdict_sentence(analysis.verdict))
    except OSError as fault:
        raise OutputUnwritable(path=str(path), why=fault.strerror or "no such format") from fault


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
    title = wrapped(sentence, _WIDTH - 2 * _MARGIN, size_px=16.0)
    top = 34.0 + _LINE * len(title)
    canvas = Canvas(width=_WIDTH, height=top + sum(panel.height for panel in panels) + _MARGIN)
    for number, line in enumerate(title):
        canvas.words(line, (_MARGIN, 34.0 + _LINE * number), size_px=16.0)
    for panel in panels:
        if panel.height:
            panel.draw(canvas, top)
        top += panel.height
    return canvas


def _rate_rows(variants: Sequence[VariantAnalysis], colours: Colours) -> tuple[_Row, ...]:
    return tuple(
        _Row(
            name=one.variant,
            colour=colours[one.variant],
            low=one.credible_interval[0],
            middle=one.mean,
            high=one.credible_interval[1],
        )
        for one in variants
    )


def _lift_rows(variants: Sequence[VariantAnalysis], colours: Colours) -> tuple[_Row, ...]:
    return tuple(
        _Row(
            name=one.variant,
            colour=colours.get(one.variant, _GREY),
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

    rows: tuple[_Row, ...]
    metric: Metric
    direction: Direction

    @property
    def height(self) -> float:
        return _HEADING + len(self.rows) * _ROW + _AXIS if self.rows else 0.0

    def draw(self, canvas: Canvas, top: float) -> None:
        what = f"value per {PER} impressions" if self.metric == "value_per_impression" else "rate"
        if self.direction == "lower":
            what += " (lower is better)"
        _heading(canvas, f"estimated {what}, and where it lies with a probability of 95%", top)
        scale = _span(self.rows)
        foot = top + _HEADING + len(self.rows) * _ROW
        form = partial(_amount, metric=self.metric)
        _axis(canvas, scale, top + _HEADING, foot, form=form)
        _intervals(canvas, self.rows, top + _HEADING, scale, form=form)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LiftPanel:
    """The lifts in each segment, on one scale."""

    segments: Mapping[str, tuple[_Row, ...]]

    @property
    def height(self) -> float:
        rows = sum(len(rows) for rows in self.segments.values())
        return _HEADING + len(self.segments) * _ROW + rows * _ROW + _AXIS if rows else 0.0

    def draw(self, canvas: Canvas, top: float) -> None:
        _heading(canvas, "lift over the control in each segment", top)
        scale = _span([row for rows in self.segments.values() for row in rows], zero=True)
        _axis(canvas, scale, top + _HEADING, top + self.height - _AXIS, form=signed_percent)
        y = top + _HEADING
        for name, rows in self.segments.items():
            canvas.words(fitted(name, _LEFT - _MARGIN - 12), (_MARGIN, y + _ROW / 2 + 4))
            _intervals(canvas, rows, y + _ROW, scale, form=signed_percent)
            y += (len(rows) + 1) * _ROW


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
        return _HEADING + _COURSE_PX + _AXIS + 8.0 if drawable else 0.0

    def draw(self, canvas: Canvas, top: float) -> None:
        _heading(canvas, f"lift over {self.control}, as it was known day by day", top)
        top += _HEADING
        last = self.course[-1].lifts
        scale = self._scale(top)
        for tick in scale.ticks(6):
            y = scale(tick)
            colour = _GREY if abs(tick) < 1e-12 else _GRID
            canvas.line([(_LEFT, y), (_RIGHT, y)], colour, width=1.0)
            canvas.words(signed_percent(tick), (_LEFT - 8, y + 4), colour=_GREY, size_px=11.0,
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
            text = fitted(name, _WIDTH - _RIGHT - 14, size_px=12.0)
            canvas.words(text, (_RIGHT + 8, y), colour=self.colours[name])
        foot = top + _COURSE_PX + 20.0
        canvas.words(self.course[0].period, (_LEFT, foot), colour=_GREY, size_px=11.0)
        canvas.words(self.course[-1].period, (_RIGHT, foot), colour=_GREY, size_px=11.0,
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
        step = (_RIGHT - _LEFT) / max(len(self.course) - 1, 1)
        return [
            (_LEFT + i * step, point.lifts[name])
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


def _heading(canvas: Canvas, text: str, top: float) -> None:
    canvas.words(fitted(text, _WIDTH - 2 * _MARGIN), (_MARGIN, top + 18.0), colour=_GREY)


def _span(rows: Sequence[_Row], *, zero: bool = False) -> Scale:
    """Wide enough for all intervals, and for zero if it means something."""
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = 0.04 * (high - low) or 0.01
    return Scale(low=low - room, high=high + room, start=_LEFT, end=_RIGHT)


def _axis(canvas: Canvas, scale: Scale, top: float, foot: float, *, form: Format) -> None:
    for tick in scale.ticks(6):
        x = scale(tick)
        colour = _GREY if scale.low < 0 and abs(tick) < 1e-12 else _GRID
        canvas.line([(x, top), (x, foot)], colour, width=1.0)
        canvas.words(form(round(tick, 12)), (x, foot + 16), colour=_GREY, size_px=11.0,
                     anchor="middle")  # fmt: skip


def _intervals(
    canvas: Canvas, rows: Sequence[_Row], top: float, scale: Scale, *, form: Format
) -> None:
    for i, row in enumerate(rows):
        y = top + (i + 0.5) * _ROW
        canvas.words(fitted(row.name, _LEFT - _MARGIN - 12), (_LEFT - 12, y + 4), anchor="end")
        canvas.line([(scale(row.low), y), (scale(row.high), y)], row.colour, width=5.0)
        canvas.dot((scale(row.middle), y), row.colour)
        canvas.words(form(row.middle), (_RIGHT + 8, y + 4), colour=row.colour)
