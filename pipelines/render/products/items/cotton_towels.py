"""Three folded bath towels in a paper band: soft white and clay cloth, little edge to see."""

from __future__ import annotations

from itertools import pairwise
from math import cos, dist, pi, sin

from mathutils import Vector, noise

from pipelines.render.camera import Point
from pipelines.render.lights import Rgb
from pipelines.render.plates.solids import sheet
from pipelines.render.products import rooms, surfaces
from pipelines.render.products.labels import SANS, SANS_BOLD, SERIF, Label, Line, printed
from pipelines.render.products.sample import Sample, closeup

WIDTH_M, DEPTH_M = 0.30, 0.205
LAYER_M = 0.0165
"""Height of one layer of doubled terry."""
LAYERS = 3
TURN_DEG = 16.0
COLORS: tuple[Rgb, ...] = ((0.30, 0.135, 0.075), (0.60, 0.50, 0.39), (0.77, 0.74, 0.68))
STACK_M = LAYER_M * LAYERS * len(COLORS)
LABEL = Label(
    width_cm=9.0,
    height_cm=30.0,
    paper=(236, 229, 214, 255),
    ink=(52, 38, 30, 255),
    rules=(0.755,),
    lines=(
        Line(text="HUSHFOLD", y=0.655, size_cm=1.22, font=SERIF, track=0.06),
        Line(text="organic cotton", y=0.703, size_cm=0.82, font=SERIF),
        Line(text="3 BATH TOWELS", y=0.80, size_cm=0.66, font=SANS_BOLD, track=0.08),
        Line(text="70 x 140 cm", y=0.84, size_cm=0.56, font=SANS, track=0.05),
    ),
)


def build() -> None:
    """Fold and stack the towels, slip the band around them."""
    z = 0.0
    for i, color in enumerate(COLORS):
        cloth = surfaces.terry(f"terry {i}", color)
        _towel(f"towel {i}", cloth, z, seed=3.7 * i + 1.0)
        z += LAYER_M * LAYERS
    _band()


def _towel(name: str, cloth: object, z: float, *, seed: float) -> None:
    """A towel folded in a zigzag, its rounds to the lens, thick and never quite straight."""
    path = _zigzag()
    length = len(path) - 1

    def fold(u: float, v: float) -> Point:
        reach = min(max((v + 0.5) * length, 0.0), length - 1e-6)
        k = int(reach)
        share = reach - k
        y = path[k][0] + (path[k + 1][0] - path[k][0]) * share
        h = path[k][1] + (path[k + 1][1] - path[k][1]) * share
        slack = noise.noise(Vector((u * 7.0, h * 40.0, seed)))
        sag = noise.noise(Vector((u * 9.0, y * 9.0, seed + 5.0)))
        front = max(0.0, -y / DEPTH_M - 0.25)
        ends = abs(u) / (WIDTH_M / 2)
        droop = -0.004 * ends**6
        rough_end = 0.004 * ends * noise.noise(Vector((h * 90.0, y * 12.0, seed + 9.0)))
        return (
            u * (1.0 + 0.010 * slack) + rough_end * (1 if u > 0 else -1),
            y + 0.007 * slack * front * 2.0,
            z + h + (0.0022 * sag + droop) * min(1.0, h / LAYER_M),
        )

    item = sheet(
        name, (WIDTH_M, 1.0), cloth, shape=fold, steps=(150, length * 2), turn_deg=(0, 0, TURN_DEG)
    )
    # v runs over shares of the path, so its UVs are brought to metres for the pile's true size.
    layer = item.data.uv_layers["metres"].data
    total = sum(dist(a, b) for a, b in pairwise(path))
    values = [0.0] * (2 * len(layer))
    layer.foreach_get("uv", values)
    values[1::2] = [v * total for v in values[1::2]]
    layer.foreach_set("uv", values)
    thick = item.modifiers.new("thickness", "SOLIDIFY")
    thick.thickness, thick.offset = LAYER_M * 0.80, 0.0
    smooth = item.modifiers.new("smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = 1


def _zigzag() -> list[tuple[float, float]]:
    """Centre line (y, z) of the folded cloth from its lower end to its upper one."""
    radius = LAYER_M / 2
    front, back = -DEPTH_M / 2 + radius, DEPTH_M / 2 - radius
    path: list[tuple[float, float]] = []
    for level in range(LAYERS):
        z = radius + level * LAYER_M
        ends = (front, back) if level % 2 else (back, front)
        path += [(ends[0] + (ends[1] - ends[0]) * k / 12, z) for k in range(13)]
        if level == LAYERS - 1:
            break
        side = -1.0 if level % 2 == 0 else 1.0
        for k in range(1, 8):
            angle = -pi / 2 + pi * k / 8
            path.append(
                (ends[1] + side * radius * 1.25 * cos(angle), z + radius + radius * sin(angle))
            )
    return path


def _band() -> None:
    """A paper band pulled tight around the stack: up its front, over its top."""
    paper = printed("band", LABEL, roughness=0.75)
    front, top, corner = -DEPTH_M / 2 - 0.0118, STACK_M + 0.0022, 0.012
    arc = corner * pi / 2

    def lay(along: float) -> tuple[float, float]:
        if along < top - corner:
            return (front + 0.0004 * sin(along / STACK_M * pi * 9.0) ** 2, along)
        if along < top - corner + arc:
            angle = (along - top + corner) / corner
            return (front + corner * (1 - cos(angle)), top - corner + corner * sin(angle))
        return (front + corner + along - (top - corner + arc), top)

    def shape(u: float, v: float) -> Point:
        y, z = lay(v + LABEL.height_cm / 200.0)
        return (u, y, z)

    size = (LABEL.width_cm / 100.0, LABEL.height_cm / 100.0)
    sheet("band", size, paper, shape=shape, steps=(24, 160), turn_deg=(0, 0, TURN_DEG))


SAMPLE = Sample(
    name="cotton-towels",
    title="Three organic cotton bath towels",
    title_zh="有机棉浴巾三件套",
    category="home",
    description="A set of three thick bath towels of combed organic cotton, 600 g/m2.",
    size_cm=(30.0, 15.0, 20.5),
    tags=("home", "bath", "towel", "textile", "cotton", "浴巾", "纺织", "棉"),
    label_text=("HUSHFOLD", "organic cotton", "3 BATH TOWELS", "70 x 140 cm"),
    camera=closeup(0.15, fill=0.345, pitch_deg=11.0, f_number=6.0, nearer_m=0.05, frame_y=0.72),
    room=rooms.bedroom_bench,
    product=build,
    exposure=-0.35,
)
