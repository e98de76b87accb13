"""A leather tote: pebbled hide, edges stitched by hand, two handles with air between them."""

from __future__ import annotations

from math import cos, pi, radians, sin

from mathutils import Vector, noise

from pipelines.render import materials as m
from pipelines.render.camera import Point
from pipelines.render.plates.solids import lathe
from pipelines.render.products import rooms, surfaces
from pipelines.render.products.labels import SANS, SERIF, Label, Line, printed, stick
from pipelines.render.products.sample import Sample, closeup
from pipelines.render.products.shapes import loft, stitches, strap

TURN_DEG = 22.0
HEIGHT_M = 0.27
STAMP = Label(
    width_cm=13.0,
    height_cm=4.2,
    paper=(0, 0, 0, 0),
    ink=(40, 16, 8, 255),
    lines=(
        Line(text="ALDERMOSS", y=0.36, size_cm=1.6, font=SERIF, track=0.14),
        Line(text="handmade leather", y=0.76, size_cm=0.78, font=SANS, track=0.08),
    ),
)


def build() -> None:
    """Shape the body, bind its top, sew seams, hang the handles, stamp the name."""
    tan = surfaces.leather("tan", (0.30, 0.115, 0.042))
    edge = surfaces.leather("edge", (0.13, 0.045, 0.018), roughness=0.4)
    thread = m.matte("thread", (0.72, 0.60, 0.42))
    levels = [0.0, 0.004, 0.012, *(0.012 + 0.258 * k / 22 for k in range(1, 23))]
    outer = [_ring(z) for z in levels]
    inner = [_ring(z, inset_m=0.0028) for z in reversed(levels[2:])]
    loft("body", [*outer, *inner], tan, smooth_levels=1, caps=(True, True))
    _binding(edge, thread)
    _base(edge, thread)
    _handles(tan, thread)
    stamp = printed("stamp", STAMP, roughness=0.45, grain_m=0.0003)
    stick("stamp", STAMP, stamp, shape=_on_front)


def _half(z: float) -> tuple[float, float]:
    """Half width and half depth of the body at a height."""
    t = z / HEIGHT_M
    width = 0.150 + 0.022 * t
    depth = 0.064 * (1 - t) ** 0.8 + 0.021 + 0.010 * sin(pi * min(1.0, t * 1.15))
    if z < 0.012:
        tuck = 0.009 * (1 - (z / 0.012)) ** 2
        return width - tuck, depth - tuck
    return width, depth


def _skin(angle: float, z: float, *, inset_m: float = 0.0) -> Point:
    """A point of the hide: a rounded rectangle that sags, dents at its sides and wrinkles."""
    width, depth = _half(z)
    c, s = cos(angle), sin(angle)
    power = 4.5
    reach = (abs(c) ** power + abs(s) ** power) ** (-1.0 / power)
    x, y = (width - inset_m) * c * reach, (depth - inset_m) * s * reach
    t = z / HEIGHT_M
    gusset = max(0.0, abs(c) ** 6 - 0.05)
    x -= (0.020 * sin(pi * t) * gusset * (1 - (y / max(depth, 1e-6)) ** 2)) * (1 if c > 0 else -1)
    wave = noise.noise(Vector((x * 9.0, z * 9.0, 3.0 if s > 0 else 11.0)))
    fine = noise.noise(Vector((x * 26.0, z * 20.0, 7.0 if s > 0 else 17.0)))
    slack = min(1.0, z / 0.05)
    y += slack * (0.0060 * wave + 0.0016 * fine)
    z_sag = z - 0.006 * t * (1 - (x / width) ** 2) * (1 if t > 0.9 else t)
    return _turned(x, y, z_sag)


def _turned(x: float, y: float, z: float) -> Point:
    c, s = cos(radians(TURN_DEG)), sin(radians(TURN_DEG))
    return (x * c - y * s, x * s + y * c, z)


def _ring(z: float, *, inset_m: float = 0.0) -> list[Point]:
    return [_skin(2 * pi * i / 112, z, inset_m=inset_m) for i in range(112)]


def _front_angle(x: float, z: float) -> float:
    """Angle at which the front face lies at ``x``, found by bisection."""
    low, high = pi, 2 * pi
    width, _ = _half(z)
    for _ in range(40):
        middle = (low + high) / 2
        c, s = cos(middle), sin(middle)
        reach = (abs(c) ** 4.5 + abs(s) ** 4.5) ** (-1.0 / 4.5)
        low, high = (middle, high) if width * c * reach < x else (low, middle)
    return low


def _front(x: float, z: float, *, lift_m: float) -> Point:
    """A point ``lift_m`` before the front face."""
    px, py, pz = _skin(_front_angle(x, z), z)
    out = _turned(0.0, -lift_m, 0.0)
    return (px + out[0], py + out[1], pz)


