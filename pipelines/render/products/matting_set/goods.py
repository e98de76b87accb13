"""The set's products: the sample items in other colours, sizes, poses and company, and models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pipelines.render import materials as m
from pipelines.render.camera import Point
from pipelines.render.lights import Rgb
from pipelines.render.products import surfaces
from pipelines.render.products.catalogue import load_sample
from pipelines.render.products.matting_set import models
from pipelines.render.products.matting_set.framing import View
from pipelines.render.products.matting_set.index import Trait
from pipelines.render.products.matting_set.rooms import Tone

Paint = Mapping[str, Callable[[], Any]]
"""New materials by the name of those that they replace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One item of a product: who builds it, what it is painted with, how it stands."""

    build: Callable[[], None]
    paint: Paint = field(default_factory=dict)
    at: Point = (0.0, 0.0, 0.0)
    turn_deg: Point = (0.0, 0.0, 0.0)
    scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """A product of the set.

    Parameters
    ----------
        opaque : False for clear glass, whose exact alpha is partial
        tone   : of the seamless paper it is photographed on
    """

    name: str
    parts: tuple[Part, ...]
    traits: tuple[Trait, ...] = ()
    tone: Tone = "grey"
    view: View = field(default_factory=View)
    opaque: bool = True
    bounces: int = 5


def _item(name: str, **how: Any) -> Part:
    return Part(build=load_sample(name).product, **how)


def _all(names: tuple[str, ...], color: Rgb, make: Callable[..., Any] = surfaces.rubber) -> Paint:
    return {name: partial(make, name, color) for name in names}


WHITE: Rgb = (0.80, 0.79, 0.77)
BLACK: Rgb = (0.014, 0.014, 0.015)
_ARCHES = ("red", "orange", "yellow", "green", "blue", "violet", "beech")
_TERRY = ("terry 0", "terry 1", "terry 2")


def _headphones(color: Rgb, metal: Rgb, pad: Rgb) -> Paint:
    return {
        "shell": partial(surfaces.rubber, "shell", color, roughness=0.4),
        "steel": partial(surfaces.cast_metal, "steel", metal, roughness=0.2, relief_m=0.00003),
        "pad": partial(surfaces.leather, "pad", pad, grain_per_m=1500.0, relief_m=0.0002),
    }


def _tote(color: Rgb, edge: Rgb) -> Paint:
    return {
        "tan": partial(surfaces.leather, "tan", color),
        "edge": partial(surfaces.leather, "edge", edge, roughness=0.4),
    }


def _glaze(color: Rgb, speckle: float = 0.0) -> Paint:
    return {"stoneware": partial(m.glazed, "stoneware", color, speckle=speckle)}


def _enamel(color: Rgb, grip: Rgb = BLACK) -> Paint:
    cast = {"aluminium": partial(m.glazed, "aluminium", color, roughness=0.12)}
    return {**cast, "bakelite": partial(surfaces.rubber, "bakelite", grip, roughness=0.35)}


def _cosmetic(color: Rgb, cap: Rgb) -> Paint:
    return {
        "amber": partial(surfaces.rubber, "amber", color, roughness=0.35),
        "bulb": partial(surfaces.rubber, "bulb", cap, roughness=0.4),
    }


def _perfume(shade: Rgb, tint: Rgb) -> Paint:
    return {
        "rose": partial(surfaces.bottle_glass, "rose", tint=tint, ior=0.93, shade=shade, cloud=0.16)
    }


def goods() -> tuple[Good, ...]:
    """All products, the most different ones first, so that any head of the list is a fair set."""
    return (
        Good(name="mug-white", parts=(_item("ceramic-mug", paint=_glaze(WHITE)),),
             traits=("holes", "white on white"), tone="white"),
        Good(name="tote-black", parts=(_item("leather-tote", paint=_tote(BLACK, BLACK)),),
             traits=("black on dark", "holes"), tone="dark", view=View(fill=0.72)),
        Good(name="rainbow", parts=(_item("rainbow-stacker", turn_deg=(0, 0, -38)),),
             traits=("holes",), view=View(pitch_deg=16, fill=0.66)),
        Good(name="basket-wire", parts=(Part(build=models.basket),), traits=("holes", "thin"),
             tone="white", view=View(pitch_deg=20)),
        Good(name="perfume-rose", parts=(_item("perfume", turn_deg=(0, 0, -40)),), opaque=False,
             traits=("glass",), bounces=9),
        Good(name="pompom-brown", parts=(Part(build=models.pompom),), traits=("fur", "holes")),
        Good(name="headphones-white",
             parts=(_item("headphones", paint=_headphones(WHITE, WHITE, (0.5, 0.48, 0.46)),
                          turn_deg=(0, 0, -70)),),
             traits=("holes", "white on white"), tone="white"),
        Good(name="moka-and-mug",
             parts=(_item("moka-pot", paint=_enamel((0.42, 0.03, 0.025))),
                    _item("ceramic-mug", paint=_glaze((0.10, 0.16, 0.20), 0.5),
                          at=(-0.125, -0.01, 0.0), turn_deg=(0, 0, 160), scale=0.8)),
             traits=("several",), view=View(fill=0.7)),
        Good(name="towels-white", parts=(_item("cotton-towels", turn_deg=(0, 0, -30),
                                               paint=_all(_TERRY, WHITE, surfaces.terry)),),
             traits=("white on white",), tone="white", view=View(pitch_deg=18)),
        Good(name="necklace", parts=(Part(build=models.necklace),), traits=("holes", "thin"),
             tone="dark", view=View(pitch_deg=48, centre=(0.5, 0.5))),
        Good(name="serum-amber", parts=(_item("amber-bottle", turn_deg=(0, 0, 12)),),
             traits=("tinted glass",), tone="white", bounces=9),
        Good(name="headphones-black",
             parts=(_item("headphones", paint=_headphones(BLACK, (0.05, 0.05, 0.05), BLACK),
                          turn_deg=(0, 0, 25)),),
             traits=("black on dark", "holes"), tone="dark", view=View(pitch_deg=28)),
        Good(name="tote-red-cropped",
             parts=(_item("leather-tote", paint=_tote((0.32, 0.025, 0.03), (0.1, 0.01, 0.01)),
                          turn_deg=(0, 0, -45)),),
             traits=("holes", "touching the frame"), view=View(fill=0.95, centre=(0.42, 0.7))),
        Good(name="tumbler", parts=(Part(build=models.tumbler),), opaque=False,
             traits=("glass",), bounces=9, view=View(pitch_deg=18)),
        Good(name="serum-trio",
             parts=(_item("amber-bottle", paint=_cosmetic((0.05, 0.16, 0.14), BLACK)),
                    _item("amber-bottle", paint=_cosmetic((0.62, 0.42, 0.30), WHITE),
                          at=(0.062, -0.012, 0.0), turn_deg=(0, 0, -20), scale=0.78),
                    _item("amber-bottle", paint=_cosmetic((0.70, 0.66, 0.58), BLACK),
                          at=(-0.056, -0.03, 0.0), turn_deg=(0, 0, 24), scale=0.62)),
             traits=("several",)),
        Good(name="moka-steel", parts=(_item("moka-pot", turn_deg=(0, 0, 55)),),
             view=View(pitch_deg=15)),
        Good(name="pompom-white", parts=(Part(build=partial(models.pompom, (0.72, 0.70, 0.66))),),
             traits=("fur", "holes", "white on white"), tone="white"),
        Good(name="rainbow-pale-cropped",
             parts=(_item("rainbow-stacker", paint=_all(_ARCHES, (0.66, 0.60, 0.52),
                                                        surfaces.stained_wood),
                          turn_deg=(0, 0, 8)),),
             traits=("holes", "touching the frame"), tone="white",
             view=View(fill=0.8, centre=(0.26, 0.55))),
        Good(name="towels-navy", parts=(_item("cotton-towels", turn_deg=(0, 0, 20),
                                              paint=_all(_TERRY, (0.012, 0.016, 0.035),
                                                         surfaces.terry)),),
             traits=("black on dark",), tone="dark"),
        Good(name="mugs-two",
             parts=(_item("ceramic-mug", paint=_glaze((0.02, 0.16, 0.17), 0.3),
                          turn_deg=(0, 0, 25)),
                    _item("ceramic-mug", paint=_glaze((0.55, 0.33, 0.05), 0.6),
                          at=(0.135, 0.02, 0.0), turn_deg=(0, 0, -150))),
             traits=("holes", "several")),
        Good(name="perfume-green", opaque=False, bounces=9, traits=("glass",), tone="white",
             parts=(_item("perfume", paint=_perfume((0.50, 0.85, 0.62), (0.70, 0.95, 0.80)),
                          turn_deg=(0, 0, 8)),)),
        Good(name="serum-white", parts=(_item("amber-bottle", paint=_cosmetic(WHITE, WHITE)),),
             traits=("white on white",), tone="white", view=View(fill=0.7)),
        Good(name="tote-tan", parts=(_item("leather-tote", turn_deg=(0, 0, -20)),),
             traits=("holes",), view=View(fill=0.7, pitch_deg=8)),
        Good(name="moka-black", parts=(_item("moka-pot", paint=_enamel((0.016, 0.016, 0.018)),
                                             turn_deg=(0, 0, 15)),),
             traits=("black on dark",), tone="dark"),
        Good(name="mug-lying",
             parts=(_item("ceramic-mug", turn_deg=(0, -86, -160)),),
             traits=("holes",), view=View(pitch_deg=18)),
    )  # fmt: skip
