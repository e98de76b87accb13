"""A wooden rainbow of nested arches: saturated colours, smooth stain, holes under the arches."""

from __future__ import annotations

from math import cos, pi, sin
from random import Random

from pipelines.render.camera import Point
from pipelines.render.lights import Rgb
from pipelines.render.products import rooms, surfaces
from pipelines.render.products.sample import Sample, closeup
from pipelines.render.products.shapes import strap

STAINS: tuple[tuple[str, Rgb], ...] = (
    ("red", (0.55, 0.035, 0.03)),
    ("orange", (0.78, 0.20, 0.025)),
    ("yellow", (0.80, 0.48, 0.045)),
    ("green", (0.10, 0.28, 0.06)),
    ("blue", (0.03, 0.17, 0.34)),
    ("violet", (0.16, 0.05, 0.22)),
)
THICK_M = 0.0145
DEPTH_M = 0.062
TURN = 0.42


def build() -> None:
    """Nest the arches, each set down a little unevenly as a child would."""
    random = Random(5)
    radius = 0.122
    for name, color in STAINS:
        wood = surfaces.stained_wood(name, color, roughness=0.48)
        turn = TURN + random.uniform(-0.035, 0.035)
        shift = random.uniform(-0.005, 0.005)
        _arch(name, radius, wood, turn, shift)
        radius -= THICK_M + 0.0024
    _arch("heart", radius, surfaces.stained_wood("beech", (0.62, 0.42, 0.22)), TURN - 0.03, 0.004)


def _arch(name: str, radius: float, wood: object, turn: float, shift: float) -> None:
    """An arch in the plane that ``turn`` radians about z swings away from the picture's."""
    ahead = (-sin(turn), cos(turn))
    across = (cos(turn), sin(turn))
    middle = radius - THICK_M / 2
    path: list[Point] = []
    for k in range(65):
        angle = pi * k / 64
        along, z = -middle * cos(angle), middle * sin(angle)
        x, y = across[0] * along + ahead[0] * shift, across[1] * along + ahead[1] * shift
        path.append((x, y, z))
    item = strap(
        name, path, wood, width_m=DEPTH_M, thick_m=THICK_M, across=lambda _: (*ahead, 0.0),
        round_m=0.0022,
    )  # fmt: skip
    bevel = item.modifiers.new("bevel", "BEVEL")
    bevel.width, bevel.segments, bevel.limit_method = 0.0012, 3, "ANGLE"
    bevel.angle_limit = 0.35
    item.modifiers.new("normals", "WEIGHTED_NORMAL")


SAMPLE = Sample(
    name="rainbow-stacker",
    title="Wooden rainbow stacker, seven arches",
    title_zh="木制彩虹积木",
    category="toys",
    description="Seven nesting arches of solid lime wood, stained with water-based colour.",
    size_cm=(24.4, 12.2, 6.2),
    tags=("toys", "wood", "children", "colourful", "rainbow", "玩具", "木质", "儿童"),
    camera=closeup(0.122, fill=0.40, pitch_deg=12.0, f_number=7.0, frame_y=0.72, focal_mm=75.0),
    room=rooms.nursery_floor,
    product=build,
    exposure=0.3,
)
