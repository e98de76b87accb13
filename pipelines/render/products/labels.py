"""What is printed on products: type set with Pillow, mapped onto a patch of the surface."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
from PIL import Image, ImageDraw, ImageFont

from pipelines.render.camera import Point
from pipelines.render.lights import Rgb
from pipelines.render.plates.solids import ORIGIN, sheet
from pipelines.render.shading import Graph

PX_PER_CM = 240
"""A little over twice what the photo resolves, so that print stays crisp."""

Color = tuple[int, int, int, int]
"""8-bit sRGB with straight alpha."""

# Families of Debian's fonts-inter and fonts-liberation, both under free licences.
_FONTS = Path("/usr/share/fonts")
SANS = _FONTS / "opentype/inter/Inter-Regular.otf"
SANS_BOLD = _FONTS / "opentype/inter/Inter-Bold.otf"
SERIF = _FONTS / "truetype/liberation/LiberationSerif-Regular.ttf"
SERIF_ITALIC = _FONTS / "truetype/liberation/LiberationSerif-Italic.ttf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A centred line of type: ``y`` is its middle as a ratio of the label's height from the top.

    ``track`` is space added between letters, in ratios of the type size ``size_cm``.
    """

    text: str
    y: float
    size_cm: float
    font: Path = SANS
    track: float = 0.0
    ink: Color | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A print of ``width_cm`` by ``height_cm``; ``paper`` with alpha 0 prints on the surface."""

    width_cm: float
    height_cm: float
    lines: tuple[Line, ...]
    ink: Color = (38, 34, 30, 255)
    paper: Color = (243, 238, 228, 255)
    border_cm: float = 0.0
    rules: tuple[float, ...] = ()

    def draw(self) -> Image.Image:
        """The label as a picture, ``PX_PER_CM`` fine."""
        size = (round(self.width_cm * PX_PER_CM), round(self.height_cm * PX_PER_CM))
        paper = self.paper if self.paper[3] else (*self.ink[:3], 0)
        picture = Image.new("RGBA", size, paper)
        pen = ImageDraw.Draw(picture)
        if self.border_cm > 0:
            inset = round(self.border_cm * PX_PER_CM)
            frame = (inset, inset, size[0] - 1 - inset, size[1] - 1 - inset)
            pen.rectangle(frame, outline=self.ink, width=max(2, round(0.02 * PX_PER_CM)))
        for y in self.rules:
            middle, half = round(y * size[1]), round(0.12 * size[0])
            ends = (size[0] // 2 - half, middle, size[0] // 2 + half, middle)
            pen.line(ends, fill=self.ink, width=max(2, round(0.018 * PX_PER_CM)))
        for line in self.lines:
            _set_line(pen, line, size, line.ink or self.ink)
        return picture


def _set_line(pen: ImageDraw.ImageDraw, line: Line, size: tuple[int, int], ink: Color) -> None:
    font = ImageFont.truetype(str(line.font), round(line.size_cm * PX_PER_CM))
    gap = line.track * line.size_cm * PX_PER_CM
    widths = [font.getlength(letter) + gap for letter in line.text]
    x = (size[0] - sum(widths) + gap) / 2
    for letter, width in zip(line.text, widths, strict=True):
        pen.text((x, line.y * size[1]), letter, font=font, fill=ink, anchor="lm")
        x += width


def printed(
    name: str,
    label: Label,
    *,
    roughness: float = 0.6,
    metallic: float = 0.0,
    grain_m: float = 0.00006,
    dim: Rgb = (0.9, 0.9, 0.9),
) -> Any:
    """Printed paper, foil or ink for a patch of the label's size (UVs in metres, centred)."""
    g = Graph(name)
    uv = g.node("TexCoord").outputs["UV"]
    scale = (100.0 / label.width_cm, 100.0 / label.height_cm, 1.0)
    at = g.node("Mapping", {"Vector": uv, "Scale": scale, "Location": (0.5, 0.5, 0.0)}).outputs[0]
    image = g.node("TexImage", {"Vector": at}, image=_load(name, label), extension="CLIP")
    tint = g.mix(1.0, image.outputs["Color"], dim, blend="MULTIPLY")
    fibre = g.noise(g.place(), 2500.0, detail=3.0)
    shader = g.principled(
        Base_Color=tint,
        Roughness=roughness,
        Metallic=metallic,
        Alpha=image.outputs["Alpha"],
        Normal=g.bump(fibre, grain_m),
        Specular_IOR_Level=0.35,
    )
    return g.finish(shader)


def _load(name: str, label: Label) -> bpy.types.Image:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name.replace(' ', '-')}.png"
        label.draw().save(path)
        image = bpy.data.images.load(str(path))
        image.pack()
    return image


def stick(
    name: str,
    label: Label,
    material: Any,
    *,
    shape: Callable[[float, float], Point],
    at: Point = ORIGIN,
    turn_deg: Point = ORIGIN,
) -> bpy.types.Object:
    """Lay a printed patch along ``shape(u, v)``, metres from the label's middle."""
    size = (label.width_cm / 100.0, label.height_cm / 100.0)
    return sheet(name, size, material, shape=shape, steps=(72, 24), at=at, turn_deg=turn_deg)
