"""Plain shapes with bevelled edges, in metres; every prop is made of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, pi, radians, sin
from typing import Any

import bpy

from pipelines.render.camera import Point

ORIGIN: Point = (0.0, 0.0, 0.0)


def mesh(
    name: str,
    points: Sequence[Point],
    faces: Sequence[Sequence[int]],
    material: Any,
    *,
    at: Point = ORIGIN,
    turn_deg: Point = ORIGIN,
    smooth: bool = True,
) -> bpy.types.Object:
    """Add an object from points and faces."""
    data = bpy.data.meshes.new(name)
    data.from_pydata(points, [], faces)
    data.polygons.foreach_set("use_smooth", [smooth] * len(data.polygons))
    data.materials.append(material)
    data.update()
    return place(bpy.data.objects.new(name, data), at=at, turn_deg=turn_deg)


def place(item: bpy.types.Object, *, at: Point, turn_deg: Point = ORIGIN) -> bpy.types.Object:
    """Put an object into the scene."""
    item.location = at
    item.rotation_euler = tuple(radians(angle) for angle in turn_deg)
    bpy.context.scene.collection.objects.link(item)
    return item


def box(
    name: str,
    size: Point,
    material: Any,
    *,
    at: Point = ORIGIN,
    turn_deg: Point = ORIGIN,
    bevel_m: float = 0.002,
) -> bpy.types.Object:
    """A box standing on ``at`` (the centre of its base) with rounded edges."""
    w, d, h = size[0] / 2, size[1] / 2, size[2]
    points = [(x, y, z) for z in (0.0, h) for y in (-d, d) for x in (-w, w)]
    faces = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    item = mesh(name, points, faces, material, at=at, turn_deg=turn_deg, smooth=False)
    if bevel_m > 0:
        round_edges(item, bevel_m)
    return item


def round_edges(item: bpy.types.Object, radius_m: float, *, segments: int = 3) -> None:
    """Bevel all sharp edges, as every made thing has."""
    bevel = item.modifiers.new("bevel", "BEVEL")
    bevel.width, bevel.segments = radius_m, segments
    bevel.harden_normals = False
    item.data.polygons.foreach_set("use_smooth", [True] * len(item.data.polygons))
    item.modifiers.new("normals", "WEIGHTED_NORMAL").keep_sharp = True


def lathe(
    name: str,
    profile: Sequence[tuple[float, float]],
    material: Any,
    *,
    at: Point = ORIGIN,
    turn_deg: Point = ORIGIN,
    segments: int = 64,
    smooth_levels: int = 2,
) -> bpy.types.Object:
    """Turn a (radius, height) outline around z; repeat a point to keep an edge crisp."""
    points: list[Point] = []
    for radius, height in profile:
        points += [
            (radius * cos(2 * pi * i / segments), radius * sin(2 * pi * i / segments), height)
            for i in range(segments)
        ]
    faces: list[list[int]] = []
    for ring in range(len(profile) - 1):
        for i in range(segments):
            j = (i + 1) % segments
            low, high = ring * segments, (ring + 1) * segments
            faces.append([low + i, low + j, high + j, high + i])
    item = mesh(name, points, faces, material, at=at, turn_deg=turn_deg)
    if smooth_levels:
        subsurf = item.modifiers.new("smooth", "SUBSURF")
        subsurf.levels = subsurf.render_levels = smooth_levels
    return item


def sheet(
    name: str,
    size: tuple[float, float],
    material: Any,
    *,
    shape: Callable[[float, float], Point],
    steps: tuple[int, int] = (120, 120),
    at: Point = ORIGIN,
    turn_deg: Point = ORIGIN,
    thickness_m: float = 0.0,
) -> bpy.types.Object:
    """A surface of ``size`` bent by ``shape(u, v)``, all in metres, with UVs in metres."""
    nu, nv = steps
    us = [size[0] * (i / nu - 0.5) for i in range(nu + 1)]
    vs = [size[1] * (j / nv - 0.5) for j in range(nv + 1)]
    points = [shape(u, v) for v in vs for u in us]
    faces = [
        [j * (nu + 1) + i, j * (nu + 1) + i + 1, (j + 1) * (nu + 1) + i + 1, (j + 1) * (nu + 1) + i]
        for j in range(nv)
        for i in range(nu)
    ]
    item = mesh(name, points, faces, material, at=at, turn_deg=turn_deg)
    flat = [(u, v) for v in vs for u in us]
    layer = item.data.uv_layers.new(name="metres")
    corners = [c for loop in item.data.loops for c in flat[loop.vertex_index]]
    layer.data.foreach_set("uv", corners)
    if thickness_m > 0:
        item.modifiers.new("thickness", "SOLIDIFY").thickness = thickness_m
    return item


def tube(
    name: str, path: Sequence[Point], radius_m: float, material: Any, *, taper: float = 1.0
) -> bpy.types.Object:
    """A round bar along a smooth path; ``taper`` is the radius at its end by that at its start."""
    data = bpy.data.curves.new(name, "CURVE")
    data.dimensions = "3D"
    data.bevel_depth, data.bevel_resolution, data.resolution_u = radius_m, 4, 6
    data.use_fill_caps = True
    spline = data.splines.new("POLY" if len(path) == 2 else "NURBS")
    spline.points.add(len(path) - 1)
    for i, (point, spot) in enumerate(zip(spline.points, path, strict=True)):
        point.co = (*spot, 1.0)
        point.radius = 1.0 + (taper - 1.0) * i / (len(path) - 1)
    spline.use_endpoint_u = True
    spline.order_u = min(4, len(path))
    data.materials.append(material)
    return place(bpy.data.objects.new(name, data), at=ORIGIN)


def hide_from_view(item: bpy.types.Object) -> None:
    """Let an object cast its shadow only, as what stands outside the frame does."""
    item.visible_camera = False
    item.visible_glossy = False
    item.visible_diffuse = False
    item.visible_transmission = False
