"""Wood with its rings, fibres and pores."""

from __future__ import annotations

from typing import Any

from pipelines.render.lights import Rgb
from pipelines.render.shading import Graph


def wood(
    name: str,
    *,
    light: Rgb = (0.42, 0.24, 0.12),
    dark: Rgb = (0.16, 0.075, 0.032),
    roughness: float = 0.5,
    rings_per_m: float = 38.0,
    turn_deg: float = 0.0,
    relief_m: float = 0.0006,
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Any:
    """Plain-sawn wood along x: bent growth rings, fibres, pores that catch the light."""
    g = Graph(name)
    turn = (0.0, 0.0, turn_deg)
    long = g.place(turn_deg=turn, scale=(0.16, 1.0, 1.0), shift=shift)
    sway = g.noise(long, 5.0, detail=3.0, rough=0.5)
    bent = g.node(
        "VectorMath", {0: long, 1: g.mix(0.32, (0, 0, 0), sway)}, operation="ADD"
    ).outputs[0]
    rings = g.node(
        "TexWave",
        {
            "Vector": bent,
            "Scale": rings_per_m / 6.283 * 2.0,
            "Distortion": 2.4,
            "Detail": 3.0,
            "Detail Scale": 1.6,
        },
        wave_type="BANDS",
        bands_direction="Y",
        wave_profile="SAW",
    ).outputs[1]
    fibre_at = g.place(turn_deg=turn, scale=(0.02, 1.0, 1.0), shift=shift)
    fibre = g.noise(fibre_at, 620.0, detail=4.0, rough=0.7)
    streak = g.noise(fibre_at, 70.0, detail=4.0, rough=0.6)
    pores = g.remap(g.noise(g.place(turn_deg=turn, scale=(0.05, 1.0, 1.0)), 950.0), 0.60, 0.68)
    tone = g.math("ADD", g.math("MULTIPLY", rings, 0.45), g.math("MULTIPLY", streak, 0.65))
    tone = g.math("ADD", tone, g.math("MULTIPLY", g.math("SUBTRACT", fibre, 0.5), 0.5))
    middle = tuple(0.55 * a + 0.45 * b for a, b in zip(light, dark, strict=True))
    color = g.ramp(tone, [(0.18, light), (0.52, middle), (0.88, dark)])
    color = g.mix(g.math("MULTIPLY", pores, 0.55), color, tuple(0.45 * c for c in dark))
    height = g.math("SUBTRACT", g.math("ADD", fibre, g.math("MULTIPLY", rings, -0.3)), pores)
    worn = g.remap(g.noise(long, 6.0), 0.3, 0.7, 0.85, 1.2)
    return g.finish(
        g.principled(
            Base_Color=color,
            Roughness=g.math(
                "MULTIPLY", g.math("ADD", worn, g.math("MULTIPLY", fibre, 0.2)), roughness
            ),
            Normal=g.bump(height, relief_m),
        )
    )
