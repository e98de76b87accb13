"""Procedural materials with the wear that makes them read as photographed, not computed.

Every material is made in object space, in metres, so that grain and veins keep their true size on
any object. Colours are linear RGB.
"""

from __future__ import annotations

from typing import Any

from pipelines.render.lights import Rgb
from pipelines.render.shading import Graph, Socket


def matte(name: str, color: Rgb, *, roughness: float = 0.85, grain_m: float = 0.0002) -> Any:
    """Painted card, plastic or seamless paper: one colour, uneven by a hair."""
    g = Graph(name)
    uneven = g.noise(g.place(), 9.0, detail=3.0)
    tint = g.mix(g.remap(uneven, 0.3, 0.7, 0.0, 0.12), color, tuple(0.8 * c for c in color))
    fine = g.noise(g.place(), 900.0, detail=2.0)
    normal = g.bump(fine, grain_m)
    return g.finish(g.principled(Base_Color=tint, Roughness=roughness, Normal=normal))


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


def leaf(name: str, color: Rgb, *, back: Rgb | None = None, gloss: float = 0.45) -> Any:
    """A leaf: waxy above, glowing where light comes through, each a little different."""
    g = Graph(name)
    own = g.node("ObjectInfo").outputs["Random"]
    tone = g.noise(g.place(), 30.0, detail=3.0)
    share = g.math("MULTIPLY", g.math("ADD", own, tone), 0.5)
    tint = g.mix(
        g.remap(share, 0.1, 0.9),
        tuple(0.6 * c for c in color),
        tuple(min(1.0, 1.4 * c) for c in color),
    )
    front = g.principled(Base_Color=tint, Roughness=gloss)
    through = g.node("BsdfTranslucent", {"Color": back or tuple(min(1.0, 1.8 * c) for c in color)})
    return g.finish(g.node("MixShader", {0: 0.3, 1: front.outputs[0], 2: through.outputs[0]}))


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


def glow(name: str, color: Rgb, *, strength: float) -> Any:
    """A lamp's or candle's own light, radiance ``strength``."""
    g = Graph(name)
    return g.finish(g.node("Emission", {"Color": color, "Strength": strength}))
