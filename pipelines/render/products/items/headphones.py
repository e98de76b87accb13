"""Over-ear headphones: matte shells, a metal ring, leather cushions, air inside the headband."""

from __future__ import annotations

from math import cos, pi, radians, sin
from typing import Any

from mathutils import Matrix, Vector

from pipelines.render import materials as m
from pipelines.render.camera import Point
from pipelines.render.products import rooms, surfaces
from pipelines.render.products.labels import SANS_BOLD, Label, Line, printed, stick
from pipelines.render.products.sample import Sample, closeup
from pipelines.render.products.shapes import loft, stitches, strap

TURN_DEG = 34.0
CUP_X_M, CUP_Z_M = 0.078, 0.0475
CUP_M = (0.0385, 0.0470)
"""Half width (front to back) and half height of an ear cup."""
BAND_M = (0.086, 0.190)
"""Half span and height of the headband's centre line."""
MARK = Label(
    width_cm=3.4,
    height_cm=1.0,
    paper=(0, 0, 0, 0),
    ink=(206, 204, 198, 255),
    lines=(Line(text="tonally", y=0.5, size_cm=0.72, font=SANS_BOLD, track=0.03),),
)


def build() -> None:
    """Shape two cups, hang them in yokes, bend the band over, pad what touches a head."""
    shell = surfaces.rubber("shell", (0.055, 0.075, 0.085), roughness=0.38)
    steel = surfaces.cast_metal("steel", (0.72, 0.66, 0.58), roughness=0.18, relief_m=0.00003)
    pad = surfaces.leather("pad", (0.040, 0.030, 0.026), grain_per_m=1500.0, relief_m=0.0002)
    for side in (-1.0, 1.0):
        _cup(side, shell, steel, pad)
        _yoke(side, steel, shell)
    _band(shell, pad)


def _world(x: float, y: float, z: float) -> Point:
    c, s = cos(radians(TURN_DEG)), sin(radians(TURN_DEG))
    return (x * c - y * s, x * s + y * c, z)


def _cup_frame(side: float) -> Matrix:
    """Cup space to the world: its z axis points out of the ear, its y axis up.

    Cups toe in at the bottom and rest on their lower edge, as they do when set down.
    """
    lean = radians(7.0) * side
    out = Vector((side * cos(lean), 0.0, -sin(abs(lean)) * -0.6))
    up = Vector((0.0, 0.0, 1.0))
    up = (up - out.normalized() * up.dot(out.normalized())).normalized()
    out = out.normalized()
    across = up.cross(out)
    turn = Matrix.Rotation(radians(TURN_DEG), 4, "Z")
    frame = Matrix((across, up, out)).transposed().to_4x4()
    return turn @ Matrix.Translation(Vector((side * CUP_X_M, 0.0, CUP_Z_M))) @ frame


def _disc(
    name: str, outline: list[tuple[float, float]], material: Any, frame: Matrix, *, levels: int = 1
) -> None:
    """An oval turned part: (share of the cup's radius, height along its axis)."""
    rings: list[list[Point]] = []
    for share, height in outline:
        ring: list[Point] = []
        for i in range(72):
            angle = 2 * pi * i / 72
            spot = frame @ Vector(
                (CUP_M[0] * share * cos(angle), CUP_M[1] * share * sin(angle), height)
            )
            ring.append((spot.x, spot.y, spot.z))
        rings.append(ring)
    loft(name, rings, material, smooth_levels=levels)


def _cup(side: float, shell: Any, steel: Any, pad: Any) -> None:
    frame = _cup_frame(side)
    _disc("shell", [
        (0.80, -0.004), (0.93, -0.003), (0.975, 0.0), (0.985, 0.005), (0.975, 0.010),
        (0.93, 0.0155), (0.84, 0.0195), (0.76, 0.0208), (0.745, 0.0209),
    ], shell, frame)  # fmt: skip
    _disc("ring", [
        (0.755, 0.0200), (0.750, 0.0216), (0.735, 0.0222), (0.700, 0.0222), (0.690, 0.0214),
        (0.690, 0.0200),
    ], steel, frame)  # fmt: skip
    plate = surfaces.rubber("plate", (0.04, 0.055, 0.062), roughness=0.3)
    _disc("plate", [
        (0.695, 0.0195), (0.692, 0.0204), (0.66, 0.0209), (0.40, 0.0196), (0.15, 0.0187),
        (0.02, 0.0186),
    ], plate, frame)  # fmt: skip
    _disc("cushion", [
        (0.78, -0.003), (0.92, -0.0035), (0.985, -0.007), (1.0, -0.0125), (0.985, -0.018),
        (0.92, -0.0225), (0.80, -0.0238), (0.68, -0.0218), (0.60, -0.0165), (0.58, -0.010),
    ], pad, frame)  # fmt: skip
    _disc(
        "grille",
        [(0.64, -0.010), (0.3, -0.0105), (0.02, -0.0105)],
        m.linen("grille", (0.02, 0.02, 0.02)),
        frame,
    )
    seam: list[Point] = []
    for i in range(97):
        angle = 2 * pi * i / 96
        spot = frame @ Vector(
            (CUP_M[0] * 0.992 * cos(angle), CUP_M[1] * 0.992 * sin(angle), -0.0075)
        )
        seam.append((spot.x, spot.y, spot.z))
    stitches(
        "pad seam", seam, m.matte("thread", (0.03, 0.024, 0.02)), gap_m=0.0035, thread_m=0.0005
    )
    if side > 0:
        return
    mark = printed("mark", MARK, roughness=0.35, grain_m=0.0)
    item = stick("mark", MARK, mark, shape=lambda u, v: (u, v, 0.0212))
    item.matrix_world = frame


