"""Walls, cast stone and cut stone."""

from __future__ import annotations

from typing import Any

from pipelines.render.lights import Rgb
from pipelines.render.shading import Graph, Socket


def plaster(name: str, color: Rgb, *, relief_m: float = 0.0015, stain: float = 0.18) -> Any:
    """A painted or limewashed wall with trowel marks; ``stain`` is the depth of its clouds."""
    g = Graph(name)
    clouds = g.noise(g.place(), 2.2, detail=7.0, rough=0.6, distortion=0.6)
    darker = tuple((1.0 - stain) * c for c in color)
    tint = g.mix(g.remap(clouds, 0.35, 0.65), color, darker)
    trowel = g.noise(g.place(scale=(1.0, 1.0, 2.2)), 14.0, detail=8.0, rough=0.6, distortion=0.8)
    normal = g.bump(trowel, relief_m)
    return g.finish(g.principled(Base_Color=tint, Roughness=0.9, Normal=normal))


def marble(
    name: str,
    *,
    base: Rgb = (0.86, 0.845, 0.82),
    vein: Rgb = (0.30, 0.29, 0.28),
    gold: float = 0.25,
    roughness: float = 0.12,
    scale: float = 3.0,
    turn_deg: float = 28.0,
) -> Any:
    """Polished marble: long grey veins that branch, fine ones across, rust in some."""
    g = Graph(name)
    at = g.place(turn_deg=(0.0, 0.0, turn_deg), scale=(1.0, 0.55, 1.0))
    warp = g.noise(at, scale * 1.5, detail=8.0, rough=0.6)
    bend = g.mix(0.22, (0, 0, 0), warp)
    bent = g.node("VectorMath", {0: at, 1: bend}, operation="ADD").outputs[0]
    course = g.noise(bent, scale, detail=3.0, rough=0.45, distortion=0.6)
    halo, broad = _ridge(g, course, 0.11), _ridge(g, course, 0.022)
    thin = _ridge(g, g.noise(bent, scale * 2.3, detail=3.0, rough=0.5, distortion=0.8), 0.016)
    where = g.remap(g.noise(at, scale * 0.8, detail=2.0), 0.38, 0.58, 0.12, 1.0)
    strong = g.math("ADD", g.math("MULTIPLY", broad, 0.75), g.math("MULTIPLY", halo, 0.3))
    share = g.math("MAXIMUM", g.math("MULTIPLY", strong, where), g.math("MULTIPLY", thin, 0.35))
    clouds = g.remap(g.noise(bent, scale * 1.4, detail=5.0), 0.4, 0.7, 0.0, 0.25)
    deep = tuple(0.82 * b + 0.18 * v for b, v in zip(base, vein, strict=True))
    ground = g.mix(clouds, base, deep)
    rust = g.remap(g.noise(at, scale * 1.7, detail=2.0), 0.5, 0.62, 0.0, gold)
    line = g.mix(rust, vein, (0.42, 0.25, 0.10))
    color = g.mix(g.remap(share, 0.0, 0.75, 0.0, 0.92), ground, line)
    smear = g.remap(g.noise(g.place(), 11.0, detail=5.0), 0.3, 0.7, 0.7, 1.35)
    return g.finish(
        g.principled(
            Base_Color=color,
            Roughness=g.math("MULTIPLY", smear, roughness),
            Normal=g.bump(g.noise(g.place(), 5.0, detail=2.0), 0.0004),
            Subsurface_Weight=0.08,
            Subsurface_Radius=(0.01, 0.009, 0.008),
        )
    )


def _ridge(g: Graph, value: Socket, width: float) -> Socket:
    """Thin lines where a noise passes its middle, 1 on the line and 0 beyond ``width``."""
    away = g.math("ABSOLUTE", g.math("SUBTRACT", value, 0.5))
    return g.node("MapRange", {0: away, 1: 0.0, 2: width, 3: 1.0, 4: 0.0}).outputs[0]


def concrete(name: str, color: Rgb, *, roughness: float = 0.75, stain: float = 0.4) -> Any:
    """Cast concrete: clouds of damp and lime, fine sand, air holes."""
    g = Graph(name)
    at = g.place()
    clouds = g.noise(at, 2.6, detail=9.0, rough=0.62, distortion=0.7)
    blotch = g.noise(at, 9.0, detail=8.0, rough=0.7)
    sand = g.noise(at, 420.0, detail=3.0, rough=0.7)
    tone = g.math("ADD", g.math("MULTIPLY", clouds, 0.6), g.math("MULTIPLY", blotch, 0.4))
    dark, light = tuple((1 - stain) * c for c in color), tuple(min(1.0, 1.22 * c) for c in color)
    tint = g.ramp(tone, [(0.34, dark), (0.5, color), (0.66, light)])
    tint = g.mix(g.remap(sand, 0.35, 0.65, 0.0, 0.22), tint, tuple(0.55 * c for c in color))
    cells = g.node("TexVoronoi", {"Vector": at, "Scale": 55.0, "Randomness": 1.0}).outputs[0]
    some = g.remap(g.noise(at, 16.0, detail=2.0), 0.56, 0.66)
    holes = g.math("MULTIPLY", g.remap(cells, 0.04, 0.16, 1.0, 0.0), some)
    tint = g.mix(g.math("MULTIPLY", holes, 0.7), tint, tuple(0.25 * c for c in color))
    height = g.math("SUBTRACT", g.math("MULTIPLY", sand, 0.16), g.math("MULTIPLY", holes, 1.0))
    coarse = g.bump(g.noise(at, 7.0, detail=6.0), 0.004)
    return g.finish(
        g.principled(
            Base_Color=tint,
            Roughness=g.remap(blotch, 0.3, 0.7, roughness * 0.8, min(1.0, roughness * 1.2)),
            Normal=g.bump(height, 0.0022, under=coarse),
        )
    )


def stone(
    name: str, light: Rgb, dark: Rgb, *, roughness: float = 0.8, relief_m: float = 0.006
) -> Any:
    """Split natural stone: layered tone, pits and specks."""
    g = Graph(name)
    at = g.place()
    layers = g.noise(g.place(scale=(1.0, 1.0, 3.0)), 5.0, detail=11.0, rough=0.68, distortion=0.5)
    specks = g.noise(at, 260.0, detail=2.0, rough=0.8)
    tint = g.ramp(
        layers,
        [
            (0.34, dark),
            (0.5, tuple((a + b) / 2 for a, b in zip(light, dark, strict=True))),
            (0.62, light),
        ],
    )
    tint = g.mix(g.remap(specks, 0.55, 0.7, 0.0, 0.45), tint, tuple(0.4 * c for c in dark))
    rough_relief = g.bump(g.noise(at, 13.0, detail=12.0, rough=0.66), relief_m)
    normal = g.bump(specks, 0.0008, under=rough_relief)
    return g.finish(g.principled(Base_Color=tint, Roughness=roughness, Normal=normal))
