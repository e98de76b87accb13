"""Builds a drawn set in Blender from the plates' own materials, props and lamps."""

from __future__ import annotations

from collections.abc import Callable
from math import sin
from random import Random
from typing import Any

import bpy
from mathutils import Vector, noise

from pipelines.render import materials as m
from pipelines.render.camera import Point
from pipelines.render.cycles import add_lamp, set_world_color
from pipelines.render.lights import Rgb, Sun, direction_to
from pipelines.render.plates import dressing, foliage, ground
from pipelines.render.plates.solids import box, hide_from_view, sheet
from pipelines.render.variations.props import place_prop, toned
from pipelines.render.variations.recipe import FLAT_LAY, NEXT_STEP_M, Coat, Variation
from pipelines.render.variations.vocabulary import CLOTHS, COLORS, light_color

SURFACE_INDEX = 1
"""Blender's pass index of what carries the product; everything else keeps 0."""


def build(variation: Variation) -> bpy.types.Object:
    """Build the whole set in the scene; returns its key lamp."""
    set_world_color(light_color(variation.ambient_kelvin), strength=variation.ambient_strength)
    key = add_lamp(variation.key, name="key", visible=True)
    for item in _surface(variation):
        item.pass_index = SURFACE_INDEX
    if variation.backdrop is not None:
        _backdrop(variation, variation.backdrop)
    for prop in variation.props:
        place_prop(prop, lift_m=0.006 if variation.surface.material in CLOTHS else 0.0)
    _shade(variation)
    return key


def material(coat: Coat, *, turn_deg: float = 0.0) -> Any:
    """The Blender material of a surface or a wall."""
    rgb = COLORS[coat.color].rgb_linear if coat.color else (0.5, 0.5, 0.5)
    return _MATERIALS[coat.material](rgb, turn_deg)


def _marble(rgb: Rgb, turn_deg: float) -> Any:
    dark = max(rgb) < 0.2
    vein = (0.6, 0.56, 0.5) if dark else toned(rgb, 0.4)
    return m.marble("surface", base=rgb, vein=vein, gold=0.3, turn_deg=turn_deg)


_CHIPS = ((0.45, 0.22, 0.14), (0.24, 0.26, 0.25), (0.80, 0.74, 0.62))
_FLECKS = ((0.25, 0.26, 0.27), (0.08, 0.16, 0.25))
_MATERIALS: dict[str, Callable[[Rgb, float], Any]] = {
    "marble": _marble,
    "oak": lambda _, turn: m.wood("surface", turn_deg=turn % 30 - 15),
    "walnut": lambda _, turn: m.wood(
        "surface", light=(0.22, 0.115, 0.06), dark=(0.07, 0.034, 0.017), roughness=0.34,
        turn_deg=turn % 30 - 15,
    ),
    "birch": lambda _, turn: m.wood(
        "surface", light=(0.68, 0.52, 0.36), dark=(0.52, 0.37, 0.23), roughness=0.42,
        rings_per_m=30.0, turn_deg=turn % 30 - 15, relief_m=0.0003,
    ),
    "card": lambda rgb, _: m.matte("surface", rgb, roughness=0.75),
    "plaster": lambda rgb, _: m.plaster("surface", rgb, relief_m=0.001, stain=0.12),
    "concrete": lambda rgb, _: m.concrete("surface", rgb),
    "linen": lambda rgb, _: m.linen("surface", rgb, threads_per_cm=9.0),
    "velvet": lambda rgb, _: m.velvet("surface", rgb),
    "terrazzo": lambda rgb, _: m.terrazzo("surface", rgb, (toned(rgb, 0.45), *_CHIPS)),
    "stone": lambda rgb, _: m.stone("surface", rgb, toned(rgb, 0.5), relief_m=0.003),
    "slate": lambda rgb, _: m.wet_stone("surface", toned(rgb, 1.4), toned(rgb, 0.5)),
    "lacquer": lambda rgb, _: m.glazed("surface", rgb, roughness=0.06),
    "sand": lambda rgb, _: m.sand("surface", rgb),
    "rubber": lambda rgb, _: m.flecked_rubber("surface", rgb, _FLECKS, share=0.08),
    "panels": lambda _, turn: m.wood("wall", turn_deg=90.0 + turn % 4, roughness=0.5),
    "drape": lambda rgb, _: m.linen("wall", rgb, threads_per_cm=8.0),
    "tiles": lambda rgb, turn: m.tiles(
        "wall", rgb, width_m=0.08 + 0.14 * (turn % 10) / 10, height_m=0.1,
        offset=0.5 if turn % 2 < 1 else 0.0,
    ),
}  # fmt: skip


