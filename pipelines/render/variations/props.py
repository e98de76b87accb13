"""Puts a drawn prop on the surface: one small builder for each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, radians, sin
from random import Random
from typing import Any

from pipelines.render import materials as m
from pipelines.render.camera import Point
from pipelines.render.lights import Rgb
from pipelines.render.plates import dressing, foliage, ground
from pipelines.render.plates.solids import box
from pipelines.render.variations.recipe import Prop
from pipelines.render.variations.vocabulary import COLORS

LEAF_GREEN: Rgb = (0.13, 0.26, 0.12)
_KINDS = (foliage.EUCALYPTUS, foliage.OLIVE, foliage.LAUREL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """A prop with its foot in the world, its colour and its own random generator."""

    prop: Prop
    at: Point
    rgb: Rgb
    random: Random


def place_prop(prop: Prop, *, lift_m: float) -> None:
    """Add the prop to the scene, ``lift_m`` above its foot (what lies on cloth must clear it)."""
    rgb = COLORS[prop.color].rgb_linear if prop.color else LEAF_GREEN
    spot = _Spot(prop=prop, at=(prop.x, prop.y, prop.z + lift_m), rgb=rgb, random=Random(prop.seed))
    _BUILDERS[prop.kind](spot)


def toned(rgb: Rgb, share: float) -> Rgb:
    """The colour, darker or brighter."""
    r, g, b = (min(1.0, c * share) for c in rgb)
    return (r, g, b)


def _glaze(spot: _Spot) -> Any:
    roughness = spot.random.choice((0.08, 0.25, 0.45))
    return m.glazed("glaze", spot.rgb, roughness=roughness, speckle=0.4)


def _painted(spot: _Spot) -> Any:
    return m.plaster("painted", spot.rgb, relief_m=0.0004, stain=0.05)


def _vase(spot: _Spot) -> float:
    """A vase; returns its height."""
    tall = spot.random.uniform(0.12, 0.24) * spot.prop.scale
    dressing.vase(_glaze(spot), at=spot.at, height_m=tall, belly_m=0.3 * tall, neck_m=0.12 * tall)
    return tall


def _bouquet(spot: _Spot) -> None:
    tall = _vase(spot)
    foliage.bouquet(
        (spot.at[0], spot.at[1], spot.at[2] + 0.9 * tall), spot.random.choice(_KINDS),
        m.leaf("leaf", LEAF_GREEN), m.matte("bark", (0.2, 0.12, 0.07)), stems=6,
        reach_m=0.3 * spot.prop.scale, leaves=12, seed=spot.prop.seed,
    )  # fmt: skip


def _bowl(spot: _Spot) -> None:
    s = spot.prop.scale
    dressing.bowl(_glaze(spot), at=spot.at, radius_m=0.07 * s, height_m=0.045 * s)


def _cup(spot: _Spot) -> None:
    s = spot.prop.scale
    dressing.cup(_glaze(spot), at=spot.at, radius_m=0.035 * s, height_m=0.07 * s, flare=0.2)


def _ball(spot: _Spot) -> None:
    dressing.ball(_painted(spot), at=spot.at, radius_m=0.04 * spot.prop.scale)


def _disc(spot: _Spot) -> None:
    s, tall = spot.prop.scale, spot.random.uniform(0.03, 0.2)
    dressing.disc(_painted(spot), at=spot.at, radius_m=0.065 * s, height_m=tall * s)


def _block(spot: _Spot) -> None:
    s, turn = spot.prop.scale, (0.0, 0.0, spot.prop.turn_deg)
    size = (0.09 * s, 0.09 * s, spot.random.uniform(0.05, 0.2) * s)
    box("block", size, _painted(spot), at=spot.at, turn_deg=turn, bevel_m=0.002)


def _book(spot: _Spot) -> None:
    s = spot.prop.scale
    cover, paper = m.matte("cover", spot.rgb, roughness=0.6), m.matte("paper", (0.8, 0.76, 0.68))
    size = (0.13 * s, 0.18 * s, 0.025 * s)
    dressing.book(cover, paper, at=spot.at, size=size, turn_deg=spot.prop.turn_deg)


def _branch(spot: _Spot) -> None:
    turn, reach = radians(spot.prop.turn_deg), 0.13 * spot.prop.scale
    dx, dy = reach * cos(turn), reach * sin(turn)
    x, y, z = spot.at[0], spot.at[1], spot.at[2] + 0.012
    path = [(x - dx, y - dy, z), (x, y, z + 0.005), (x + dx, y + dy, z)]
    green, bark = m.leaf("leaf", LEAF_GREEN), m.matte("bark", (0.2, 0.12, 0.07))
    kind = spot.random.choice(_KINDS)
    foliage.branch(path, kind, green, bark, leaves=13, seed=spot.prop.seed)


def _rock(spot: _Spot) -> None:
    skin = m.stone("rock", spot.rgb, toned(spot.rgb, 0.5), relief_m=0.001)
    at = (spot.at[0], spot.at[1], spot.prop.z - 0.006)
    ground.rock(skin, at=at, radius_m=0.045 * spot.prop.scale, seed=spot.prop.seed / 100)


def _bauble(spot: _Spot) -> None:
    skin = m.metal("bauble", toned(spot.rgb, 1.6), roughness=0.18)
    dressing.ball(skin, at=spot.at, radius_m=0.03 * spot.prop.scale)


def _candle(spot: _Spot) -> None:
    s, tall = spot.prop.scale, spot.random.uniform(0.05, 0.16)
    wax = m.matte("wax", spot.rgb, roughness=0.5)
    dressing.disc(wax, at=spot.at, radius_m=0.028 * s, height_m=tall * s)


_BUILDERS: dict[str, Callable[[_Spot], object]] = {
    "vase": _vase,
    "bouquet": _bouquet,
    "bowl": _bowl,
    "cup": _cup,
    "ball": _ball,
    "disc": _disc,
    "block": _block,
    "book": _book,
    "branch": _branch,
    "rock": _rock,
    "bauble": _bauble,
    "candle": _candle,
}
