"""Three rooms of rising difficulty, for products brought to about 20 cm: paper, shelf, cloth."""

from __future__ import annotations

from random import Random
from typing import Any, Literal, assert_never

from pipelines.render import materials as m
from pipelines.render.camera import Point
from pipelines.render.cycles import add_lamp, set_world_color, set_world_hdri
from pipelines.render.lights import Rgb, Sun
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.solids import box, sheet
from pipelines.render.products.matting_set.index import Room
from pipelines.render.products.rooms import window
from pipelines.render.shading import Graph, Socket

Tone = Literal["white", "grey", "dark"]
"""Of the seamless paper: as light or as dark as the product where that is the difficulty."""

_PAPER: dict[Tone, Rgb] = {
    "white": (0.84, 0.84, 0.83),
    "grey": (0.36, 0.38, 0.40),
    "dark": (0.022, 0.022, 0.024),
}
_WALLS: tuple[Rgb, ...] = ((0.31, 0.36, 0.30), (0.50, 0.36, 0.28), (0.24, 0.30, 0.36))
_CLOTHS: tuple[tuple[Rgb, Rgb], ...] = (
    ((0.05, 0.12, 0.30), (0.78, 0.77, 0.73)),
    ((0.45, 0.05, 0.04), (0.74, 0.66, 0.55)),
    ((0.07, 0.17, 0.10), (0.60, 0.57, 0.42)),
)
_BOOKS: tuple[Rgb, ...] = (
    (0.50, 0.12, 0.05), (0.62, 0.55, 0.42), (0.08, 0.13, 0.20), (0.55, 0.36, 0.08),
    (0.10, 0.22, 0.16), (0.70, 0.66, 0.60), (0.03, 0.03, 0.035), (0.30, 0.10, 0.16),
)  # fmt: skip


def build_room(room: Room, *, tone: Tone, seed: int) -> None:
    """Build a room and its lamps; ``seed`` moves the light and changes what stands about."""
    match room:
        case "sweep":
            _sweep(tone, Random(seed))
        case "shelf":
            _shelf(Random(seed))
        case "cloth":
            _cloth(Random(seed))
        case _:
            assert_never(room)


def _sweep(tone: Tone, random: Random) -> None:
    """Seamless paper under two softboxes."""
    set_world_color((0.85, 0.9, 1.0), strength=0.35)
    left = random.choice((1.0, -1.0))
    window(180.0 + left * 115.0, power_w=34.0, elevation_deg=48.0, distance_m=1.3)
    window(180.0 - left * 120.0, power_w=9.0, elevation_deg=30.0, distance_m=1.5)
    dressing.sweep(m.matte("paper", _PAPER[tone], roughness=0.8), behind_m=0.55, radius_m=0.5)


def _shelf(random: Random) -> None:
    """An oak board before a painted wall, with books, a plant, pots and a second board."""
    set_world_hdri("interior", strength=0.55, rotation_deg=random.uniform(0.0, 360.0))
    window(random.choice((285.0, 70.0)), power_w=32.0, distance_m=1.3, elevation_deg=38.0)
    oak = m.wood("oak", light=(0.48, 0.32, 0.18), dark=(0.24, 0.14, 0.07))
    dressing.table(oak, back_m=0.33)
    dressing.wall(m.plaster("wall", random.choice(_WALLS), stain=0.15), behind_m=0.34)
    box("upper board", (2.4, 0.2, 0.025), oak, at=(0.0, 0.24, 0.36), bevel_m=0.003)
    side = random.choice((-1.0, 1.0))
    _row_of_books(random, side)
    _pots(random, -side)


def _row_of_books(random: Random, side: float) -> None:
    paper = m.matte("pages", (0.8, 0.76, 0.68))
    x = 0.12
    for k in range(6):
        thick_m, tall_m = random.uniform(0.016, 0.034), random.uniform(0.15, 0.23)
        cover = m.matte(f"cover {k}", random.choice(_BOOKS), roughness=0.55)
        size = (thick_m, 0.13, tall_m)
        at = (side * (x + thick_m / 2), 0.24, 0.0)
        box("book", size, cover, at=at, turn_deg=(0.0, 0.0, random.uniform(-3, 3)), bevel_m=0.002)
        box("pages", (thick_m * 0.7, 0.124, tall_m - 0.006), paper,
            at=(at[0], at[1] + 0.004, 0.004), bevel_m=0.0)  # fmt: skip
        x += thick_m + 0.003