def _surface(variation: Variation) -> list[bpy.types.Object]:
    """The furniture of a layout; its top is z = 0 at the product's place."""
    random = Random(f"{variation.seed}/{variation.number}/surface")
    coat = variation.surface
    skin = material(coat, turn_deg=random.uniform(0, 180))
    if coat.material in (*CLOTHS, "sand"):
        return [_soft(coat, skin, random)]
    match variation.layout:
        case "sweep":
            return [dressing.sweep(skin, behind_m=random.uniform(0.4, 0.9))]
        case "podium":
            height, radius = -variation.floor_m, random.uniform(0.13, 0.2)
            floor = dressing.table(skin, back_m=3.0, width_m=6.0, thick_m=0.05)
            floor.location.z -= height
            at = (0.0, 0.0, -height)
            return [dressing.disc(skin, at=at, radius_m=radius, height_m=height)]
        case "step":
            tall = 0.3 + NEXT_STEP_M
            box("next step", (4.0, 0.5, tall), skin, at=(0.0, 0.52, -0.3), bevel_m=0.004)
            return [box("step", (4.0, 0.54, 0.3), skin, at=(0.0, 0.0, -0.3), bevel_m=0.004)]
        case _:
            return [dressing.table(skin, back_m=_depth_m(variation, random), width_m=3.0)]


def _depth_m(variation: Variation, random: Random) -> float:
    return 1.2 if variation.layout == FLAT_LAY else random.uniform(0.35, variation.wall_m)


def _soft(coat: Coat, skin: Any, random: Random) -> bpy.types.Object:
    """Cloth or sand: folds and ripples that calm down where the product stands."""
    seed, turn = random.uniform(0, 50), random.choice(((0.8, 0.6), (0.3, -0.95), (0.95, 0.3)))
    depth = random.uniform(0.004, 0.018)

    def lie(u: float, v: float) -> Point:
        away = (u * u + v * v) ** 0.5
        ease = min(1.0, max(0.0, (away - 0.1) / 0.28))
        ease = ease * ease * (3 - 2 * ease)
        if coat.material == "sand":
            lift = ground.ripples(u, v, height_m=0.8 * depth, per_m=17.0, seed=seed) * max(
                ease, 0.1
            )
        else:
            lift = dressing.folds(u, v, depth_m=depth, per_m=6.0, turn=turn, seed=seed) * ease
        return (u, v, lift + 0.001 * noise.noise(Vector((u * 11, v * 11, seed))))

    return sheet("cloth", (2.6, 2.6), skin, shape=lie, steps=(220, 220))


def _backdrop(variation: Variation, coat: Coat) -> None:
    random = Random(f"{variation.seed}/{variation.number}/wall")
    skin = material(coat, turn_deg=random.uniform(0, 180))
    if coat.material != "drape":
        dressing.wall(skin, behind_m=variation.wall_m, from_m=-1.0)
        return
    per_m, seed = random.uniform(4.0, 9.0), random.uniform(0, 9)

    def hang(u: float, v: float) -> Point:
        wave = sin(6.283 * per_m * u + 1.4 * sin(2.1 * v + seed) + 2.0 * sin(3.0 * u))
        return (u, 0.035 * wave + 0.02 * noise.noise(Vector((u * 3, v, seed))), v)

    sheet("drape", (5.0, 3.0), skin, shape=hang, steps=(420, 20),
          at=(0.0, variation.wall_m + 0.05, 0.8))  # fmt: skip


def _shade(variation: Variation) -> None:
    """Window bars or leaves between the sun and the set; the product's place stays lit."""
    key = variation.key
    if not isinstance(key, Sun):
        return
    random = Random(f"{variation.seed}/{variation.number}/shade")
    if variation.shade == "window":
        pane = (random.uniform(0.25, 0.5), random.uniform(0.35, 0.6))
        dressing.window_bars(key, pane_m=pane, panes=(9, 5), distance_m=2.2, bar_m=0.04)
    if variation.shade != "leaves":
        return
    toward = Vector(direction_to(key.azimuth_deg, key.elevation_deg))
    leaf, bark = m.leaf("shade", (0.1, 0.2, 0.1)), m.matte("shade bark", (0.2, 0.12, 0.07))
    for i in range(14):
        spot = Vector((random.uniform(-0.7, 0.7), random.uniform(-0.4, 0.8), 0.0))
        if spot.length < 0.2:
            continue
        foot = tuple(spot + toward * random.uniform(0.8, 1.6))
        for item in foliage.bouquet(
            foot, foliage.LAUREL, leaf, bark, stems=3, reach_m=0.26, leaves=8,
            seed=variation.number * 20 + i, open_deg=80.0,
        ):  # fmt: skip
            hide_from_view(item)
