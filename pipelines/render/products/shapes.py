"""Shapes that products need beyond turned and boxed ones; metres, subdivided smooth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import cos, pi, sin
from typing import Any

import bpy
from mathutils import Vector

from pipelines.render.camera import Point
from pipelines.render.plates.solids import ORIGIN, mesh


def loft(
    name: str,
    rings: Sequence[Sequence[Point]],
    material: Any,
    *,
    at: Point = ORIGIN,
    turn_deg: Point = ORIGIN,
    caps: tuple[bool, bool] = (True, True),
    smooth_levels: int = 2,
    inward: bool = False,
) -> bpy.types.Object:
    """Skin closed rings of equal length, from the lowest up; ``inward`` turns the normals in."""
    count = len(rings[0])
    points = [point for ring in rings for point in ring]
    faces: list[list[int]] = []
    for level in range(len(rings) - 1):
        low, high = level * count, (level + 1) * count
        for i in range(count):
            j = (i + 1) % count
            faces.append([low + i, low + j, high + j, high + i])
    if caps[0]:
        faces.append(list(range(count))[::-1])
    if caps[1]:
        faces.append([(len(rings) - 1) * count + i for i in range(count)])
    if inward:
        faces = [face[::-1] for face in faces]
    item = mesh(name, points, faces, material, at=at, turn_deg=turn_deg)
    if smooth_levels:
        smooth = item.modifiers.new("smooth", "SUBSURF")
        smooth.levels = smooth.render_levels = smooth_levels
    return item


def squircle(
    width_m: float, depth_m: float, height_m: float, *, power: float = 4.0, count: int = 64
) -> list[Point]:
    """A ring between ellipse (``power`` 2) and rectangle (large), at one height."""
    ring: list[Point] = []
    for i in range(count):
        c, s = cos(2 * pi * i / count), sin(2 * pi * i / count)
        reach = (abs(c) ** power + abs(s) ** power) ** (-1.0 / power)
        ring.append((width_m / 2 * c * reach, depth_m / 2 * s * reach, height_m))
    return ring


def block(
    name: str,
    size: Point,
    material: Any,
    *,
    z: float = 0.0,
    at: Point = ORIGIN,
    turn_deg: Point = ORIGIN,
    round_m: float = 0.004,
    power: float = 7.0,
    inward: bool = False,
) -> bpy.types.Object:
    """A block with round corners and edges that stands on ``z``."""
    w, d, h = size
    steps = [0.0, pi / 8, pi / 4, 3 * pi / 8, pi / 2]
    rings = [
        squircle(w - 2 * round_m * (1 - sin(a)), d - 2 * round_m * (1 - sin(a)),
                 z + round_m * (1 - cos(a)), power=power)
        for a in steps
    ]  # fmt: skip
    rings += [
        squircle(w - 2 * round_m * (1 - sin(a)), d - 2 * round_m * (1 - sin(a)),
                 z + h - round_m * (1 - cos(a)), power=power)
        for a in reversed(steps)
    ]  # fmt: skip
    return loft(name, rings, material, at=at, turn_deg=turn_deg, smooth_levels=0, inward=inward)


def strap(
    name: str,
    path: Sequence[Point],
    material: Any,
    *,
    width_m: float,
    thick_m: float,
    across: Callable[[float], Point],
    round_m: float = 0.0008,
) -> bpy.types.Object:
    """A flat band along a path; ``across(t)`` is the band's width direction at share t."""
    rings: list[list[Point]] = []
    spots = [Vector(p) for p in path]
    last = len(spots) - 1
    for k, spot in enumerate(spots):
        along = (spots[min(k + 1, last)] - spots[max(k - 1, 0)]).normalized()
        side = Vector(across(k / last)).normalized()
        up = along.cross(side).normalized()
        w, h, r = width_m / 2, thick_m / 2, min(round_m, thick_m / 2.2)
        outline = [
            (-w + r, -h), (w - r, -h), (w, -h + r), (w, h - r),
            (w - r, h), (-w + r, h), (-w, h - r), (-w, -h + r),
        ]  # fmt: skip
        rings.append([tuple(spot + side * a + up * b) for a, b in outline])
    return loft(name, rings, material, smooth_levels=0)


def stitches(
    name: str,
    path: Sequence[Point],
    material: Any,
    *,
    gap_m: float = 0.0045,
    thread_m: float = 0.0006,
) -> bpy.types.Object:
    """A seam of short raised threads along a path, all in one mesh."""
    spots = [Vector(p) for p in path]
    points: list[Point] = []
    faces: list[list[int]] = []
    carry = 0.0
    for a, b in pairwise(spots):
        step = b - a
        length = step.length
        along = step.normalized()
        while carry < length:
            _thread(points, faces, a + along * carry, along, gap_m * 0.34, thread_m)
            carry += gap_m
        carry -= length
    return mesh(name, points, faces, material)


def _thread(
    points: list[Point],
    faces: list[list[int]],
    middle: Vector,
    along: Vector,
    half_m: float,
    thick_m: float,
) -> None:
    side = along.orthogonal().normalized()
    other = along.cross(side)
    base = len(points)
    sections = ((-1.0, 0.35), (-0.6, 0.95), (0.0, 1.0), (0.6, 0.95), (1.0, 0.35))
    for reach, swell in sections:
        for i in range(6):
            angle = pi * i / 3
            out = (side * cos(angle) + other * sin(angle)) * (thick_m * swell)
            points.append(tuple(middle + along * (half_m * reach) + out))
    for level in range(len(sections) - 1):
        for i in range(6):
            j = (i + 1) % 6
            low, high = base + level * 6, base + (level + 1) * 6
            faces.append([low + i, low + j, high + j, high + i])
    faces.append([base + i for i in range(5, -1, -1)])
    faces.append([base + 24 + i for i in range(6)])
