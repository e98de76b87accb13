"""Old oak boards seen from a standing height, maple leaves and little pumpkins, low warm sun."""

from __future__ import annotations

from math import cos, pi, sin
from random import Random

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun
from pipelines.render.plates import dressing, ground
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, sheet, tube

KEY = Sun(
    azimuth_deg=242.0,
    elevation_deg=27.0,
    angular_diameter_deg=1.3,
    irradiance=6.0,
    color_rgb_linear=(1.0, 0.80, 0.54),
)


def build() -> None:
    """Lay the boards, strew the leaves, set pumpkins at the edges of the frame."""
    set_world_color((0.80, 0.88, 1.0), strength=0.36)
    _boards()
    dressing.wall(
        m.plaster("wall", (0.16, 0.11, 0.075), stain=0.4), behind_m=1.6, from_m=-0.5, to_m=0.42
    )
    tones = (
        (0.62, 0.16, 0.03),
        (0.70, 0.33, 0.05),
        (0.42, 0.07, 0.03),
        (0.60, 0.42, 0.10),
        (0.33, 0.15, 0.06),
    )
    shapes = []
    for i, tone in enumerate(tones):
        skin = m.leaf(f"maple {i}", tone, gloss=0.55)
        shapes.append(ground.maple_mesh(0.058, skin, curl=0.18 + 0.1 * (i % 3), seed=i))
    ground.scatter(shapes, count=74, seed=11, spot=_fallen, scale=(0.7, 1.15), tilt=0.3)
    orange = m.glazed("orange", (0.68, 0.22, 0.03), roughness=0.45)
    pale = m.glazed("pale", (0.72, 0.60, 0.42), roughness=0.45)
    stalk = m.matte("stalk", (0.20, 0.16, 0.07))
    _pumpkin(orange, stalk, at=(-0.285, 0.33, 0.0), radius_m=0.085)
    _pumpkin(pale, stalk, at=(-0.165, 0.43, 0.0), radius_m=0.055)
    _pumpkin(orange, stalk, at=(0.335, 0.42, 0.0), radius_m=0.065)
    acorn = m.wood("acorn", light=(0.30, 0.14, 0.05), dark=(0.14, 0.06, 0.02), roughness=0.3)
    for x, y in ((0.21, 0.19), (0.235, 0.165), (-0.26, -0.09)):
        dressing.ball(acorn, at=(x, y, 0.0), radius_m=0.011).scale = (1.0, 1.3, 0.95)


def _boards() -> None:
    for i in range(12):
        tone = 0.85 + 0.3 * ((i * 5) % 7) / 7
        board = m.wood(
            f"board {i}", light=(0.21 * tone, 0.125 * tone, 0.07 * tone),
            dark=(0.07 * tone, 0.036 * tone, 0.018 * tone), roughness=0.55,
            shift=(1.3 * i, 0.4 * i, 0.6 * i), relief_m=0.0012,
        )  # fmt: skip
        box(
            "board",
            (2.6, 0.1365, 0.03),
            board,
            at=(0.01 * i, 0.84 - 0.14 * i, -0.03),
            bevel_m=0.002,
        )


def _fallen(random: Random) -> Point | None:
    """Anywhere on the boards but where the product and its shadow need room."""
    x, y = random.uniform(-0.46, 0.46), random.uniform(-0.26, 0.66)
    if abs(x) < 0.185 + 0.08 * random.random() and y < 0.30:
        return None
    return (x, y, random.uniform(0.003, 0.009))


def _pumpkin(skin: object, stalk: object, *, at: Point, radius_m: float) -> None:
    def swell(u: float, v: float) -> Point:
        around, up = 2 * pi * u, pi * (v + 0.5)
        rib = 1.0 - 0.11 * (1 - abs(sin(around * 5.0))) ** 2
        dent = 1.0 - 0.35 * abs(cos(up)) ** 5
        ring = radius_m * sin(up) ** 0.8 * rib
        return (
            ring * cos(around),
            ring * sin(around),
            radius_m * 0.72 * (1.0 - cos(up) * dent * rib),
        )

    sheet("pumpkin", (1.0, 1.0), skin, shape=swell, steps=(160, 60), at=at)
    top = at[2] + radius_m * 1.13
    path = [
        (at[0], at[1], top - 0.02),
        (at[0] + 0.004, at[1], top + 0.012),
        (at[0] + 0.02, at[1] - 0.01, top + 0.026),
    ]
    tube("stalk", path, radius_m * 0.12, stalk, taper=0.7)


PLATE = Plate(
    name="autumn-leaves",
    title="Autumn leaves",
    title_zh="秋日落叶",
    style="autumn",
    tags=(
        "autumn", "fall", "leaves", "maple", "pumpkin", "wood", "orange", "brown", "harvest",
        "halloween", "thanksgiving", "cosy", "food", "tea", "coffee", "candle", "knitwear",
        "秋天", "秋日", "落叶", "枫叶", "南瓜", "木头", "橙色", "丰收", "万圣节", "感恩节", "茶",
        "咖啡", "食品",
    ),
    prompt=(
        "{product} standing on old dark oak boards strewn with red and orange maple leaves, small "
        "pumpkins out of focus behind, seen from half above, low golden sun from the back left, "
        "55 mm lens, autumn product photograph"
    ),
    camera=Camera(pitch_deg=30.0, focal_mm=55.0, distance_m=0.95, f_number=2.8, frame_y=0.70),
    key=KEY,
    surface=Surface(material="old oak boards", roughness=0.55, reflectance=0.02),
    build=build,
    exposure=0.2,
    anchors=(
        Anchor(name="centre", max_width=0.42, max_height=0.58),
    ),
)  # fmt: skip
