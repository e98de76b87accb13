"""What comes out of a factory or a kiln: paint, glaze, tiles, metal, glass, lamps."""

from __future__ import annotations

from typing import Any

from pipelines.render.lights import Rgb
from pipelines.render.shading import Graph


def matte(name: str, color: Rgb, *, roughness: float = 0.85, grain_m: float = 0.0002) -> Any:
    """Painted card, plastic or seamless paper: one colour, uneven by a hair."""
    g = Graph(name)
    uneven = g.noise(g.place(), 9.0, detail=3.0)
    tint = g.mix(g.remap(uneven, 0.3, 0.7, 0.0, 0.12), color, tuple(0.8 * c for c in color))
    fine = g.noise(g.place(), 900.0, detail=2.0)
    normal = g.bump(fine, grain_m)
    return g.finish(g.principled(Base_Color=tint, Roughness=roughness, Normal=normal))


def glazed(name: str, color: Rgb, *, roughness: float = 0.18, speckle: float = 0.0) -> Any:
    """Glazed ceramic: pooled colour under a clear coat, iron specks if ``speckle``."""
    g = Graph(name)
    pool = g.noise(g.place(), 28.0, detail=3.0)
    tint = g.mix(g.remap(pool, 0.35, 0.65, 0.0, 0.25), color, tuple(0.75 * c for c in color))
    specks = g.remap(g.noise(g.place(), 380.0, detail=2.0), 0.64, 0.70, 0.0, speckle)
    tint = g.mix(specks, tint, (0.12, 0.07, 0.04))
    normal = g.bump(g.noise(g.place(), 40.0, detail=2.0), 0.0006)
    return g.finish(
        g.principled(
            Base_Color=tint,
            Roughness=0.45,
            Normal=normal,
            Coat_Weight=0.7,
            Coat_Roughness=roughness,
        )
    )


def tiles(
    name: str,
    color: Rgb,
    *,
    grout: Rgb = (0.6, 0.59, 0.57),
    width_m: float = 0.2,
    height_m: float = 0.1,
    gap_m: float = 0.003,
    offset: float = 0.5,
    vary: float = 0.15,
    roughness: float = 0.12,
    turn_deg: tuple[float, float, float] = (90.0, 0.0, 0.0),
) -> Any:
    """Glazed tiles with grout, in the object's xz plane unless turned; ``offset`` 0 stacks them."""
    g = Graph(name)
    at = g.place(turn_deg=turn_deg)
    darker = tuple((1 - vary) * c for c in color)
    brick = g.node(
        "TexBrick",
        {
            "Vector": at,
            "Color1": color,
            "Color2": darker,
            "Mortar": grout,
            "Scale": 1.0,
            "Mortar Size": gap_m / 2,
            "Mortar Smooth": 0.35,
            "Bias": -0.2,
            "Brick Width": width_m,
            "Row Height": height_m,
        },
        offset=offset,
    )
    joint = brick.outputs[1]
    waves = g.noise(at, 1.4 / width_m, detail=2.0, rough=0.4)
    uneven = g.bump(waves, 0.006)
    normal = g.bump(g.math("SUBTRACT", 1.0, joint), 0.002, under=uneven)
    rough = g.remap(joint, 0.0, 1.0, roughness, 0.9)
    return g.finish(g.principled(Base_Color=brick.outputs[0], Roughness=rough, Normal=normal))


def metal(name: str, color: Rgb, *, roughness: float = 0.25, brushed: float = 0.0) -> Any:
    """Bare metal with smudges; ``brushed`` stretches its highlight, range [0, 1]."""
    g = Graph(name)
    smudge = g.remap(g.noise(g.place(), 22.0, detail=6.0), 0.3, 0.7, 0.75, 1.35)
    return g.finish(
        g.principled(
            Base_Color=color,
            Metallic=1.0,
            Roughness=g.math("MULTIPLY", smudge, roughness),
            Anisotropic=brushed,
        )
    )


def glass(name: str, *, tint: Rgb = (1.0, 1.0, 1.0), roughness: float = 0.0) -> Any:
    """Clear or tinted glass."""
    g = Graph(name)
    return g.finish(
        g.principled(Base_Color=tint, Roughness=roughness, IOR=1.46, Transmission_Weight=1.0)
    )


def glow(name: str, color: Rgb, *, strength: float) -> Any:
    """A lamp's or candle's own light, radiance ``strength``."""
    g = Graph(name)
    return g.finish(g.node("Emission", {"Color": color, "Strength": strength}))
