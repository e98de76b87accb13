"""What lies on the ground out of doors: rocks, pebbles, fallen leaves, drifted sand."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin
from random import Random
from typing import Any

import bpy
from mathutils import Vector, noise

from pipelines.render.camera import Point
from pipelines.render.plates.solids import ORIGIN, mesh, place


def rock(
    material: Any,
    *,
    at: Point,
    radius_m: float,
    seed: float,
    squash: float = 0.62,
    rough: float = 0.22,
) -> bpy.types.Object:
    """A weathered boulder, sunk a little into ``at``; ``rough`` is how far it is from round."""
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=5, radius=1.0, location=at)
    item = bpy.context.object
    shift = Vector((seed * 7.1, seed * 3.3, seed * 5.7))
    for vertex in item.data.vertices:
        out = vertex.co.normalized()
        broad = noise.noise(out * 1.1 + shift)
        fine = noise.fractal(out * 2.6 + shift, 0.9, 2.1, 5)
        reach = radius_m * (1.0 + rough * (1.2 * broad + 0.35 * fine))
        spot = out * reach
        vertex.co = (spot.x * 1.2, spot.y, spot.z * squash)
    item.data.polygons.foreach_set("use_smooth", [True] * len(item.data.polygons))
    item.data.materials.append(material)
    item.location.z += radius_m * squash * 0.7
    item.rotation_euler = (0.0, 0.0, seed * 2.4)
    return item


def ripples(u: float, v: float, *, height_m: float, per_m: float, seed: float) -> float:
    """Height of wind-blown sand: bent parallel ridges, steeper on one side, over soft dunes."""
    sway = 0.35 * noise.noise(Vector((u * 3.0, v * 3.0, seed)))
    phase = (v + 0.35 * u) * per_m + sway * per_m * 0.35
    share = phase % 1.0
    ridge = share / 0.68 if share < 0.68 else (1.0 - share) / 0.32
    ridge = ridge * ridge * (3 - 2 * ridge)
    fade = 0.6 + 0.6 * noise.noise(Vector((u * 2.2, v * 2.2, seed + 5.0)))
    dune = 0.5 * noise.noise(Vector((u * 1.6, v * 1.6, seed + 9.0)))
    return height_m * (ridge * max(0.0, fade) + dune)


def maple_mesh(size_m: float, material: Any, *, curl: float, seed: int) -> bpy.types.Mesh:
    """A lobed autumn leaf around the origin, its edges curled up by ``curl``, stem included."""
    random = Random(seed)
    lobes = [(-2.35, 0.45), (-1.25, 0.82), (0.0, 1.0), (1.25, 0.82), (2.35, 0.45)]
    count = 120
    points: list[Point] = [(0.0, 0.0, 0.0)]
    twist = random.uniform(-0.5, 0.5)
    for i in range(count):
        angle = -pi + 2 * pi * i / count
        reach = 0.40
        for centre, length in lobes:
            off = abs(angle - centre)
            reach = max(reach, length * max(0.0, 1.0 - (off / 0.75)) ** 0.75)
        reach *= 1.0 + 0.10 * sin(angle * 17.0) * min(1.0, reach * 1.4)
        x, y = reach * cos(angle), reach * sin(angle)
        lift = curl * (reach * reach) * (0.5 + 0.5 * sin(angle * 2.0 + twist * 6))
        points.append((x * size_m, y * size_m, (lift + 0.08 * abs(sin(angle * 2.5))) * size_m))
    faces = [[0, 1 + i, 1 + (i + 1) % count] for i in range(count)]
    base = len(points)
    points += [(0.0, -0.006 * size_m, 0.01), (0.0, 0.006 * size_m, 0.01)]
    points += [(-0.8 * size_m, 0.05 * size_m, 0.012), (-0.8 * size_m, 0.03 * size_m, 0.012)]
    faces.append([base, base + 1, base + 2, base + 3])
    data = bpy.data.meshes.new("maple")
    data.from_pydata(points, [], faces)
    data.materials.append(material)
    return data


def scatter(
    shapes: list[bpy.types.Mesh],
    *,
    count: int,
    seed: int,
    spot: Callable[[Random], Point | None],
    scale: tuple[float, float] = (0.7, 1.2),
    tilt: float = 0.35,
) -> list[bpy.types.Object]:
    """Drop ``count`` copies where ``spot`` says; None from it leaves one out."""
    random = Random(seed)
    made = []
    for i in range(count):
        at = spot(random)
        if at is None:
            continue
        item = place(bpy.data.objects.new("dropped", shapes[i % len(shapes)]), at=at)
        item.rotation_euler = (
            random.uniform(-tilt, tilt), random.uniform(-tilt, tilt), random.uniform(0, 2 * pi)
        )  # fmt: skip
        size = random.uniform(*scale)
        item.scale = (size, size, size)
        made.append(item)
    return made


def shell(material: Any, *, at: Point, size_m: float, turn_deg: Point = ORIGIN) -> bpy.types.Object:
    """A scallop: ribbed fan, arched, with its hinge at the origin."""
    nu, nv = 90, 24
    points: list[Point] = []
    for j in range(nv + 1):
        t = j / nv
        for i in range(nu + 1):
            angle = (i / nu - 0.5) * 2.2
            rib = 1.0 + 0.035 * cos(angle * 46.0 / 2.2 * 1.37) * t
            edge = t * (1.0 - 0.12 * (angle / 1.1) ** 2) * rib
            arch = sin(pi * min(1.0, 0.18 + 0.72 * t)) * (1.0 - 0.75 * (angle / 1.1) ** 2)
            ridge = 0.022 * cos(angle * 46.0 / 2.2 * 1.37) * t
            out, lift = size_m * edge, size_m * (0.26 * arch + ridge)
            points.append((out * sin(angle), out * cos(angle), lift))
    faces = [
        [j * (nu + 1) + i, j * (nu + 1) + i + 1, (j + 1) * (nu + 1) + i + 1, (j + 1) * (nu + 1) + i]
        for j in range(nv)
        for i in range(nu)
    ]
    return mesh("shell", points, faces, material, at=at, turn_deg=turn_deg)
