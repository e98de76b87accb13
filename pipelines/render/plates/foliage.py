"""Leaves, branches and needles, grown from a seeded generator."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians, sin
from random import Random
from typing import Any

import bpy
from mathutils import Euler, Vector

from pipelines.render.camera import Point
from pipelines.render.plates.solids import ORIGIN, mesh, place, tube


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A leaf's outline: length and width in metres, where it is widest, how far it droops."""

    length_m: float
    width_m: float
    widest: float = 0.45
    droop: float = 0.25
    fold: float = 0.18


EUCALYPTUS = Leaf(length_m=0.045, width_m=0.036, widest=0.5, droop=0.12)
OLIVE = Leaf(length_m=0.055, width_m=0.013)
LAUREL = Leaf(length_m=0.085, width_m=0.032)
PALM = Leaf(length_m=0.34, width_m=0.028, widest=0.35, droop=0.5)


def leaf_mesh(leaf: Leaf, material: Any) -> bpy.types.Mesh:
    """One leaf along +x from the origin, folded along its rib."""
    steps = 10
    points: list[Point] = []
    for i in range(steps + 1):
        t = i / steps
        rise = t / leaf.widest if t < leaf.widest else (1 - t) / (1 - leaf.widest)
        half = leaf.width_m / 2 * sin(pi / 2 * max(0.0, rise)) ** 0.8
        z = -leaf.droop * leaf.length_m * t * t
        x = leaf.length_m * t * (1 - 0.12 * leaf.droop * t)
        points += [(x, -half, z + leaf.fold * half), (x, 0.0, z), (x, half, z + leaf.fold * half)]
    faces = []
    for i in range(steps):
        a, b = 3 * i, 3 * i + 3
        faces += [[a, a + 1, b + 1, b], [a + 1, a + 2, b + 2, b + 1]]
    data = bpy.data.meshes.new("leaf")
    data.from_pydata(points, [], faces)
    data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    data.materials.append(material)
    return data


def branch(
    path: list[Point],
    leaf: Leaf,
    material: Any,
    bark: Any,
    *,
    leaves: int,
    seed: int,
    spread_deg: float = 55.0,
    stem_m: float = 0.002,
    scale: tuple[float, float] = (0.7, 1.15),
) -> list[bpy.types.Object]:
    """A stem along a path with leaves on both sides, smaller towards its tip."""
    random = Random(seed)
    shape = leaf_mesh(leaf, material)
    made = [tube("stem", path, stem_m, bark, taper=0.35)]
    spots = [Vector(p) for p in path]
    for i in range(leaves):
        t = (i + 0.6) / leaves
        at, along = _along(spots, t)
        angle = i * 2.4 + random.uniform(-0.5, 0.5)
        side = along.orthogonal().normalized()
        across = (side * cos(angle) + along.cross(side) * sin(angle)).normalized()
        tilt = radians(spread_deg + random.uniform(-15, 15))
        out = (along * cos(tilt) + across * sin(tilt)).normalized()
        item = bpy.data.objects.new("leaf", shape)
        size = random.uniform(*scale) * (1.0 - 0.45 * t)
        place(item, at=tuple(at))
        item.rotation_mode = "QUATERNION"
        turned = out.to_track_quat("X", "Z")
        item.rotation_quaternion = turned @ Euler((random.uniform(-0.7, 0.7), 0, 0)).to_quaternion()
        item.scale = (size, size, size)
        made.append(item)
    return made


def _along(spots: list[Vector], t: float) -> tuple[Vector, Vector]:
    """Point and direction at share ``t`` of a polyline."""
    reach = t * (len(spots) - 1)
    i = min(int(reach), len(spots) - 2)
    step = spots[i + 1] - spots[i]
    return spots[i] + step * (reach - i), step.normalized()


def bouquet(
    foot: Point,
    leaf: Leaf,
    material: Any,
    bark: Any,
    *,
    stems: int,
    reach_m: float,
    leaves: int,
    seed: int,
    lean: Point = ORIGIN,
    open_deg: float = 38.0,
) -> list[bpy.types.Object]:
    """Stems that fan out of a vase's mouth and bend under their weight."""
    random = Random(seed)
    made: list[bpy.types.Object] = []
    for s in range(stems):
        around = 2 * pi * s / stems + random.uniform(-0.4, 0.4)
        tilt = radians(random.uniform(0.25, 1.0) * open_deg)
        length = reach_m * random.uniform(0.7, 1.05)
        aim = Vector((cos(around) * sin(tilt), sin(around) * sin(tilt), cos(tilt))) + Vector(lean)
        aim.normalize()
        path: list[Point] = []
        for k in range(6):
            t = k / 5
            sag = -0.22 * length * t * t * sin(tilt)
            spot = Vector(foot) + aim * (length * t) + Vector((0, 0, sag))
            path.append((spot.x, spot.y, spot.z))
        made += branch(path, leaf, material, bark, leaves=leaves, seed=seed * 31 + s)
    return made


def palm_frond(
    foot: Point, toward: Point, material: Any, *, leaflets: int = 26, length_m: float = 0.9
) -> list[bpy.types.Object]:
    """A feathered palm leaf in the plane of ``toward`` and up, for shadows or background."""
    shape = leaf_mesh(PALM, material)
    aim = Vector(toward).normalized()
    path: list[Point] = []
    for k in range(8):
        t = k / 7
        spot = Vector(foot) + aim * (length_m * t) + Vector((0, 0, -0.28 * length_m * t * t))
        path.append((spot.x, spot.y, spot.z))
    made = [tube("rib", path, 0.006, material, taper=0.2)]
    spots = [Vector(p) for p in path]
    for i in range(leaflets):
        t = 0.15 + 0.83 * i / leaflets
        at, along = _along(spots, t)
        normal = along.cross(Vector((0.3, 1.0, 0.1))).normalized()
        for sign in (-1.0, 1.0):
            out = (along * 0.75 + normal * sign).normalized()
            item = bpy.data.objects.new("leaflet", shape)
            place(item, at=tuple(at))
            item.rotation_mode = "QUATERNION"
            item.rotation_quaternion = out.to_track_quat("X", "Y")
            size = (0.45 + 0.9 * sin(pi * min(1.0, t * 0.9))) * length_m / 0.9 * 0.75
            item.scale = (size, size, size)
            made.append(item)
    return made


def fir_twig(
    path: list[Point], material: Any, bark: Any, *, needles: int, seed: int, needle_m: float = 0.018
) -> list[bpy.types.Object]:
    """A twig thick with needles, all in one mesh."""
    random = Random(seed)
    spots = [Vector(p) for p in path]
    points: list[Point] = []
    faces: list[list[int]] = []
    for _ in range(needles):
        at, along = _along(spots, random.uniform(0.02, 0.999))
        side = along.orthogonal().normalized()
        angle = random.uniform(0, 2 * pi)
        across = side * cos(angle) + along.cross(side) * sin(angle)
        out = (along * random.uniform(0.4, 0.9) + across).normalized()
        width = along.cross(out).normalized() * 0.0007
        tip = at + out * needle_m * random.uniform(0.75, 1.15)
        middle = at + (tip - at) * 0.5
        base = len(points)
        points += [tuple(at), tuple(middle - width), tuple(tip), tuple(middle + width)]
        faces.append([base, base + 1, base + 2, base + 3])
    return [tube("twig", path, 0.0016, bark, taper=0.4), mesh("needles", points, faces, material)]
