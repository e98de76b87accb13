"""Promotion badges: a shape in the accent colour, its text as large as the shape holds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import ImageDraw

from pipelines.lettering.blocks import Block, stacked
from pipelines.lettering.draw import rounded, shape
from pipelines.lettering.space import Corner
from pipelines.lettering.styles import Badge
from pipelines.lettering.typeset import Coverage, Typesetter

_RING_OPACITY = 0.75
_LEAST_TEXT = 0.02
"""Em of a badge's smallest line over the frame's shorter side: less is lost in a thumbnail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeArt:
    """A badge ready to be put somewhere.

    Attributes
    ----------
    fill, ring
        Coverage of the shape, and of the thin line inside it (or None).
    text_left_px, text_top_px
        Where the block's corner lies inside the shape.
    flush
        Whether it hangs on the frame's edge.
    """

    fill: Coverage
    ring: Coverage | None
    block: Block
    text_left_px: float
    text_top_px: float
    flush: bool = False

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return int(self.fill.shape[1]), int(self.fill.shape[0])


def badge_at(
    text: str, style: Badge, setter: Typesetter, *, size_px: float, shorter_px: int, corner: Corner
) -> BadgeArt | None:
    """Draw a badge at a size; None if its text would be too small to read."""
    match style.shape:
        case "round":
            art = _round(text, style, setter, size_px)
        case "pill":
            art = _pill(text, style, setter, size_px)
        case _:
            art = _ribbon(text, style, setter, size_px, corner)
    smallest = min(line.size_px for line in art.block.lines)
    return art if smallest >= _LEAST_TEXT * shorter_px else None


def _round(text: str, style: Badge, setter: Typesetter, diameter: float) -> BadgeArt:
    inner = diameter * (0.5 - style.inset / 2)
    fitted = []
    for lines in _breaks(text, style, setter):
        block = stacked(_sized(lines, style, 100.0), style.text, setter, width_px=0)
        fitted.append((_radius(block, setter), lines))
    radius, lines = min(fitted)
    size = 100.0 * inner / radius
    block = stacked(_sized(lines, style, size), style.text, setter, width_px=0)
    return BadgeArt(
        fill=rounded(diameter, diameter, diameter / 2),
        ring=_ring(diameter, style) if style.ring else None,
        block=block,
        text_left_px=(diameter - block.width_px) / 2,
        text_top_px=diameter / 2 - _optical_middle(block),
    )


def _pill(text: str, style: Badge, setter: Typesetter, size: float) -> BadgeArt:
    block = stacked(_sized(_given(text), style, size), style.text, setter, width_px=0)
    high = _ink_height(block)
    width, height = block.width_px + 2 * style.pad_x * size, high + 2 * style.pad_y * size
    return BadgeArt(
        fill=rounded(width, height, min(height / 2, 1.1 * size)),
        ring=None,
        block=block,
        text_left_px=style.pad_x * size,
        text_top_px=height / 2 - _optical_middle(block),
    )


def _ribbon(text: str, style: Badge, setter: Typesetter, size: float, corner: Corner) -> BadgeArt:
    block = stacked(_sized(_given(text), style, size), style.text, setter, width_px=0)
    tail = style.tail * size
    width = block.width_px + 2.2 * style.pad_x * size + tail
    height = _ink_height(block) + 2 * style.pad_y * size
    mirrored = corner.endswith("right")

    def outline(pen: ImageDraw.ImageDraw, finer: float) -> None:
        right, bottom = round(width) * finer - 1, round(height) * finer - 1
        points = [(0.0, 0.0), (right, 0.0), (right - tail * finer, bottom / 2), (right, bottom),
                  (0.0, bottom)]  # fmt: skip
        pen.polygon([(right - x, y) if mirrored else (x, y) for x, y in points], fill=255)

    left = 1.1 * style.pad_x * size + (tail if mirrored else 0)
    return BadgeArt(
        fill=shape(width, height, outline),
        ring=None,
        block=block,
        text_left_px=left,
        text_top_px=height / 2 - _optical_middle(block),
        flush=True,
    )


def _breaks(text: str, style: Badge, setter: Typesetter) -> list[tuple[str, ...]]:
    """The ways to set a text in a circle: as given, or broken into one, two or three lines."""
    given = _given(text)
    if len(given) > 1:
        return [given]
    whole = setter.width_em(text, style.text)
    found: dict[tuple[str, ...], None] = {given: None}
    for share in (0.85, 0.7, 0.6, 0.5, 0.4, 0.34):
        lines = setter.lines(text, style.text, width_em=whole * share)
        if lines is not None and 1 < len(lines) <= 3:
            found[lines] = None
    return list(found)


def _given(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.splitlines() if one.strip())


def _sized(lines: Sequence[str], style: Badge, size: float) -> list[tuple[str, float]]:
    """Where some lines carry a number and some do not, the numbers are what is shouted."""
    loud = [any(one.isdigit() for one in line) for line in lines]
    mixed = any(loud) and not all(loud)
    return [
        (line, size * style.small if mixed and not heard else size)
        for line, heard in zip(lines, loud, strict=True)
    ]


def _radius(block: Block, setter: Typesetter) -> float:
    """Of the smallest circle around the block's middle that holds every line."""
    middle = _optical_middle(block)
    corners = []
    for line in block.lines:
        half = setter.width_em(line.text, line.style) * line.size_px / 2
        top, bottom = line.baseline_px - 0.8 * line.size_px, line.baseline_px + 0.06 * line.size_px
        corners += [math.hypot(half, top - middle), math.hypot(half, bottom - middle)]
    return max(corners)


def _optical_middle(block: Block) -> float:
    """The middle between the first line's tops and the last one's baseline, as the eye sees it."""
    first, last = block.lines[0], block.lines[-1]
    return (first.baseline_px - 0.78 * first.size_px + last.baseline_px + 0.04 * last.size_px) / 2


def _ink_height(block: Block) -> float:
    """From the first line's tops to the last line's baseline, a descender's half added."""
    first, last = block.lines[0], block.lines[-1]
    tops = first.baseline_px - 0.82 * first.size_px
    return last.baseline_px + 0.1 * last.size_px - tops


def _ring(diameter: float, style: Badge) -> Coverage:
    inset, thick = style.ring * diameter, max(1.0, 0.009 * diameter)
    side = round(diameter)

    def outline(pen: ImageDraw.ImageDraw, finer: float) -> None:
        box = (inset * finer, inset * finer, (side - inset) * finer - 1, (side - inset) * finer - 1)
        pen.ellipse(box, outline=255, width=max(1, round(thick * finer)))

    return np.asarray(shape(diameter, diameter, outline) * np.float32(_RING_OPACITY))