def _yoke(side: float, steel: Any, shell: Any) -> None:
    """A metal fork around the cup's upper half and the arm that slides into the band."""
    frame = _cup_frame(side)
    fork: list[Point] = []
    for k in range(41):
        angle = pi * (-0.04 + 1.08 * k / 40)
        spot = frame @ Vector((CUP_M[0] * 1.075 * cos(angle), CUP_M[1] * 1.075 * sin(angle), 0.006))
        fork.append((spot.x, spot.y, spot.z))
    out = frame.to_3x3() @ Vector((0.0, 0.0, 1.0))
    strap(
        "fork",
        fork,
        steel,
        width_m=0.0085,
        thick_m=0.0026,
        across=lambda _: tuple(out),
        round_m=0.0009,
    )
    for share in (-1.0, 1.0):
        _pivot(frame, share, shell)
    top = frame @ Vector((0.0, CUP_M[1] * 1.06, 0.006))
    join = _arc(0.16 if side > 0 else 0.84)
    middle = (top + Vector(join)) / 2 + Vector(_world(side * 0.0025, 0.0, 0.0))
    arm = [
        tuple(top),
        tuple((top + middle) / 2),
        tuple(middle),
        tuple((middle + Vector(join)) / 2),
        join,
    ]
    strap(
        "arm", arm, steel, width_m=0.011, thick_m=0.0030, across=lambda _: _world(0.0, 1.0, 0.0),
        round_m=0.001,
    )  # fmt: skip


def _pivot(frame: Matrix, share: float, shell: Any) -> None:
    """The pin that joins fork and cup."""
    rings: list[list[Point]] = []
    for reach, radius in ((0.95, 0.0040), (1.085, 0.0040), (1.10, 0.0034), (1.105, 0.002)):
        ring: list[Point] = []
        for i in range(20):
            angle = 2 * pi * i / 20 * share
            spot = frame @ Vector(
                (CUP_M[0] * reach * share, radius * cos(angle), 0.006 + radius * sin(angle))
            )
            ring.append((spot.x, spot.y, spot.z))
        rings.append(ring)
    loft("pivot", rings, shell, smooth_levels=0)


def _arc(t: float, *, inset_m: float = 0.0) -> Point:
    """The headband's centre line from the right foot over the top to the left."""
    angle = pi * t
    half, top = BAND_M
    x = (half - inset_m) * abs(cos(angle)) ** 0.82 * (1 if cos(angle) > 0 else -1)
    base = 0.098
    z = base + (top - inset_m - base) * abs(sin(angle)) ** 0.82
    return _world(x, 0.0, z)


def _band(shell: Any, pad: Any) -> None:
    def across(_: float) -> Point:
        return _world(0.0, 1.0, 0.0)

    outer = [_arc(0.10 + 0.80 * k / 64) for k in range(65)]
    item = strap("band", outer, shell, width_m=0.030, thick_m=0.0062, across=across, round_m=0.0024)
    smooth = item.modifiers.new("smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = 1
    inner = [_arc(0.20 + 0.60 * k / 64, inset_m=0.0080) for k in range(65)]
    cushion = strap("pad", inner, pad, width_m=0.033, thick_m=0.0125, across=across, round_m=0.0052)
    smooth = cushion.modifiers.new("smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = 2


SAMPLE = Sample(
    name="headphones",
    title="Wireless over-ear headphones",
    title_zh="无线头戴式耳机",
    category="electronics",
    description="Closed wireless headphones with leather cushions, steel yokes, 40 hours.",
    size_cm=(18.5, 19.3, 8.5),
    tags=("electronics", "audio", "headphones", "wireless", "耳机", "数码", "音频"),
    label_text=("tonally",),
    camera=closeup(0.193, fill=0.66, pitch_deg=9.0, f_number=7.0, nearer_m=0.02, frame_y=0.84),
    room=rooms.work_desk,
    product=build,
)
