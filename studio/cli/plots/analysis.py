"""The picture of an analysis: each variant's rate, its lift as the days went by, and by segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from abtest import Analysis, Direction, Metric, VariantAnalysis
from studio.cli.findings import PER, amount, verdict_sentence
from studio.cli.plots.canvas import Canvas
from studio.cli.plots.course import Course, CoursePanel
from studio.cli.plots.interval_rows import (
    AXIS,
    GREY,
    HEADING,
    LEFT,
    MARGIN,
    ROW,
    WIDTH,
    Row,
    axis,
    heading,
    intervals,
    span,
)
from studio.web.palette import variant_colours
from studio.web.svg import fitted, wrapped
from studio.web.wording import percent, signed_percent

_LINE: Final = 22.0
_MOST_SEGMENTS: Final = 12

Colours = Mapping[str, str]


class _Panel(Protocol):
    """A part of the picture; one of no height is left out."""

    @property
    def height(self) -> float:
        """Length in px."""

    def draw(self, canvas: Canvas, top: float) -> None:
        """Draw it below `top`."""


def save_plot(path: Path, analysis: Analysis, course: Sequence[Course], *, label: str = "") -> None:
    """Draw an analysis into a .svg or .png file; `label` comes before its verdict.

    Raises
    ------
    OutputUnwritable
    """
    canvas = drawn(analysis, course, label=label)
    canvas.save(path, title=label + verdict_sentence(analysis.verdict))


def drawn(analysis: Analysis, course: Sequence[Course], *, label: str = "") -> Canvas:
    """The picture of an analysis."""
    shown = [one for one in analysis.overall.variants if one.rate is not None]
    colours = variant_colours([one.variant for one in analysis.overall.variants])
    segments = [name for name, group in analysis.segments.items() if _lift_rows(group.variants, {})]
    panels: list[_Panel] = [
        _RatePanel(
            rows=_rate_rows(shown, colours), metric=analysis.metric, direction=analysis.direction
        ),
        CoursePanel(
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


def _amount(value: float, *, metric: Metric) -> str:
    return amount(value, metric) if metric == "value_per_impression" else percent(value)
