"""A gym's rubber floor, hexagonal dumb-bells and a kettlebell, one strip of light in the dark."""

from __future__ import annotations

from math import cos, pi, sin

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import add_lamp, set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, lathe, mesh, round_edges, tube

KEY = Softbox(
    azimuth_deg=302.0,
    elevation_deg=50.0,
    distance_m=1.5,
    width_m=0.5,
    height_m=0.7,
    power_w=85.0,
    color_rgb_linear=(0.94, 0.97, 1.0),
)


def build() -> None:
    """Lay the tiles of the floor, set the weights, light the wall's strip."""
    set_world_color((0.6, 0.7, 0.85), strength=0.10)
    rubber = m.flecked_rubber(
        "rubber",
        (0.022, 0.023, 0.025),
        ((0.17, 0.175, 0.18), (0.07, 0.14, 0.22), (0.24, 0.24, 0.24)),
        share=0.07,
    )
    for i in range(-2, 3):
        for j in range(-1, 5):
            box(
                "tile",
                (0.499, 0.499, 0.02),
                rubber,
                at=(0.5 * i + 0.1, 0.5 * j - 0.1, -0.02),
                bevel_m=0.0015,
            )
    dressing.wall(m.concrete("wall", (0.075, 0.08, 0.088), stain=0.4), behind_m=1.9, from_m=-0.02)
    lime = m.glow("strip", (0.55, 1.0, 0.08), strength=7.0)
    box("strip", (3.0, 0.02, 0.028), lime, at=(0.0, 1.87, 0.40), bevel_m=0.0)
    iron = m.flecked_rubber(
        "iron", (0.03, 0.031, 0.033), ((0.05, 0.05, 0.05),), share=0.1, relief_m=0.0004
    )
    steel = m.metal("steel", (0.62, 0.63, 0.65), roughness=0.28)
    _dumbbell(iron, steel, at=(-0.30, 0.36, 0.0), turn_deg=24.0)
    _dumbbell(iron, steel, at=(-0.22, 0.58, 0.0), turn_deg=-12.0)
    _kettlebell(iron, at=(0.34, 0.46, 0.0))
    rim = Softbox(
        azimuth_deg=140.0, elevation_deg=32.0, distance_m=1.6, width_m=0.3, height_m=0.8,
        power_w=18.0, color_rgb_linear=(0.62, 1.0, 0.42),
    )  # fmt: skip
    add_lamp(rim, name="rim")


def _dumbbell(iron: object, steel: object, *, at: Point, turn_deg: float) -> None:
    half, side = 0.11, 0.062
    turn = turn_deg * pi / 180
    for sign in (-1.0, 1.0):
        ring = [
            (side * cos(pi / 3 * k + pi / 6), side * sin(pi / 3 * k + pi / 6)) for k in range(6)
        ]
        points = [(x, y, z) for x in (-0.042, 0.042) for y, z in ring]
        faces = [[5, 4, 3, 2, 1, 0], [6, 7, 8, 9, 10, 11]]
        faces += [[k, (k + 1) % 6, 6 + (k + 1) % 6, 6 + k] for k in range(6)]
        spot = (at[0] + sign * half * cos(turn), at[1] + sign * half * sin(turn), at[2] + side)
        head = mesh(
            "head", points, faces, iron, at=spot, turn_deg=(30.0, 0.0, turn_deg), smooth=False
        )
        round_edges(head, 0.008)
    ends = [
        (at[0] + s * half * cos(turn), at[1] + s * half * sin(turn), at[2] + side)
        for s in (-1.0, 1.0)
    ]
    tube("grip", ends, 0.016, steel)


def _kettlebell(iron: object, *, at: Point) -> None:
    r = 0.10
    body = [(r * sin(pi * k / 24), r * (0.9 - cos(pi * k / 24))) for k in range(25)]
    body = [(x, max(0.0, z)) for x, z in body]
    lathe("bell", body, iron, at=at, smooth_levels=1)
    path = []
    for k in range(13):
        a = pi * (k / 12)
        path.append(
            (
                at[0] - 0.072 * cos(a) * (1.0 - 0.15 * sin(a)),
                at[1],
                at[2] + 0.155 + 0.105 * sin(a) ** 0.7,
            )
        )
    tube("handle", path, 0.0165, iron)


PLATE = Plate(
    name="gym-rubber",
    title="Gym rubber floor",
    title_zh="健身房地垫",
    style="sport",
    tags=(
        "gym", "fitness", "sport", "rubber", "dark", "black", "green", "neon", "training",
        "energy", "protein", "supplements", "water bottle", "sneakers", "headphones", "wearables",
        "menswear", "健身", "健身房", "运动", "橡胶", "黑色", "暗色", "蛋白粉", "补剂", "水杯",
        "运动鞋", "耳机", "手环",
    ),
    prompt=(
        "{product} standing on a black flecked rubber gym floor, hexagonal dumb-bells and a "
        "kettlebell out of focus behind, lime green light strip on a dark concrete wall, cool "
        "softbox from the front left, green rim light, 60 mm lens, sports product photograph"
    ),
    camera=Camera(pitch_deg=17.0, focal_mm=60.0, distance_m=1.05, f_number=2.2, frame_y=0.76),
    key=KEY,
    surface=Surface(material="rubber tile", roughness=0.75, reflectance=0.02),
    build=build,
    exposure=0.25,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.6),
        Anchor(name="left third", point=(-0.08, -0.03, 0.0), max_width=0.34, max_height=0.58),
        Anchor(name="right third", point=(0.08, -0.03, 0.0), max_width=0.34, max_height=0.58),
    ),
)  # fmt: skip
