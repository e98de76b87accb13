"""Charts along the days of a test: who was shown how much, and how sure the test became."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from studio.web.svg import Scale, drawing, element, polyline, spread
from studio.web.wording import short_probability

WIDTH = 360.0
_TOP, _FOOT = 10.0, 176.0
_HEIGHT = 200.0
_LEFT, _RIGHT = 2.0, 318.0
_LABEL_GAP = 13.0
_WIDEST_BAR = 44.0

Shares = Mapping[str, float]


def stacked_shares(
    days: Sequence[int], shares: Sequence[Shares], colours: Mapping[str, str], *, label: str
) -> Markup:
    """Share of traffic of each variant, a bar a day; the last day's shares stand at the right."""
    height = Scale(low=0.0, high=1.0, start=0.0, end=_FOOT - _TOP)
    step = (_RIGHT - _LEFT) / len(days)
    bar = min(step - min(2.0, step * 0.2), _WIDEST_BAR)
    parts: list[Markup] = []
    middles: dict[str, float] = {}
    for i, share in enumerate(shares):
        x, y = _LEFT + (i + 0.5) * step - bar / 2, _TOP
        for name, colour in colours.items():
            part = height(share.get(name, 0.0))
            # A hair of white between the pieces, so that neighbours part without their colour.
            parts.append(
                element("rect", x=x, y=y, width=bar, height=max(part - 1.0, 0.0), fill=colour)
            )
            middles[name] = y + part / 2 + 4.0
            y += part
    named = {name: f"{shares[-1].get(name, 0.0):.0%}" for name in colours}
    return drawing(
        WIDTH, _HEIGHT, label, *parts, *_day_axis(days, step), *_end_labels(middles, named, colours)
    )


def lines_by_day(
    days: Sequence[int], values: Sequence[Shares], colours: Mapping[str, str], *, label: str
) -> Markup:
    """A probability of each variant, a line each; the last values stand at the right."""
    step = (_RIGHT - _LEFT) / len(days)
    y_of = Scale(low=0.0, high=1.0, start=_FOOT, end=_TOP)
    parts = [
        element("line", x1=_LEFT, x2=_RIGHT, y1=y_of(at), y2=y_of(at), class_="grid")
        for at in (0.0, 0.5, 1.0)
    ]
    ends: dict[str, float] = {}
    for name, colour in colours.items():
        known = [
            (_LEFT + (i + 0.5) * step, y_of(value[name]))
            for i, value in enumerate(values)
            if name in value
        ]
        if not known:
            continue
        parts.append(
            element("path", d=polyline(known), fill="none", stroke=colour, stroke_width=2.25,
                    stroke_linejoin="round", stroke_linecap="round")
        )  # fmt: skip
        parts.append(element("circle", cx=known[-1][0], cy=known[-1][1], r=3.5, fill=colour))
        ends[name] = known[-1][1] + 4.0
    named = {name: short_probability(_last(values, name)) for name in ends}
    return drawing(
        WIDTH, _HEIGHT, label, *parts, *_day_axis(days, step), *_end_labels(ends, named, colours)
    )


def _last(values: Sequence[Shares], name: str) -> float:
    return next(value[name] for value in reversed(values) if name in value)


def _end_labels(
    places: Mapping[str, float], texts: Mapping[str, str], colours: Mapping[str, str]
) -> list[Markup]:
    apart = spread(list(places.values()), gap=_LABEL_GAP, low=_TOP + 4.0, high=_FOOT + 4.0)
    parts: list[Markup] = []
    for name, y in zip(places, apart, strict=True):
        parts += [
            element("rect", x=_RIGHT + 5, y=y - 8, width=7, height=7, rx=1.5, fill=colours[name]),
            element("text", texts[name], x=_RIGHT + 15, y=y, class_="note"),
        ]
    return parts


def _day_axis(days: Sequence[int], step: float) -> list[Markup]:
    shown = {days[0], days[-1]} | _round_days(days)
    parts = [element("line", x1=_LEFT, x2=_RIGHT, y1=_FOOT + 2, y2=_FOOT + 2, class_="base")]
    for i, day in enumerate(days):
        if day in shown:
            x = _LEFT + (i + 0.5) * step
            parts.append(
                element("text", str(day), x=x, y=_FOOT + 17, text_anchor="middle", class_="tick")
            )
    return parts


def _round_days(days: Sequence[int]) -> set[int]:
    """About six days between the first and the last, clear of both."""
    every = next((step for step in (1, 2, 5, 7, 14, 28) if len(days) <= step * 7), 56)
    return {
        day
        for day in days
        if (day - days[0]) % every == 0 and days[-1] - day >= max(every * 0.7, 1)
    }
