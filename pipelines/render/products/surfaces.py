"""Materials that products have and rooms have not. Colours are linear RGB, lengths metres."""

from __future__ import annotations

from typing import Any

from pipelines.render.lights import Rgb
from pipelines.render.shading import Graph


def bottle_glass(
    name: str,
    *,
    tint: Rgb = (1.0, 1.0, 1.0),
    ior: float = 1.46,
    shade: Rgb | None = None,
    cloud: float = 0.0,
) -> Any:
    """Glass or liquid that lets lamps shine through it, coloured by ``shade``.

    Refracted lamp light never settles at our sample counts, so shadow rays pass straight through.
    ``cloud`` is the share of light that each surface scatters: one alpha cannot hold a tint, which
    would be lost in a cutout were it not for some light of its own.
    """
    g = Graph(name)
    body = g.principled(Base_Color=tint, Roughness=0.0, IOR=ior, Transmission_Weight=1.0)
    if cloud > 0:
        haze = g.node("BsdfTranslucent", {"Color": shade or tint})
        body = g.node("MixShader", {0: cloud, 1: body.outputs[0], 2: haze.outputs[0]})
    clear = g.node("BsdfTransparent", {"Color": shade or tint})
    shadow = g.node("LightPath").outputs["Is Shadow Ray"]
    return g.finish(g.node("MixShader", {0: shadow, 1: body.outputs[0], 2: clear.outputs[0]}))


def rubber(name: str, color: Rgb, *, roughness: float = 0.55) -> Any:
    """Moulded rubber or soft-touch plastic with a fine grain."""
    g = Graph(name)
    grain = g.noise(g.place(), 3000.0, detail=2.0)
    touch = g.remap(
        g.noise(g.place(), 30.0, detail=5.0), 0.35, 0.65, roughness * 0.85, roughness * 1.1
    )
    normal = g.bump(grain, 0.00012)
    return g.finish(g.principled(Base_Color=color, Roughness=touch, Normal=normal))


def leather(
    name: str,
    color: Rgb,
    *,
    grain_per_m: float = 900.0,
    roughness: float = 0.48,
    relief_m: float = 0.0005,
) -> Any:
    """Full-grain leather: pebbles of uneven size, creases, darker in the valleys."""
    g = Graph(name)
    at = g.place()
    bend = g.mix(0.004, (0, 0, 0), g.noise(at, 160.0, detail=2.0))
    bent = g.node("VectorMath", {0: at, 1: bend}, operation="ADD").outputs[0]
    cells = g.node(
        "TexVoronoi", {"Vector": bent, "Scale": grain_per_m}, feature="SMOOTH_F1"
    ).outputs[0]
    pebble = g.remap(cells, 0.1, 0.75, 1.0, 0.0)
    clouds = g.noise(at, 16.0, detail=6.0, rough=0.6)
    worn = tuple(min(1.0, 1.35 * c + 0.01) for c in color)
    tint = g.mix(g.remap(clouds, 0.35, 0.68), tuple(0.78 * c for c in color), worn)
    tint = g.mix(g.remap(pebble, 0.0, 0.5, 0.5, 0.0), tint, tuple(0.35 * c for c in color))
    soft = g.bump(g.noise(at, 55.0, detail=4.0), 0.0012)
    return g.finish(
        g.principled(
            Base_Color=tint,
            Roughness=g.remap(clouds, 0.3, 0.7, roughness * 1.15, roughness * 0.85),
            Normal=g.bump(pebble, relief_m, under=soft),
            Specular_IOR_Level=0.45,
        )
    )


def cast_metal(name: str, color: Rgb, *, roughness: float = 0.25, relief_m: float = 0.0002) -> Any:
    """Polished casting: a skin that is never quite flat, smudges, fine scratches."""
    g = Graph(name)
    at = g.place()
    smudge = g.noise(at, 35.0, detail=6.0, rough=0.6)
    skin = g.bump(g.noise(at, 90.0, detail=3.0), relief_m)
    scratch = g.noise(g.place(scale=(1.0, 1.0, 14.0)), 900.0, detail=3.0)
    return g.finish(
        g.principled(
            Base_Color=color,
            Metallic=1.0,
            Roughness=g.remap(smudge, 0.3, 0.7, roughness * 0.75, roughness * 1.4),
            Normal=g.bump(scratch, 0.00003, under=skin),
        )
    )


