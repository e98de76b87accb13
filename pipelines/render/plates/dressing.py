"""What a set designer brings: walls, slabs, vessels, books, and what stands before the window."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Any

import bpy
from mathutils import Matrix, Vector, noise

from pipelines.render.camera import Point
from pipelines.render.lights import Sun, direction_to
from pipelines.render.plates.solids import ORIGIN, box, hide_from_view, lathe, sheet


def table(
    material: Any,
    *,
    back_m: float = 0.45,
    width_m: float = 2.4,
    front_m: float = 0.75,
    thick_m: float = 0.03,
    bevel_m: float = 0.003,
) -> bpy.types.Object:
    """A slab whose top is z = 0; it ends ``back_m`` behind the product."""
    size = (width_m, back_m + front_m, thick_m)
    at = (0.0, (back_m - front_m) / 2, -thick_m)
    return box("table", size, material, at=at, bevel_m=bevel_m)


def wall(
    material: Any, *, behind_m: float, width_m: float = 8.0, from_m: float = -1.0, to_m: float = 4.0
) -> bpy.types.Object:
    """A wall across the picture, ``behind_m`` behind the product."""
    size = (width_m, 0.1, to_m - from_m)
    return box("wall", size, material, at=(0.0, behind_m + 0.05, from_m), bevel_m=0.0)


def sweep(material: Any, *, behind_m: float = 0.9, radius_m: float = 0.7) -> bpy.types.Object:
    """Seamless paper: flat below the product, then up in one curve."""
    arc = radius_m * pi / 2

    def bend(u: float, v: float) -> Point:
        along = v + 3.0 - 1.0
        if along < behind_m:
            return (u, along, 0.0)
        if along < behind_m + arc:
            angle = (along - behind_m) / radius_m
            return (u, behind_m + radius_m * sin(angle), radius_m * (1 - cos(angle)))
        return (u, behind_m + radius_m, radius_m + along - behind_m - arc)

    return sheet("sweep", (8.0, 6.0), material, shape=bend, steps=(8, 200))


def folds(
    u: float, v: float, *, depth_m: float, per_m: float, turn: tuple[float, float], seed: float
) -> float:
    """Height of cloth that was laid by hand: long soft folds across ``turn``, creased by noise."""
    across = u * turn[0] + v * turn[1]
    along = -u * turn[1] + v * turn[0]
    sway = noise.noise(Vector((u * 3.0, v * 3.0, seed))) * 0.9
    crease = noise.noise(Vector((across * per_m + sway, along * per_m * 0.22, seed + 7.0)))
    fine = noise.noise(Vector((across * per_m * 2.7 + sway, along * per_m * 0.6, seed + 19.0)))
    ridge = 1.0 - abs(crease) * 2.0
    return depth_m * (0.75 * ridge + 0.35 * fine)


def window_bars(
    sun: Sun,
    *,
    pane_m: tuple[float, float] = (0.3, 0.42),
    bar_m: float = 0.035,
    panes: tuple[int, int] = (2, 3),
    distance_m: float = 1.8,
    aim: Point = ORIGIN,
    frame_m: float = 1.5,
    material: Any = None,
) -> list[bpy.types.Object]:
    """An unseen window between sun and set: light falls through its panes only.

    The window is square to the sun and centred on the ray that reaches ``aim``, which must lie in
    a pane: with an even count a bar runs through the middle, so the grid is shifted by half a pane.
    """
    toward = Vector(direction_to(sun.azimuth_deg, sun.elevation_deg))
    right = toward.cross(Vector((0, 0, 1))).normalized()
    up = right.cross(toward).normalized()
    centre = Vector(aim) + toward * distance_m
    width, height = pane_m[0] * panes[0], pane_m[1] * panes[1]
    shift = right * (pane_m[0] / 2 if panes[0] % 2 == 0 else 0.0)
    shift += up * (pane_m[1] / 2 if panes[1] % 2 == 0 else 0.0)
    made = []
    turned = _basis(right, toward, up)

    def bar(x: float, y: float, w: float, h: float) -> None:
        item = box("window bar", (w, 0.02, h), material, bevel_m=0.0)
        item.rotation_mode = "QUATERNION"
        item.rotation_quaternion = turned
        item.location = centre + shift + right * x + up * (y - h / 2)
        hide_from_view(item)
        made.append(item)

    for i in range(1, panes[0]):
        bar(-width / 2 + i * pane_m[0], 0.0, bar_m, height)
    for j in range(1, panes[1]):
        bar(0.0, -height / 2 + j * pane_m[1], width, bar_m)
    for sign in (-1, 1):
        bar(sign * (width + frame_m) / 2, 0.0, frame_m, height + 2 * frame_m)
        bar(0.0, sign * (height + frame_m) / 2, width, frame_m)
    return made


def _basis(right: Vector, ahead: Vector, up: Vector) -> Any:
    return Matrix((right, ahead, up)).transposed().to_quaternion()


def vase(
    material: Any, *, at: Point, height_m: float = 0.24, belly_m: float = 0.07, neck_m: float = 0.03
) -> bpy.types.Object:
    """A thrown vase with a narrow neck and a turned lip."""
    h, b, n = height_m, belly_m, neck_m
    outline = [
        (0.0, 0.0), (b * 0.6, 0.0), (b * 0.64, 0.003), (b * 0.92, h * 0.22), (b, h * 0.42),
        (b * 0.86, h * 0.62), (n * 1.1, h * 0.82), (n, h * 0.9), (n * 1.22, h * 0.985),
        (n * 1.2, h), (n * 1.05, h * 0.99), (n * 0.8, h * 0.88), (n * 0.8, h * 0.8),
        (b * 0.7, h * 0.55),
    ]  # fmt: skip
    return lathe("vase", outline, material, at=at)


def bowl(
    material: Any, *, at: Point, radius_m: float = 0.09, height_m: float = 0.06
) -> bpy.types.Object:
    """A bowl with a foot and a wall thick enough to cast a rim."""
    r, h = radius_m, height_m
    outline = [
        (0.0, 0.002), (r * 0.4, 0.002), (r * 0.42, 0.0), (r * 0.46, 0.002), (r * 0.5, h * 0.1),
        (r * 0.85, h * 0.45), (r * 0.99, h * 0.95), (r, h), (r * 0.97, h), (r * 0.95, h * 0.94),
        (r * 0.8, h * 0.5), (r * 0.45, h * 0.16), (0.0, h * 0.12),
    ]  # fmt: skip
    return lathe("bowl", outline, material, at=at)


def cup(
    material: Any, *, at: Point, radius_m: float = 0.04, height_m: float = 0.09, flare: float = 0.1
) -> bpy.types.Object:
    """A straight cup or pot, open at the top; ``flare`` widens its lip."""
    r, h, lip = radius_m, height_m, radius_m * (1 + flare)
    wall_m = max(0.003, r * 0.08)
    outline = [
        (0.0, 0.0), (r * 0.9, 0.0), (r * 0.97, 0.002), (r, 0.008), (lip, h - 0.002), (lip, h),
        (lip - wall_m, h), (lip - wall_m, h - 0.003), (r - wall_m, 0.01), (0.0, 0.008),
    ]  # fmt: skip
    return lathe("cup", outline, material, at=at)


def disc(
    material: Any,
    *,
    at: Point,
    radius_m: float,
    height_m: float,
    edge_m: float = 0.004,
    segments: int = 128,
) -> bpy.types.Object:
    """A flat round block, as podiums, trays and coasters are; stands on ``at``."""
    r, h, e = radius_m, height_m, edge_m
    steps = 5
    outline = [(0.0, 0.0), (r - e, 0.0)]
    corner = [pi / 2 * k / steps for k in range(steps + 1)]
    outline += [(r - e + e * sin(a), e - e * cos(a)) for a in corner]
    outline += [(r - e + e * cos(a), h - e + e * sin(a)) for a in corner]
    outline += [(0.0, h)]
    return lathe("disc", outline, material, at=at, segments=segments, smooth_levels=0)


def ball(material: Any, *, at: Point, radius_m: float) -> bpy.types.Object:
    """A sphere resting on ``at``."""
    bpy.ops.mesh.primitive_uv_sphere_add(
        segments=64, ring_count=32, radius=radius_m, location=(at[0], at[1], at[2] + radius_m)
    )
    item = bpy.context.object
    item.data.polygons.foreach_set("use_smooth", [True] * len(item.data.polygons))
    item.data.materials.append(material)
    return item


def book(
    cover: Any, paper: Any, *, at: Point, size: Point, turn_deg: float = 0.0
) -> list[bpy.types.Object]:
    """A lying hardback: two boards, a spine to the left, and pages set back from the edges."""
    w, d, h = size
    board = 0.0025
    turn = (0.0, 0.0, turn_deg)
    made = [
        box("board", (w, d, board), cover, at=at, turn_deg=turn, bevel_m=0.0008),
        box("board", (w, d, board), cover, at=(at[0], at[1], at[2] + h - board), turn_deg=turn,
            bevel_m=0.0008),
        box("pages", (w - 0.008, d - 0.01, h - 2 * board), paper,
            at=(at[0], at[1], at[2] + board), turn_deg=turn, bevel_m=0.0),
    ]  # fmt: skip
    spine = box("spine", (board, d, h), cover, bevel_m=0.0008, turn_deg=turn)
    offset = Vector((-w / 2, 0, 0))
    offset.rotate(spine.rotation_euler)
    spine.location = Vector(at) + offset
    return [*made, spine]
