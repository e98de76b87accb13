"""Blocks of text: which line stands where, at which size, before anything is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipelines.lettering.styles import Copy
from pipelines.lettering.typeset import Style, Typesetter

ASCENT_EM = 0.86
DESCENT_EM = 0.2
"""A line's box above and below its baseline: ideographs rise 0.86 em, Latin tails hang 0.2."""
_SEPARATOR = " · "
_MARK_EM = 0.3
"""Side of the mark in front of a point."""

Role = Literal["headline", "point", "badge", "label"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its pen's start, from the block's corner, in px."""

    text: str
    role: Role
    style: Style
    size_px: float
    x_px: float
    baseline_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A filled rectangle in the accent colour, from the block's corner, in px."""

    x_px: float
    y_px: float
    width_px: float
    height_px: float
    round_px: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines and marks, and the box that holds them."""

    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    width_px: float
    height_px: float
    size_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Copywriting:
    """What a merchant wrote: a headline, selling points, or both."""

    headline: str = ""
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pen:
    """Where the next line goes while a block grows downward."""

    y_px: float = 0.0
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()


def column(
    words: Copywriting,
    style: Copy,
    setter: Typesetter,
    *,
    sizes: tuple[float, float],
    width_px: float,
) -> Block | None:
    """Set headline over points, flush left; None if a word is wider than the column.

    Parameters
    ----------
    sizes
        Of headline and points, em in px.
    """
    pen = _headline(_Pen(), words, style, setter, size=sizes[0], width_px=width_px)
    if pen is None:
        return None
    if words.headline and words.points:
        pen = _bar(pen, style, size=sizes[0])
    for number, point in enumerate(words.points):
        gap = style.gap * sizes[1] if number else 0.0
        grown = _point(replace(pen, y_px=pen.y_px + gap), point, style, setter, sizes[1], width_px)
        if grown is None:
            return None
        pen = grown
    return _closed(pen, setter, size=sizes[0] if words.headline else sizes[1])


def band(
    words: Copywriting,
    style: Copy,
    setter: Typesetter,
    *,
    sizes: tuple[float, float],
    width_px: float,
) -> Block | None:
    """Set everything centred, the points in one row between dots; None if that is too wide."""
    pen = _headline(_Pen(), words, style, setter, size=sizes[0], width_px=width_px)
    if pen is None:
        return None
    if words.points:
        row = _SEPARATOR.join(words.points)
        if setter.width_em(row, style.points) * sizes[1] > width_px:
            return None
        gap = 0.55 * sizes[1] if words.headline else 0.0
        pen = _line(replace(pen, y_px=pen.y_px + gap), row, "point", style.points, sizes[1])
    block = _closed(pen, setter, size=sizes[0] if words.headline else sizes[1])
    return replace(block, lines=tuple(_centred(one, block, setter) for one in block.lines))


def stacked(
    texts: Sequence[tuple[str, float]], style: Style, setter: Typesetter, *, width_px: float
) -> Block:
    """Set lines of given sizes centred under each other, as on a badge."""
    pen = _Pen()
    for text, size in texts:
        pen = _line(pen, text, "badge", style, size)
    block = _closed(pen, setter, size=max(size for _, size in texts))
    wide = replace(block, width_px=max(width_px, block.width_px))
    return replace(wide, lines=tuple(_centred(one, wide, setter) for one in wide.lines))


def one_line(text: str, role: Role, style: Style, setter: Typesetter, *, size_px: float) -> Block:
    """Set one line by itself."""
    return _closed(_line(_Pen(), text, role, style, size_px), setter, size=size_px)


def _headline(
    pen: _Pen, words: Copywriting, style: Copy, setter: Typesetter, *, size: float, width_px: float
) -> _Pen | None:
    if not words.headline:
        return pen
    lines = setter.lines(words.headline, style.headline, width_em=width_px / size)
    if lines is None:
        return None
    for text in lines:
        pen = _line(pen, text, "headline", style.headline, size)
    return pen


def _bar(pen: _Pen, style: Copy, *, size: float) -> _Pen:
    height = max(2.0, style.bar_height * size)
    top = pen.y_px + style.bar_above * size - DESCENT_EM * size / 2
    bar = Mark(x_px=0, y_px=top, width_px=style.bar_width * size, height_px=height)
    return replace(pen, y_px=top + height + style.bar_below * size, marks=(*pen.marks, bar))


def _point(
    pen: _Pen, text: str, style: Copy, setter: Typesetter, size: float, width_px: float
) -> _Pen | None:
    indent = style.mark * size
    lines = setter.lines(text, style.points, width_em=(width_px - indent) / size)
    if lines is None:
        return None
    side = _MARK_EM * size
    # At the middle of an ideograph, which is also about the middle of a capital.
    top = pen.y_px + (ASCENT_EM - 0.37) * size - side / 2
    mark = Mark(x_px=0, y_px=top, width_px=side, height_px=side, round_px=side / 2)
    for number, one in enumerate(lines):
        pen = _line(pen, one, "point", style.points, size, x=indent, first=number == 0)
    return replace(pen, marks=(*pen.marks, mark))


def _line(
    pen: _Pen,
    text: str,
    role: Role,
    style: Style,
    size: float,
    *,
    x: float = 0.0,
    first: bool = False,
) -> _Pen:
    """Set the next line; the first of a paragraph has no leading above it."""
    first = first or not pen.lines or pen.lines[-1].role != role
    extra = 0.0 if first else (style.leading - ASCENT_EM - DESCENT_EM) * size
    baseline = pen.y_px + extra + ASCENT_EM * size
    line = Line(
        text=text, role=role, style=style, size_px=size, x_px=x, baseline_px=baseline
    )  # fmt: skip
    return replace(pen, y_px=baseline + DESCENT_EM * size, lines=(*pen.lines, line))


def _closed(pen: _Pen, setter: Typesetter, *, size: float) -> Block:
    ends = [one.x_px + setter.width_em(one.text, one.style) * one.size_px for one in pen.lines]
    ends += [one.x_px + one.width_px for one in pen.marks]
    return Block(
        lines=pen.lines, marks=pen.marks, width_px=max(ends), height_px=pen.y_px, size_px=size
    )


def _centred(line: Line, block: Block, setter: Typesetter) -> Line:
    width = setter.width_em(line.text, line.style) * line.size_px
    return replace(line, x_px=(block.width_px - width) / 2)