def _pots(random: Random, side: float) -> None:
    pot = m.matte("pot", random.choice(_BOOKS), roughness=0.6)
    dressing.cup(pot, at=(side * 0.20, 0.20, 0.0), radius_m=0.042, height_m=0.075)
    green = m.leaf("leaf", (0.10, 0.24, 0.06))
    foliage.bouquet(
        (side * 0.20, 0.20, 0.07), foliage.OLIVE, green, green, stems=8, reach_m=0.14, leaves=14,
        seed=random.randrange(99),
    )  # fmt: skip
    dressing.ball(m.glazed("ball", random.choice(_BOOKS)), at=(side * 0.30, 0.12, 0.0),
                  radius_m=0.022)  # fmt: skip
    vase = m.glazed("vase", (0.6, 0.56, 0.5))
    dressing.vase(vase, at=(side * 0.33, 0.25, 0.0), height_m=0.17, belly_m=0.05, neck_m=0.02)


def _cloth(random: Random) -> None:
    """A checked cloth, folded up behind, in low sun: hard shadows across a strong pattern."""
    set_world_hdri("courtyard", strength=0.45, rotation_deg=random.uniform(0.0, 360.0))
    sun = Sun(
        azimuth_deg=random.choice((-1.0, 1.0)) * random.uniform(45.0, 100.0),
        elevation_deg=random.uniform(32.0, 46.0),
        irradiance=3.4,
    )
    add_lamp(sun, name="sun")
    dark, light = random.choice(_CLOTHS)
    turn_deg, seed = random.uniform(-25.0, 25.0), random.uniform(0.0, 50.0)

    def drape(u: float, v: float) -> Point:
        rise = max(0.0, v - 0.32)
        fold = dressing.folds(u, v, depth_m=0.010, per_m=5.0, turn=(0.8, 0.6), seed=seed)
        # The cloth lies flat where the product stands, so that it stands and does not sink.
        away = min(1.0, max(0.0, (u * u + v * v) ** 0.5 - 0.14) / 0.15)
        return (u, v - 0.55 * rise - 0.5 * fold * min(1.0, rise * 4), rise * 1.1 + away * fold)

    material = _checked("cloth", dark, light, turn_deg=turn_deg)
    item = sheet("cloth", (3.0, 2.4), material, shape=drape, steps=(240, 200))
    item.location = (0.0, 0.0, -0.0004)


def _checked(name: str, dark: Rgb, light: Rgb, *, turn_deg: float) -> Any:
    """Woven gingham: two crossing stripes, half tone where only one of them runs."""
    g = Graph(name)
    uv = g.node("TexCoord").outputs["UV"]
    turn = (0.0, 0.0, turn_deg / 57.3)
    at = g.node("Mapping", {"Vector": uv, "Rotation": turn}).outputs[0]
    parts = g.node("SeparateXYZ", {0: at})
    both = g.math("ADD", _stripe(g, parts.outputs[0]), _stripe(g, parts.outputs[1]))
    fine = g.noise(at, 900.0, detail=2.0)
    tint = g.mix(g.math("MULTIPLY", both, 0.5), light, dark)
    tint = g.mix(g.remap(fine, 0.35, 0.65, 0.0, 0.3), tint, tuple(0.5 * c for c in dark))
    return g.finish(g.principled(Base_Color=tint, Roughness=0.95, Normal=g.bump(fine, 0.0005)))


def _stripe(g: Graph, along: Socket, *, period_m: float = 0.036) -> Socket:
    share = g.math("FRACT", g.math("DIVIDE", along, period_m))
    return g.math("GREATER_THAN", share, 0.5)
