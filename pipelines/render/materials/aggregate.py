"""Ground made of grains and chips: terrazzo, rubber, sand; and what water makes of stone."""

from __future__ import annotations

from typing import Any

from pipelines.render.lights import Rgb
from pipelines.render.shading import Graph, Socket


def terrazzo(
    name: str,
    ground: Rgb,
    chips: tuple[Rgb, ...],
    *,
    chips_per_m: float = 55.0,
    share: float = 0.55,
    roughness: float = 0.16,
) -> Any:
    """Polished terrazzo: marble chips of two sizes in tinted cement, ``share`` of them set."""
    g = Graph(name)
    at = g.place()
    clouds = g.noise(at, 7.0, detail=5.0)
    tint = g.mix(g.remap(clouds, 0.35, 0.65, 0.0, 0.14), ground, tuple(0.8 * c for c in ground))
    for scale, shift, part in ((chips_per_m * 3.1, 4.0, share * 0.7), (chips_per_m, 0.0, share)):
        tint = _chips(g, tint, chips, scale=scale, shift=shift, share=part)
    smear = g.remap(g.noise(at, 9.0, detail=5.0), 0.3, 0.7, 0.7, 1.4)
    return g.finish(g.principled(Base_Color=tint, Roughness=g.math("MULTIPLY", smear, roughness)))


def flecked_rubber(
    name: str,
    ground: Rgb,
    flecks: tuple[Rgb, ...],
    *,
    share: float = 0.22,
    relief_m: float = 0.0012,
) -> Any:
    """Pressed rubber granules as on gym floors, with coloured flecks."""
    g = Graph(name)
    at = g.place()
    tint = _chips(g, ground, flecks, scale=330.0, shift=0.0, share=share)
    granules = g.node("TexVoronoi", {"Vector": at, "Scale": 330.0}).outputs["Distance"]
    coarse = g.bump(g.noise(at, 60.0, detail=4.0), relief_m)
    normal = g.bump(granules, relief_m * 0.6, under=coarse)
    dust = g.remap(g.noise(at, 6.0, detail=6.0), 0.3, 0.7, 0.62, 0.86)
    return g.finish(g.principled(Base_Color=tint, Roughness=dust, Normal=normal))


def _chips(
    g: Graph, under: Socket, colors: tuple[Rgb, ...], *, scale: float, shift: float, share: float
) -> Socket:
    """Angular chips over a colour."""
    at = g.place(shift=(shift, 0.7 * shift, 0.3 * shift))
    sway = g.mix(0.12 / scale * 10, (0, 0, 0), g.noise(at, scale * 1.3, detail=2.0))
    bent = g.node("VectorMath", {0: at, 1: sway}, operation="ADD").outputs[0]
    cell = g.node("TexVoronoi", {"Vector": bent, "Scale": scale}).outputs["Color"]
    edge = g.node(
        "TexVoronoi", {"Vector": bent, "Scale": scale}, feature="DISTANCE_TO_EDGE"
    ).outputs["Distance"]
    split = g.node("SeparateColor", {"Color": cell})
    chosen = g.math("LESS_THAN", split.outputs[0], share)
    inside = g.remap(edge, 0.07, 0.10)
    mask = g.math("MULTIPLY", chosen, inside)
    steps = [(i / len(colors), color) for i, color in enumerate(colors)]
    ramp = g.node("ValToRGB", {"Fac": split.outputs[1]})
    ramp.color_ramp.interpolation = "CONSTANT"
    elements = ramp.color_ramp.elements
    while len(elements) < max(2, len(steps)):
        elements.new(1.0)
    for element, (position, color) in zip(elements, steps or [(0.0, colors[0])], strict=False):
        element.position, element.color = position, (*color, 1.0)
    vary = g.remap(split.outputs[2], 0.0, 1.0, 0.0, 0.3)
    varied = g.mix(vary, ramp.outputs["Color"], (0.25, 0.22, 0.2))
    return g.mix(mask, under, varied)


def sand(name: str, color: Rgb, *, damp: float = 0.0) -> Any:
    """Fine beach sand with dark and bright grains; ``damp`` darkens and wets it, range [0, 1]."""
    g = Graph(name)
    at = g.place()
    grains = g.node("TexVoronoi", {"Vector": at, "Scale": 1400.0})
    own = g.node("SeparateColor", {"Color": grains.outputs["Color"]}).outputs[0]
    drift = g.noise(at, 4.0, detail=5.0)
    base = g.mix(g.remap(drift, 0.35, 0.65), color, tuple(0.84 * c for c in color))
    dark = g.mix(g.remap(own, 0.72, 0.98, 0.0, 0.75), base, tuple(0.32 * c for c in color))
    tint = g.mix(g.remap(own, 0.0, 0.12, 0.5, 0.0), dark, (0.92, 0.89, 0.84))
    tint = g.mix(damp, tint, tuple(0.35 * c for c in color))
    coarse = g.bump(g.noise(at, 190.0, detail=5.0, rough=0.7), 0.0035)
    normal = g.bump(grains.outputs["Distance"], 0.0008, under=coarse)
    rough = 0.95 - 0.6 * damp
    return g.finish(
        g.principled(Base_Color=tint, Roughness=rough, Normal=normal, Specular_IOR_Level=0.3)
    )


def wet_stone(
    name: str, light: Rgb, dark: Rgb, *, relief_m: float = 0.003, puddles: float = 0.5
) -> Any:
    """Split stone with water in its hollows; ``puddles`` is how far the water reaches."""
    g = Graph(name)
    at = g.place()
    layers = g.noise(g.place(scale=(1.0, 1.6, 3.0)), 4.0, detail=11.0, rough=0.66, distortion=0.4)
    tint = g.ramp(layers, [(0.36, dark), (0.64, light)])
    height = g.noise(at, 9.0, detail=10.0, rough=0.62)
    level = 0.36 + 0.28 * puddles
    water = g.remap(height, level - 0.06, level, 1.0, 0.0)
    tint = g.mix(g.math("MULTIPLY", water, 0.35), tint, dark)
    grain = g.noise(at, 300.0, detail=3.0, rough=0.8)
    rough_relief = g.bump(g.math("MAXIMUM", height, level), relief_m * 6)
    dry = g.math("SUBTRACT", 1.0, water)
    normal = g.bump(g.math("MULTIPLY", grain, dry), 0.0007, under=rough_relief)
    film = g.remap(g.noise(at, 30.0, detail=6.0), 0.3, 0.7, 0.24, 0.42)
    rough = g.math("MAXIMUM", g.math("MULTIPLY", film, dry), 0.03)
    return g.finish(g.principled(Base_Color=tint, Roughness=rough, Normal=normal))