def _on_front(u: float, v: float) -> Point:
    return _front(u, 0.135 + v, lift_m=0.0006)


def _binding(edge: object, thread: object) -> None:
    """A narrow strip folded over the opening's rim, sewn on."""
    rim: list[Point] = [*_ring(HEIGHT_M - 0.0005), _ring(HEIGHT_M - 0.0005)[0]]
    strap("binding", rim, edge, width_m=0.012, thick_m=0.006, across=lambda _: (0.0, 0.0, 1.0),
          round_m=0.0022)  # fmt: skip
    seam = [_front(-0.155 + 0.31 * k / 60, HEIGHT_M - 0.013, lift_m=0.0008) for k in range(61)]
    stitches("top seam", seam, thread, gap_m=0.0048, thread_m=0.00062)


def _base(edge: object, thread: object) -> None:
    """A band of darker hide around the foot."""
    rings = [
        [_skin(2 * pi * i / 112, z, inset_m=-lift) for i in range(112)]
        for z, lift in (
            (0.002, 0.0004),
            (0.006, 0.0016),
            (0.04, 0.0016),
            (0.0415, 0.0012),
            (0.0418, 0.0),
        )
    ]
    loft("base", rings, edge, smooth_levels=1, caps=(False, False))
    seam = [_front(-0.15 + 0.30 * k / 60, 0.038, lift_m=0.0022) for k in range(61)]
    stitches("base seam", seam, thread, gap_m=0.0048, thread_m=0.00062)


def _handles(tan: object, thread: object) -> None:
    brass = m.metal("brass", (0.80, 0.58, 0.28), roughness=0.2)
    for side in (-1.0, 1.0):
        path = [_handle_at(side, k / 48) for k in range(49)]
        strap(
            "handle", path, tan, width_m=0.020, thick_m=0.0042, round_m=0.0012,
            across=lambda t: _turned(cos(pi * (1 - t)), 0.0, sin(pi * (1 - t))),
        )  # fmt: skip
        if side < 0:
            for offset in (-0.0075, 0.0075):
                line = [_beside(path, k, offset) for k in range(len(path))]
                stitches("handle seam", line, thread, gap_m=0.0048, thread_m=0.0006)
            _rivets(brass)


def _shift(point: Point, y: float) -> Point:
    out = _turned(0.0, y, 0.0)
    return (point[0] + out[0], point[1] + out[1], point[2])


def _handle_at(side: float, t: float) -> Point:
    """Centre line: up from one half of a face, over an arch, down to the other half."""
    foot_x, foot_z, arch_z = 0.068, 0.205, 0.40
    angle = pi * (1 - t)
    x = foot_x * (abs(cos(angle)) ** 0.75) * (1 if cos(angle) > 0 else -1)
    z = foot_z + (arch_z - foot_z) * sin(angle) ** 0.62
    lean = max(0.0, z - HEIGHT_M)
    _, depth = _half(min(z, HEIGHT_M))
    y = side * (depth + 0.0075 - 0.10 * lean + (0.05 * lean if side > 0 else 0.0))
    return _turned(x, y, z)


def _beside(path: list[Point], k: int, offset: float) -> Point:
    """A point beside the path, on the outer side of the strap's face."""
    a, b = Vector(path[max(k - 1, 0)]), Vector(path[min(k + 1, len(path) - 1)])
    along = (b - a).normalized()
    out = Vector(_turned(0.0, -1.0, 0.0))
    across = along.cross(out).normalized()
    return tuple(Vector(path[k]) + across * offset + out * 0.0024)


def _rivets(brass: object) -> None:
    head = [
        (0.0004, 0.0), (0.0042, 0.0), (0.0044, 0.0006), (0.0036, 0.0016), (0.0018, 0.0022),
        (0.0004, 0.0023),
    ]  # fmt: skip
    for share in (0.0, 1.0):
        for up in (0.010, 0.032):
            x, y, z = _shift(_handle_at(-1.0, share), -0.0026)
            turn_deg = (90.0, 0.0, TURN_DEG)
            lathe("rivet", head, brass, at=(x, y, z + up), turn_deg=turn_deg, segments=32)


SAMPLE = Sample(
    name="leather-tote",
    title="Leather tote with stitched handles",
    title_zh="手缝提手真皮托特包",
    category="fashion",
    description="Roomy tote of pebbled tan leather with brass rivets, saddle-stitched by hand.",
    size_cm=(34.0, 40.0, 16.0),
    tags=("fashion", "bag", "leather", "tote", "stitching", "托特包", "真皮", "包袋"),
    label_text=("ALDERMOSS", "handmade leather"),
    camera=closeup(0.40, fill=0.62, pitch_deg=10.0, f_number=4.0, nearer_m=0.05, tall=True),
    room=rooms.hallway,
    product=build,
    exposure=-0.5,
)
