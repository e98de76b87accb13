"""A drawing of lines, areas and words that is written as SVG or as PNG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias, assert_never

from PIL import Image, ImageDraw, ImageFont

from pipelines.lettering import FontFace, system_faces
from studio.services.errors import OutputUnwritable
from studio.web.svg import element

Point: TypeAlias = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

_SCALE: Final = 2
"""Pixels of the PNG for one of the drawing: sharp on dense screens."""
_SMOOTH: Final = 2
"""Lines are drawn so many times larger and averaged down; Pillow's own have jagged edges."""
_PIL_ANCHOR: Final[dict[Anchor, str]] = {"start": "ls", "middle": "ms", "end": "rs"}
_FONT: Final = "Inter, 'Noto Sans', 'Noto Sans CJK SC', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line through points."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A filled polygon; `opacity` in [0, 1]."""

    points: tuple[Point, ...]
    colour: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Text on its baseline."""

    text: str
    at: Point
    colour: str = "#1c1c1c"
    size_px: float = 12.0
    anchor: Anchor = "start"


Shape: TypeAlias = Stroke | Area | Words


@dataclass(slots=True, kw_only=True)
class Canvas:
    """Shapes on white, in the order of drawing; lengths in px."""

    width: float
    height: float
    shapes: list[Shape] = field(default_factory=list)

    def line(self, points: Sequence[Point], colour: str, *, width: float = 1.5) -> None:
        """Draw a line through points."""
        self.shapes.append(Stroke(points=tuple(points), colour=colour, width=width))

    def area(self, points: Sequence[Point], colour: str, *, opacity: float = 1.0) -> None:
        """Fill a polygon."""
        self.shapes.append(Area(points=tuple(points), colour=colour, opacity=opacity))

    def dot(self, at: Point, colour: str, *, radius: float = 5.5) -> None:
        """Draw a disc with a white rim."""
        for r, fill in ((radius + 1.5, "#ffffff"), (radius, colour)):
            turn = [2.0 * math.pi * i / 24 for i in range(24)]
            self.area([(at[0] + r * math.cos(a), at[1] + r * math.sin(a)) for a in turn], fill)

    def words(
        self,
        text: str,
        at: Point,
        *,
        colour: str = "#1c1c1c",
        size_px: float = 12.0,
        anchor: Anchor = "start",
    ) -> None:
        """Write text on a baseline."""
        self.shapes.append(Words(text=text, at=at, colour=colour, size_px=size_px, anchor=anchor))

    def svg(self, *, title: str) -> str:
        """The drawing as an SVG document with a title for those who cannot see it."""
        background = element("rect", width=self.width, height=self.height, fill="#ffffff")
        root = element(
            "svg",
            element("title", title),
            background,
            *(_svg_shape(shape) for shape in self.shapes),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {self.width:g} {self.height:g}",
            width=self.width,
            height=self.height,
            role="img",
            font_family=_FONT,
        )
        return str(root) + "\n"

    def image(self) -> Image.Image:
        """The drawing as an RGB image, twice its size."""
        large = _SCALE * _SMOOTH
        size = round(self.width), round(self.height)
        picture = Image.new("RGB", (size[0] * large, size[1] * large), "white")
        for shape in self.shapes:
            if not isinstance(shape, Words):
                _paint(picture, shape, large)
        small = picture.resize((size[0] * _SCALE, size[1] * _SCALE), Image.Resampling.BOX)
        # Words last and at their own size: averaged letters are blurred.
        draw = ImageDraw.Draw(small)
        for shape in self.shapes:
            if isinstance(shape, Words):
                font = _font(shape.text, shape.size_px * _SCALE)
                place = (shape.at[0] * _SCALE, shape.at[1] * _SCALE)
                draw.text(place, shape.text, fill=shape.colour, font=font,
                          anchor=_PIL_ANCHOR[shape.anchor])  # fmt: skip
        return small

    def save(self, path: Path, *, title: str) -> None:
        """Write a .svg or .png file, by the path's ending.

        Raises
        ------
        OutputUnwritable, ValueError: another ending
        """
        try:
            match path.suffix.lower():
                case ".svg":
                    path.write_text(self.svg(title=title), encoding="utf-8")
                case ".png":
                    self.image().save(path, format="PNG", optimize=True)
                case other:
                    raise ValueError(f"{other or 'no ending'}: a plot is a .svg or .png file")
        except OSError as fault:
            raise OutputUnwritable(
                path=str(path), why=fault.strerror or "no such format", option="--plot"
            ) from fault


def _font(text: str, size_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font, or the system's for words that it has no letters for."""
    if text.isascii():
        return ImageFont.load_default(size_px)
    fitting = [face for face in _system_faces() if not face.lacks(text)]
    return fitting[0].sized(size_px) if fitting else ImageFont.load_default(size_px)


@cache
def _system_faces() -> tuple[FontFace, ...]:
    return tuple(system_faces())


def _svg_shape(shape: Shape) -> str:
    match shape:
        case Stroke():
            return element("polyline", points=_pairs(shape.points), fill="none",
                           stroke=shape.colour, stroke_width=shape.width,
                           stroke_linejoin="round")  # fmt: skip
        case Area():
            return element("polygon", points=_pairs(shape.points), fill=shape.colour,
                           fill_opacity=shape.opacity)  # fmt: skip
        case Words():
            return element("text", shape.text, x=shape.at[0], y=shape.at[1], fill=shape.colour,
                           font_size=shape.size_px, text_anchor=shape.anchor)  # fmt: skip
        case _:
            assert_never(shape)


def _pairs(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def _paint(picture: Image.Image, shape: Stroke | Area, scale: int) -> None:
    points = [(x * scale, y * scale) for x, y in shape.points]
    if isinstance(shape, Stroke):
        width = max(round(shape.width * scale), 1)
        ImageDraw.Draw(picture).line(points, fill=shape.colour, width=width, joint="curve")
        return
    # Only the part that it covers is mixed: most areas are dots.
    left, top = (math.floor(min(point[i] for point in points)) for i in (0, 1))
    right, foot = (math.ceil(max(point[i] for point in points)) + 1 for i in (0, 1))
    mask = Image.new("L", (right - left, foot - top), 0)
    inside = [(x - left, y - top) for x, y in points]
    ImageDraw.Draw(mask).polygon(inside, fill=round(255 * shape.opacity))
    picture.paste(Image.new("RGB", mask.size, shape.colour), (left, top), mask)
