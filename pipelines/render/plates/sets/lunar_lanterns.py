"""A rosewood table for the New Year: red lanterns in the dark, plum blossom, gold."""

from __future__ import annotations

from math import cos, pi, sin
from random import Random

from mathutils import Vector

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import add_lamp, set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, lathe, mesh, tube
from pipelines.render.shading import Graph

KEY = Softbox(
    azimuth_deg=48.0,
    elevation_deg=42.0,
    distance_m=1.3,
    width_m=0.5,
    height_m=0.5,
    power_w=24.0,
    color_rgb_linear=(1.0, 0.82, 0.60),
)
GOLD = (0.86, 0.56, 0.20)


def build() -> None:
    """Set table, wall, lanterns, a branch in blossom, red packets and gold."""
    set_world_color((1.0, 0.72, 0.5), strength=0.10)
    rosewood = m.wood(
        "rosewood", light=(0.105, 0.034, 0.02), dark=(0.03, 0.01, 0.007), roughness=0.24,
        rings_per_m=50.0,
    )  # fmt: skip
    dressing.table(rosewood, back_m=0.62)
    dressing.wall(m.plaster("wall", (0.30, 0.012, 0.014), stain=0.12), behind_m=1.7)
    gold = m.metal("gold", GOLD, roughness=0.18)
    for x, y, z, r in (
        (-0.36, 0.95, 0.36, 0.10),
        (0.42, 1.05, 0.30, 0.11),
        (0.16, 1.45, 0.50, 0.085),
        (-0.10, 1.5, 0.56, 0.07),
        (0.62, 1.4, 0.52, 0.08),
        (-0.62, 1.4, 0.30, 0.085),
    ):
        _lantern(gold, at=(x, y, z), radius_m=r)
    _blossom()
    packet = m.matte("packet", (0.50, 0.016, 0.018), roughness=0.4)
    for i, turn in enumerate((14.0, 17.0, 22.0)):
        at = (-0.275, 0.235, 0.0022 * i)
        box("packet", (0.09, 0.165, 0.002), packet, at=at, turn_deg=(0, 0, turn), bevel_m=0.0006)
    box(
        "seal",
        (0.03, 0.03, 0.0006),
        gold,
        at=(-0.275, 0.235, 0.0066),
        turn_deg=(0, 0, 22),
        bevel_m=0.0,
    )
    glaze = m.glazed("celadon", (0.36, 0.46, 0.38), roughness=0.12)
    dressing.cup(glaze, at=(0.245, 0.20, 0.0), radius_m=0.026, height_m=0.034, flare=0.35)
    for x, y, r in ((-0.165, 0.31, 0.016), (-0.20, 0.335, 0.012)):
        dressing.ball(gold, at=(x, y, 0.0), radius_m=r)
    back = Softbox(
        azimuth_deg=250.0, elevation_deg=35.0, distance_m=1.1, width_m=0.3, height_m=0.4,
        power_w=10.0, color_rgb_linear=(1.0, 0.45, 0.22),
    )  # fmt: skip
    add_lamp(back, name="back")


def _lantern(gold: object, *, at: Point, radius_m: float) -> None:
    """A ribbed paper ball that glows from inside, gold caps and a tassel."""
    g = Graph("paper lantern")
    height = g.node("SeparateXYZ", {0: g.place(scale=(1 / radius_m,) * 3)}).outputs["Z"]
    heart = g.remap(g.math("ABSOLUTE", g.math("ADD", height, 0.1)), 0.0, 0.8, 1.0, 0.18)
    color = g.mix(heart, (0.55, 0.01, 0.006), (1.0, 0.13, 0.03))
    paper = g.finish(
        g.node("Emission", {"Color": color, "Strength": g.math("MULTIPLY", heart, 1.25)})
    )
    outline = []
    for k in range(49):
        up = pi * (k / 48) * 0.88 + pi * 0.06
        rib = 1.0 - 0.02 * abs(sin(k * pi / 4))
        outline.append((radius_m * sin(up) * rib, -radius_m * 0.86 * cos(up)))
    ball = lathe("lantern", outline, paper, at=at, smooth_levels=0)
    # Its shadow on the wall would be a dark hole right behind the product.
    ball.visible_shadow = False
    for side in (-1.0, 1.0):
        z = at[2] + side * radius_m * 0.86
        rim = radius_m * 0.3
        outline = [(0.0, -0.008), (rim, -0.008), (rim, 0.008), (0.0, 0.008)]
        lathe("cap", outline, gold, at=(at[0], at[1], z), smooth_levels=0)
    top, low = at[2] + radius_m * 0.86, at[2] - radius_m * 0.9
    tube("cord", [(at[0], at[1], top), (at[0], at[1], top + 1.0)], 0.002, gold)
    tassel = m.matte("tassel", (0.62, 0.03, 0.015), roughness=0.6)
    tube(
        "tassel",
        [(at[0], at[1], low), (at[0], at[1], low - radius_m * 0.9)],
        radius_m * 0.06,
        tassel,
        taper=1.5,
    )