def terry(name: str, color: Rgb) -> Any:
    """Terry cloth: loops that swallow light, with a soft bright rim (needs UVs in metres)."""
    g = Graph(name)
    at = g.node("TexCoord").outputs["UV"]
    loops = g.node("TexVoronoi", {"Vector": at, "Scale": 720.0, "Randomness": 0.85}).outputs[0]
    nap = g.noise(at, 60.0, detail=5.0)
    tone = g.remap(loops, 0.1, 0.8, 0.0, 0.55)
    tint = g.mix(tone, color, tuple(0.62 * c for c in color))
    tint = g.mix(g.remap(nap, 0.35, 0.65, 0.0, 0.18), tint, tuple(0.7 * c for c in color))
    pile = g.bump(g.remap(loops, 0.0, 0.9, 1.0, 0.0), 0.0009, under=g.bump(nap, 0.002))
    return g.finish(
        g.principled(
            Base_Color=tint,
            Roughness=1.0,
            Normal=pile,
            Sheen_Weight=0.45,
            Sheen_Roughness=0.5,
            Specular_IOR_Level=0.05,
        )
    )


def dipped_glaze(name: str, glaze: Rgb, clay: Rgb, *, line_m: float, speckle: float = 0.9) -> Any:
    """Stoneware dipped in glaze down to ``line_m`` above its foot; the clay below stays bare."""
    g = Graph(name)
    at = g.place()
    height = g.node("SeparateXYZ", {0: at}).outputs[2]
    wave = g.math("MULTIPLY", g.math("SUBTRACT", g.noise(at, 35.0, detail=2.0), 0.5), 0.006)
    above = g.remap(g.math("ADD", height, wave), line_m - 0.0004, line_m + 0.0004)
    thin = g.remap(g.math("ADD", height, wave), line_m, line_m + 0.006, 0.55, 0.0)
    pool = g.noise(at, 24.0, detail=4.0)
    coat = g.mix(g.remap(pool, 0.35, 0.65, 0.0, 0.35), glaze, tuple(0.72 * c for c in glaze))
    coat = g.mix(thin, coat, clay)
    specks = g.remap(g.noise(at, 520.0, detail=1.0), 0.68, 0.73, 0.0, speckle)
    coat = g.mix(specks, coat, (0.07, 0.04, 0.025))
    sand = g.noise(at, 900.0, detail=3.0)
    bare = g.mix(g.remap(sand, 0.4, 0.65, 0.0, 0.6), clay, tuple(0.55 * c for c in clay))
    glazed = g.bump(g.noise(at, 70.0, detail=2.0), 0.0005)
    return g.finish(
        g.principled(
            Base_Color=g.mix(above, bare, coat),
            Roughness=g.remap(above, 0.0, 1.0, 0.85, 0.3),
            Coat_Weight=g.math("MULTIPLY", above, 0.6),
            Coat_Roughness=0.12,
            Normal=g.bump(
                g.math("MULTIPLY", sand, g.math("SUBTRACT", 1.0, above)), 0.0006, under=glazed
            ),
        )
    )


def stained_wood(name: str, color: Rgb, *, grain: float = 0.3, roughness: float = 0.5) -> Any:
    """Fine-grained wood under a water stain: the colour stays, the fibres show."""
    g = Graph(name)
    fibre = g.noise(g.place(scale=(0.06, 1.0, 1.0)), 800.0, detail=5.0, rough=0.65)
    bands = g.noise(g.place(scale=(0.12, 1.0, 1.0)), 90.0, detail=3.0, distortion=0.5)
    tone = g.math("ADD", g.math("MULTIPLY", fibre, 0.6), g.math("MULTIPLY", bands, 0.5))
    tint = g.mix(g.remap(tone, 0.38, 0.75, 0.0, grain * 2), color, tuple(0.45 * c for c in color))
    rough = g.remap(fibre, 0.3, 0.7, roughness * 0.9, roughness * 1.15)
    return g.finish(g.principled(Base_Color=tint, Roughness=rough, Normal=g.bump(fibre, 0.0002)))
