"""Woven and piled cloth."""

from __future__ import annotations

from typing import Any

from pipelines.render.lights import Rgb
from pipelines.render.shading import Graph, Socket


def linen(
    name: str,
    color: Rgb,
    *,
    threads_per_cm: float = 11.0,
    relief_m: float = 0.0004,
    slub: float = 0.25,
) -> Any:
    """Plain woven cloth: threads over and under, uneven in thickness and tone (needs UVs in m)."""
    g = Graph(name)
    uv = g.node("TexCoord").outputs["UV"]
    warp = _threads(g, uv, "X", threads_per_cm)
    weft = _threads(g, uv, "Y", threads_per_cm)
    weave = g.math("MAXIMUM", warp, weft)
    across = g.node("Mapping", {"Vector": uv, "Scale": (0.06, 1.0, 1.0)}).outputs[0]
    along = g.node("Mapping", {"Vector": uv, "Scale": (1.0, 0.06, 1.0)}).outputs[0]
    thick = g.math("ADD", g.noise(across, 420.0, detail=3.0), g.noise(along, 420.0, detail=3.0))
    shade = tuple((1.0 - slub) * c for c in color)
    tint = g.mix(g.remap(thick, 0.8, 1.2), shade, color)
    tint = g.mix(g.remap(weave, 0.1, 0.8, 0.35, 0.0), tint, tuple(0.5 * c for c in color))
    height = g.math("MULTIPLY", weave, thick)
    return g.finish(
        g.principled(
            Base_Color=tint,
            Roughness=0.95,
            Normal=g.bump(height, relief_m),
            Sheen_Weight=0.25,
            Sheen_Roughness=0.5,
            Specular_IOR_Level=0.15,
        )
    )


def _threads(g: Graph, uv: Socket, direction: str, per_cm: float) -> Socket:
    wave = g.node(
        "TexWave",
        # One band of Blender's wave texture spans 2 pi / 20 units at scale 1.
        {"Vector": uv, "Scale": per_cm * 100 * 0.31416, "Distortion": 0.6, "Detail": 1.0},
        wave_type="BANDS",
        bands_direction=direction,
    )
    return wave.outputs[1]


def velvet(name: str, color: Rgb) -> Any:
    """Velvet or felt: dark face on, bright at grazing angles."""
    g = Graph(name)
    pile = g.noise(g.place(), 700.0, detail=3.0)
    brushed = g.noise(g.place(), 10.0, detail=4.0)
    tint = g.mix(g.remap(brushed, 0.35, 0.65, 0.0, 0.4), color, tuple(0.5 * c for c in color))
    return g.finish(
        g.principled(
            Base_Color=tint,
            Roughness=0.95,
            Normal=g.bump(pile, 0.0015),
            Sheen_Weight=0.8,
            Sheen_Roughness=0.35,
            Sheen_Tint=(*(min(1.0, 2.2 * c + 0.05) for c in color), 1.0),
            Specular_IOR_Level=0.1,
        )
    )
