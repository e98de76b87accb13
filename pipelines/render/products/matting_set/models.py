"""Simple models that are hard to cut out: wire, chain, fur and a clear glass."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Any

import bpy
import numpy as np

from pipelines.render import materials as m
from pipelines.render.camera import Point
from pipelines.render.lights import Rgb
from pipelines.render.plates import dressing
from pipelines.render.plates.solids import lathe, place, tube
from pipelines.render.products import surfaces
from pipelines.render.shading import Graph

_HAIR_POINTS = 6


def basket(color: Rgb = (0.02, 0.02, 0.022)) -> None:
    """A basket of bent wire: the room is seen through every mesh of it."""
    wire = m.metal("wire", color, roughness=0.4)
    low_m, high_m, height_m, rods = 0.075, 0.105, 0.12, 26
    for share in (0.0, 0.33, 0.66, 1.0):
        radius_m = low_m + (high_m - low_m) * share
        gauge_m = 0.0028 if share in (0.0, 1.0) else 0.0017
        _ring("hoop", radius_m, gauge_m, wire, z=0.003 + height_m * share)
    for k in range(rods):
        c, s = cos(2 * pi * k / rods), sin(2 * pi * k / rods)
        foot: Point = (low_m * c, low_m * s, 0.003)
        top: Point = (high_m * c, high_m * s, 0.003 + height_m)
        tube("rod", [foot, top], 0.0014, wire)
    for k in range(5):
        x = low_m * (k - 2) / 2.6
        reach = (low_m**2 - x**2) ** 0.5
        tube("base", [(x, -reach, 0.003), (x, reach, 0.003)], 0.0014, wire)
    for side in (-1.0, 1.0):
        grip = [
            (side * (high_m + 0.03 * sin(pi * k / 12)), 0.04 * cos(pi * k / 12),
             height_m + 0.003 + 0.035 * sin(pi * k / 12))
            for k in range(13)
        ]  # fmt: skip
        tube("grip", grip, 0.003, wire)


def necklace(color: Rgb = (0.83, 0.60, 0.30)) -> None:
    """A chain laid in a loop, a pendant before it."""
    gold = surfaces.cast_metal("gold", color, roughness=0.2, relief_m=0.00003)
    links = 46
    for k in range(links):
        angle = 2 * pi * k / links
        x, y = 0.085 * cos(angle), 0.062 * sin(angle) * (1.0 + 0.25 * cos(angle))
        along = (-0.085 * sin(angle), 0.062 * cos(angle))
        _link(gold, (x, y, 0.0055), turn=float(np.arctan2(along[1], along[0])), roll=k % 2)
    dressing.disc(gold, at=(0.0, -0.083, 0.0), radius_m=0.018, height_m=0.004, edge_m=0.0015)


def _link(material: Any, at: Point, *, turn: float, roll: int) -> None:
    bpy.ops.mesh.primitive_torus_add(
        major_segments=32, minor_segments=12, major_radius=0.0062, minor_radius=0.0014, location=at
    )
    item = bpy.context.object
    item.scale = (1.35, 0.8, 1.0)
    item.rotation_euler = ((0.35, 1.25)[roll], 0.0, turn)
    _dress(item, material)


def _ring(name: str, radius_m: float, gauge_m: float, material: Any, *, z: float) -> None:
    bpy.ops.mesh.primitive_torus_add(
        major_segments=96, minor_segments=10, major_radius=radius_m, minor_radius=gauge_m,
        location=(0.0, 0.0, z),
    )  # fmt: skip
    bpy.context.object.name = name
    _dress(bpy.context.object, material)


def _dress(item: bpy.types.Object, material: Any) -> None:
    item.data.polygons.foreach_set("use_smooth", [True] * len(item.data.polygons))
    item.data.materials.append(material)


def pompom(color: Rgb = (0.30, 0.17, 0.085), *, hairs: int = 16_000) -> None:
    """A ball of faux fur on a metal ring: thousands of hairs, each thinner than a pixel."""
    radius_m, length_m = 0.045, 0.034
    middle = radius_m + length_m * 0.75
    fur = _hair_material(color)
    dressing.ball(m.matte("core", color), at=(0.0, 0.0, middle - radius_m), radius_m=radius_m)
    _fur(middle, radius_m, length_m, fur, hairs=hairs)
    steel = m.metal("steel", (0.75, 0.74, 0.72), roughness=0.2)
    top = middle + radius_m + length_m * 0.7
    tube("loop", [(0.0, 0.0, top - 0.03), (0.0, 0.0, top + 0.004)], 0.0022, steel)
    _ring("key ring", 0.016, 0.0016, steel, z=0.0)
    ring = bpy.context.object
    ring.location, ring.rotation_euler = (0.0, 0.0, top + 0.018), (pi / 2, 0.0, 0.5)


def _fur(z: float, radius_m: float, length_m: float, material: Any, *, hairs: int) -> None:
    """Hairs that leave the ball nearly upright, bend by weight and lean in tufts."""
    random = np.random.default_rng(3)
    out = random.normal(size=(hairs, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    tufts = random.normal(size=(220, 3))
    tufts /= np.linalg.norm(tufts, axis=1, keepdims=True)
    lean = 0.45 * (tufts[np.argmax(out @ tufts.T, axis=1)] - out)
    lean += random.normal(scale=0.16, size=out.shape)
    reach = length_m * random.uniform(0.55, 1.1, size=(hairs, 1))
    steps = []
    for t in np.linspace(0.0, 1.0, _HAIR_POINTS):
        spot = out * (radius_m + reach * t) + lean * reach * t**1.5
        spot[:, 2] -= 0.22 * reach[:, 0] * t**2
        steps.append(spot + np.array([0.0, 0.0, z]))
    points = np.stack(steps, axis=1)
    points[..., 2] = np.maximum(points[..., 2], 0.0006)
    _strands(points, material)


def _strands(points: Any, material: Any) -> None:
    """Hair from float (hairs, points, 3) positions, thinning to its tip."""
    hairs, count, _ = points.shape
    data = bpy.data.hair_curves.new("fur")
    data.add_curves([count] * hairs)
    data.attributes["position"].data.foreach_set("vector", points.astype(np.float32).ravel())
    radius = data.attributes.get("radius") or data.attributes.new("radius", "FLOAT", "POINT")
    taper = np.tile(np.linspace(0.00022, 0.00004, count, dtype=np.float32), hairs)
    radius.data.foreach_set("value", taper)
    data.materials.append(material)
    place(bpy.data.objects.new("fur", data), at=(0.0, 0.0, 0.0))


def _hair_material(color: Rgb) -> Any:
    g = Graph("fur")
    own = g.node("HairInfo").outputs["Random"]
    tint = g.mix(own, tuple(0.6 * c for c in color), tuple(min(1.0, 1.5 * c) for c in color))
    return g.finish(g.principled(Base_Color=tint, Roughness=0.55, Specular_IOR_Level=0.3))


def tumbler() -> None:
    """A clear drinking glass, thin-walled: a thick foot would mirror more than it lets through."""
    glass = surfaces.bottle_glass("glass", ior=1.5, shade=(0.95, 0.96, 0.96))
    r, h = 0.038, 0.105
    outline = [
        (0.0004, 0.0), (r * 0.86, 0.0), (r * 0.92, 0.001), (r * 0.94, 0.004), (r, h * 0.5),
        (r * 1.05, h - 0.001), (r * 1.04, h), (r * 1.015, h), (r * 1.0, h - 0.001),
        (r * 0.965, h * 0.5), (r * 0.9, 0.006), (r * 0.82, 0.0036), (0.0004, 0.0034),
    ]  # fmt: skip
    lathe("tumbler", outline, glass, segments=96)
