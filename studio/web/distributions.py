"""Charts along the click rate: what a test believes of each image, and what was hidden from it."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from abtest import Beta, posterior_density
from studio.web.svg import Scale, drawing, element, fitted, polyline
from studio.web.wording import percent

WIDTH = 360.0
_EDGE = 2.0
_LABEL_PX = 12.0
_RIGHT_PX = 112.0
"""Room for the text at a row's right end."""
_CURVE_TOP, _CURVE_FOOT, _RIDGE_ROW = 20.0, 54.0, 64.0
_TRUTH_ROW = 42.0
_AXIS = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One image in a chart.

    Attributes
    ----------
    note
        Text at the row's right end.
    strong
        Whether the row stands out.
    truth
        Hidden rate, where it is told.
    """

    title: str
    colour: str
    posterior: Beta
    note: str
    strong: bool = False
    interval: tuple[float, float] = (0.0, 0.0)
    truth: float | None = None


def common_span(posteriors: Sequence[Beta], rates: Sequence[float] = ()) -> tuple[float, float]:
    """A range of rates that shows all posteriors, 3.5 deviations each way, and all `rates`."""
    low = min([p.mean - 3.5 * p.sd for p in posteriors] + [*rates])
    high = max([p.mean + 3.5 * p.sd for p in posteriors] + [*rates])
    room = 0.03 * (high - low)
    return max(low - room, 0.0), min(high + room, 1.0)


def ridges(rows: Sequence[Row], *, span: tuple[float, float], label: str) -> Markup:
    """Posterior curves, one under the other; their areas are equal, so a narrow one is tall."""
    scale = Scale(low=span[0], high=span[1], start=_EDGE, end=WIDTH - _EDGE)
    inside = (max(span[0], 1e-9), min(span[1], 1.0 - 1e-9))
    curves = [posterior_density(row.posterior, points=181, span=inside) for row in rows]
    top = max(float(curve.density.max()) for curve in curves)
    parts: list[Markup] = []
    for i, (row, curve) in enumerate(zip(rows, curves, strict=True)):
        foot = i * _RIDGE_ROW + _CURVE_FOOT
        rise = (_CURVE_FOOT - _CURVE_TOP) / top
        points = [
            (scale(float(x)), foot - rise * float(y))
            for x, y in zip(curve.rate, curve.density, strict=True)
        ]
        line = polyline(points)
        parts += [
            element("path", d=f"{line}L{points[-1][0]:.1f},{foot}L{points[0][0]:.1f},{foot}Z",
                    fill=row.colour, fill_opacity=0.3 if row.strong else 0.13),
            element("path", d=line, fill="none", stroke=row.colour,
                    stroke_width=2.25 if row.strong else 1.5, stroke_linejoin="round"),
            element("line", x1=0, x2=WIDTH, y1=foot, y2=foot, class_="base"),
            *_row_text(row, i * _RIDGE_ROW + _LABEL_PX),
        ]  # fmt: skip
    height = len(rows) * _RIDGE_ROW
    return drawing(WIDTH, height + _AXIS, label, *_axis(scale, height - 10.0), *parts)


def beliefs_and_truth(rows: Sequence[Row], *, span: tuple[float, float], label: str) -> Markup:
    """For each image the interval that the test believes, and a diamond at the hidden rate."""
    scale = Scale(low=span[0], high=span[1], start=_EDGE + 6, end=WIDTH - _EDGE - 6)
    parts: list[Markup] = []
    for i, row in enumerate(rows):
        y = i * _TRUTH_ROW + 27.0
        low, high = (scale(bound) for bound in row.interval)
        parts += [
            element("line", x1=low, x2=high, y1=y, y2=y, stroke=row.colour, stroke_width=4,
                    stroke_linecap="round", stroke_opacity=0.45),
            element("circle", cx=scale(row.posterior.mean), cy=y, r=4.5, fill=row.colour),
            *_row_text(row, i * _TRUTH_ROW + _LABEL_PX),
        ]  # fmt: skip
        if row.truth is not None:
            x = scale(row.truth)
            diamond = f"M{x:.1f},{y - 7:.1f}l6,7l-6,7l-6,-7Z"
            parts.append(element("path", d=diamond, class_="truth"))
    height = len(rows) * _TRUTH_ROW
    return drawing(WIDTH, height + _AXIS, label, *_axis(scale, height), *parts)


def _row_text(row: Row, y: float) -> list[Markup]:
    strong = " strong" if row.strong else ""
    title = fitted(row.title, WIDTH - _RIGHT_PX - 16, size_px=_LABEL_PX)
    return [
        element("rect", x=0, y=y - 9, width=9, height=9, rx=2, fill=row.colour),
        element("text", title, x=15, y=y, class_=f"label{strong}"),
        element("text", row.note, x=WIDTH, y=y, text_anchor="end", class_=f"note{strong}"),
    ]


def _axis(scale: Scale, foot: float) -> list[Markup]:
    parts: list[Markup] = []
    for tick in scale.ticks(6):
        x = scale(tick)
        anchor = "start" if x < 7 else "end" if x > WIDTH - 7 else "middle"
        parts += [
            element("line", x1=x, x2=x, y1=4, y2=foot + 4, class_="grid"),
            element("text", _tick(tick), x=x, y=foot + 20, text_anchor=anchor, class_="tick"),
        ]
    return parts


def _tick(rate: float) -> str:
    text = percent(round(rate, 12))
    return f"{text[:-1].rstrip('0').rstrip('.') if '.' in text else text[:-1]}%"
