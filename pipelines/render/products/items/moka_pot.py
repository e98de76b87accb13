"""A stove-top coffee maker of cast aluminium: eight facets that mirror the room, black handles."""

from __future__ import annotations

from math import cos, pi, radians, sin
from typing import Any

from pipelines.render import materials as m
from pipelines.render.camera import Point
from pipelines.render.plates.solids import lathe, round_edges
from pipelines.render.products import rooms, surfaces
from pipelines.render.products.sample import Sample, closeup
from pipelines.render.products.shapes import loft, strap

TURN_DEG = -32.0
"""About z, so that the handle points to the picture's right and a little to the lens."""


def build() -> None:
    """Stack boiler, collar and jug, then lid, knob, handle and valve."""
    cast = surfaces.cast_metal("aluminium", (0.80, 0.80, 0.81), roughness=0.15, relief_m=0.00025)
    bakelite = surfaces.rubber("bakelite", (0.016, 0.015, 0.015), roughness=0.3)
    _facets("boiler", [
        (0.0455, 0.0), (0.0485, 0.0022), (0.0492, 0.006), (0.0452, 0.050), (0.0428, 0.058),
        (0.0395, 0.0625),
    ], cast)  # fmt: skip
    collar = [
        (0.030, 0.0605), (0.0408, 0.0605), (0.0422, 0.0615), (0.0426, 0.0635), (0.0426, 0.0725),
        (0.0422, 0.0745), (0.0408, 0.0755), (0.030, 0.0755),
    ]  # fmt: skip
    lathe("collar", collar, m.metal("collar", (0.72, 0.72, 0.73), roughness=0.22), segments=96)
    rubber = surfaces.rubber("gasket", (0.5, 0.48, 0.44), roughness=0.7)
    lathe("gasket", [(0.030, 0.0672), (0.0429, 0.0672), (0.0429, 0.0688), (0.030, 0.0688)], rubber)
    _facets("jug", [
        (0.036, 0.0745), (0.0392, 0.0765), (0.0384, 0.083), (0.0402, 0.100), (0.0475, 0.144),
        (0.0482, 0.1465),
    ], cast, spout=True)  # fmt: skip
    _facets("lid", [
        (0.0455, 0.1463), (0.0488, 0.1468), (0.0488, 0.1482), (0.0440, 0.1510), (0.0180, 0.1578),
        (0.0095, 0.1590),
    ], cast)  # fmt: skip
    _knob(bakelite)
    _handle(bakelite, cast)
    _valve()


def _facets(
    name: str, outline: list[tuple[float, float]], material: Any, *, spout: bool = False
) -> None:
    """An eight-sided casting with edges softened by the mould; ``spout`` pulls one corner out."""
    rings: list[list[Point]] = []
    for radius, z in outline:
        ring: list[Point] = []
        for i in range(8):
            # 7% more than the inner radius, so that facets are as wide as the outline says.
            reach = radius * 1.07
            if spout and i == 4:
                reach += 0.021 * max(0.0, (z - 0.104) / 0.0425) ** 1.3
            angle = pi * i / 4
            ring.append((reach * cos(angle), reach * sin(angle), z))
        rings.append(ring)
    item = loft(name, rings, material, smooth_levels=0, turn_deg=(0, 0, TURN_DEG))
    round_edges(item, 0.0013, segments=4)


def _knob(bakelite: Any) -> None:
    knob = [
        (0.0004, 0.1585), (0.0062, 0.1585), (0.0066, 0.1600), (0.0058, 0.1640), (0.0072, 0.1690),
        (0.0098, 0.1725), (0.0103, 0.1752), (0.0092, 0.1775), (0.0055, 0.1788), (0.0004, 0.1790),
    ]  # fmt: skip
    lathe("knob", knob, bakelite, segments=48)


def _handle(bakelite: Any, cast: Any) -> None:
    turn = radians(TURN_DEG)
    out = (cos(turn), sin(turn))
    across = (-sin(turn), cos(turn), 0.0)

    def at(reach: float, z: float) -> Point:
        return (out[0] * reach, out[1] * reach, z)

    outline = [
        (0.0500, 0.1385), (0.0600, 0.1400), (0.0720, 0.1412), (0.0835, 0.1398), (0.0905, 0.1330),
        (0.0920, 0.1220), (0.0912, 0.1050), (0.0898, 0.0880), (0.0888, 0.0800),
    ]  # fmt: skip
    path = [at(reach, z) for reach, z in outline]
    grip = strap(
        "handle", path, bakelite, width_m=0.0175, thick_m=0.0125, across=lambda _: across,
        round_m=0.004,
    )  # fmt: skip
    smooth = grip.modifiers.new("smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = 2
    bracket = [at(0.0465, 0.1372), at(0.0520, 0.1383), at(0.0575, 0.1392)]
    strap(
        "bracket", bracket, cast, width_m=0.0135, thick_m=0.0165, across=lambda _: across,
        round_m=0.003,
    )  # fmt: skip


def _valve() -> None:
    """The brass safety valve in the boiler's facet nearest to the lens."""
    brass = m.metal("brass", (0.78, 0.52, 0.20), roughness=0.25)
    angle = radians(TURN_DEG - 67.5)
    at = (0.0462 * cos(angle), 0.0462 * sin(angle), 0.036)
    outline = [
        (0.0004, -0.002), (0.0062, -0.002), (0.0062, 0.0022), (0.0056, 0.0028), (0.0038, 0.003),
        (0.0036, 0.0062), (0.0030, 0.0068), (0.0004, 0.007),
    ]  # fmt: skip
    turn_deg = (0.0, 90.0, TURN_DEG - 67.5)
    lathe("valve", outline, brass, at=at, turn_deg=turn_deg, segments=48)


SAMPLE = Sample(
    name="moka-pot",
    title="Stove-top moka pot, six cups",
    title_zh="六杯份摩卡壶",
    category="kitchen",
    description="Cast aluminium coffee maker for six small cups, with a brass safety valve.",
    size_cm=(16.0, 17.9, 10.5),
    tags=("kitchen", "coffee", "metal", "aluminium", "moka", "摩卡壶", "咖啡", "金属"),
    camera=closeup(0.179, fill=0.60, pitch_deg=10.0, f_number=8.0, nearer_m=0.025),
    room=rooms.tiled_counter,
    product=build,
    exposure=-0.45,
)