def _blossom() -> None:
    """Plum branches from the right with five-petalled flowers and buds."""
    bark = m.matte("bark", (0.055, 0.03, 0.022), roughness=0.8, grain_m=0.002)
    g = Graph("petal")
    thin = g.node("BsdfTranslucent", {"Color": (0.92, 0.42, 0.45)})
    face = g.principled(Base_Color=(0.86, 0.36, 0.40), Roughness=0.6)
    petal = g.finish(g.node("MixShader", {0: 0.35, 1: face.outputs[0], 2: thin.outputs[0]}))
    heart = m.matte("stamens", (0.85, 0.55, 0.10))
    random = Random(21)
    paths: list[list[Point]] = [
        [(0.56, 0.36, 0.06), (0.40, 0.33, 0.15), (0.32, 0.30, 0.24), (0.22, 0.30, 0.33)],
        [(0.40, 0.33, 0.15), (0.31, 0.28, 0.17), (0.25, 0.27, 0.14)],
        [(0.36, 0.31, 0.20), (0.37, 0.28, 0.31), (0.34, 0.27, 0.40)],
    ]
    for path in paths:
        tube("branch", path, 0.0065, bark, taper=0.3)
        for k in range(11):
            i = min(len(path) - 2, int(k / 11 * (len(path) - 1)))
            spot = Vector(path[i]).lerp(Vector(path[i + 1]), random.random())
            spot += Vector([random.uniform(-0.012, 0.012) for _ in range(3)])
            if k % 3 == 2:
                dressing.ball(petal, at=tuple(spot), radius_m=0.005)
                continue
            _flower(petal, heart, spot, random)


def _flower(petal: object, heart: object, spot: Vector, random: Random) -> None:
    points: list[Point] = []
    faces: list[list[int]] = []
    for p in range(5):
        base = len(points)
        turn = 2 * pi * p / 5
        points.append((0.0, 0.0, 0.0))
        for k in range(11):
            angle = turn + (k / 10 - 0.5) * 1.25
            reach = 0.0145 * (0.55 + 0.45 * sin(pi * k / 10))
            points.append((reach * cos(angle), reach * sin(angle), 0.004 + 0.003 * abs(k / 5 - 1)))
        faces += [[base, base + 1 + k, base + 2 + k] for k in range(10)]
    tilt = (random.uniform(40, 120), random.uniform(-40, 40), random.uniform(0, 90))
    mesh("flower", points, faces, petal, at=tuple(spot), turn_deg=tilt)
    dressing.ball(heart, at=tuple(spot - Vector((0, 0.003, 0.002))), radius_m=0.0026)


PLATE = Plate(
    name="lunar-lanterns",
    title="Lunar New Year lanterns",
    title_zh="新春红灯笼",
    style="festive",
    tags=(
        "lunar new year", "chinese new year", "spring festival", "lantern", "red", "gold", "gift",
        "plum blossom", "festive", "night", "wine", "tea", "food", "jewellery", "skincare",
        "春节", "新年", "新春", "年货", "中国风", "灯笼", "红色", "金色", "梅花", "红包", "礼盒",
        "送礼", "白酒", "茶叶",
    ),
    prompt=(
        "{product} standing on a dark rosewood table, glowing red paper lanterns far out of focus "
        "on a deep red wall, plum blossom branch, red packets and gold at the sides, warm soft "
        "light from the front right, 60 mm lens, Chinese New Year product photograph"
    ),
    camera=Camera(pitch_deg=9.0, focal_mm=60.0, distance_m=0.9, f_number=1.9),
    key=KEY,
    surface=Surface(material="lacquered rosewood", roughness=0.24, reflectance=0.04),
    build=build,
    exposure=0.5,
    anchors=(
        Anchor(name="centre", max_width=0.42, max_height=0.62),
        Anchor(name="left third", point=(-0.06, -0.05, 0.0), max_width=0.32, max_height=0.58),
    ),
)  # fmt: skip
