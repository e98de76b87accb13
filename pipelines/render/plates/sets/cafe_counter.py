"""A cafe's walnut counter seen by a guest: green tiles, shelf of cups, hanging lamps."""

from __future__ import annotations

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import add_lamp, set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, lathe, tube

KEY = Softbox(
    azimuth_deg=286.0,
    elevation_deg=36.0,
    distance_m=1.7,
    width_m=0.7,
    height_m=0.9,
    power_w=75.0,
    color_rgb_linear=(1.0, 0.93, 0.84),
)
BRASS = (0.78, 0.52, 0.22)


def build() -> None:
    """Set counter, tiles, shelves, lamps and the things of the trade."""
    set_world_color((1.0, 0.82, 0.62), strength=0.11)
    walnut = m.wood(
        "walnut",
        light=(0.25, 0.135, 0.07),
        dark=(0.085, 0.04, 0.02),
        roughness=0.32,
        rings_per_m=44.0,
    )
    dressing.table(walnut, back_m=0.52, thick_m=0.045, bevel_m=0.006)
    green = m.tiles(
        "tiles",
        (0.035, 0.13, 0.085),
        grout=(0.10, 0.12, 0.10),
        width_m=0.066,
        height_m=0.2,
        offset=0.0,
        vary=0.35,
        roughness=0.12,
    )
    dressing.wall(green, behind_m=1.75, from_m=-0.6)
    brass = m.metal("brass", BRASS, roughness=0.22)
    oak = m.wood("oak", light=(0.40, 0.24, 0.12), dark=(0.20, 0.10, 0.05), roughness=0.5)
    white = m.glazed("white", (0.80, 0.77, 0.71), roughness=0.2)
    dark = m.glazed("dark", (0.05, 0.06, 0.065), roughness=0.25)
    for z in (0.12, 0.40):
        box("shelf", (3.0, 0.18, 0.025), oak, at=(0.0, 1.63, z), bevel_m=0.002)
        for i in range(-7, 8):
            if (i * 7 + int(z * 10)) % 5 == 0:
                continue
            height = 0.06 + 0.035 * ((i * 5 + int(z * 100)) % 4)
            dressing.cup(
                white if (i + int(z * 10)) % 3 else dark,
                at=(0.125 * i, 1.6, z + 0.025),
                radius_m=0.036,
                height_m=height,
                flare=0.2,
            )
    bulb = m.glow("bulb", (1.0, 0.62, 0.28), strength=26.0)
    for x, y, z in ((-0.34, 1.15, 0.37), (0.10, 1.3, 0.45), (0.50, 1.15, 0.37)):
        _lamp(brass, bulb, at=(x, y, z))
    _machine(brass, dark, at=(-0.46, 0.95, -0.05))
    dressing.disc(oak, at=(0.30, 0.30, 0.0), radius_m=0.075, height_m=0.012)
    dressing.disc(white, at=(0.30, 0.30, 0.012), radius_m=0.06, height_m=0.008)
    dressing.cup(white, at=(0.30, 0.30, 0.02), radius_m=0.033, height_m=0.052, flare=0.3)
    coffee = m.matte("coffee", (0.06, 0.024, 0.01), roughness=0.15)
    dressing.disc(coffee, at=(0.30, 0.30, 0.058), radius_m=0.036, height_m=0.003, edge_m=0.001)
    glass = m.glazed("jar", (0.24, 0.11, 0.045), roughness=0.05)
    dressing.cup(glass, at=(-0.29, 0.33, 0.0), radius_m=0.05, height_m=0.12, flare=0.0)
    dressing.disc(brass, at=(-0.29, 0.33, 0.12), radius_m=0.052, height_m=0.014)
    warm = Softbox(
        azimuth_deg=160.0, elevation_deg=45.0, distance_m=1.2, width_m=0.4, height_m=0.3,
        power_w=10.0, color_rgb_linear=(1.0, 0.64, 0.34),
    )  # fmt: skip
    add_lamp(warm, name="warm", visible=False)


def _lamp(brass: object, bulb: object, *, at: Point) -> None:
    shade = [
        (0.014, 0.11),
        (0.016, 0.10),
        (0.03, 0.088),
        (0.075, 0.035),
        (0.092, 0.0),
        (0.089, 0.0),
        (0.071, 0.035),
        (0.026, 0.085),
        (0.0, 0.09),
    ]
    lathe("shade", shade, brass, at=at)
    dressing.ball(bulb, at=(at[0], at[1], at[2] - 0.012), radius_m=0.026)
    tube("cable", [(at[0], at[1], at[2] + 0.10), (at[0], at[1], at[2] + 1.2)], 0.003, brass)


def _machine(brass: object, dark: object, *, at: Point) -> None:
    """An espresso machine, far enough out of focus to be its outline and its glints."""
    steel = m.metal("steel", (0.60, 0.59, 0.57), roughness=0.22)
    x, y, z = at
    box("body", (0.44, 0.3, 0.14), steel, at=(x, y, z + 0.17), bevel_m=0.02)
    box("base", (0.44, 0.34, 0.06), dark, at=(x, y, z), bevel_m=0.012)
    box("back", (0.40, 0.12, 0.2), dark, at=(x, y + 0.09, z + 0.03), bevel_m=0.01)
    for side in (-0.1, 0.1):
        lathe(
            "group",
            [(0.0, -0.05), (0.032, -0.05), (0.034, 0.0), (0.0, 0.0)],
            steel,
            at=(x + side, y - 0.09, z + 0.17),
        )
        tube(
            "handle", [(x + side, y - 0.12, z + 0.135), (x + side, y - 0.25, z + 0.12)], 0.012, dark
        )
    for side in (-0.16, 0.16):
        dressing.cup(brass, at=(x + side * 0.6, y, z + 0.31), radius_m=0.034, height_m=0.05)


PLATE = Plate(
    name="cafe-counter",
    title="Cafe counter",
    title_zh="咖啡馆吧台",
    style="cafe",
    tags=(
        "cafe", "coffee", "counter", "bar", "walnut", "wood", "green", "brass", "warm", "evening",
        "restaurant", "food", "drinks", "tea", "dessert", "mug", "glassware", "books", "咖啡馆",
        "咖啡", "吧台", "胡桃木", "墨绿", "黄铜", "复古", "餐饮", "美食", "饮品", "甜品", "杯子",
        "下午茶",
    ),
    prompt=(
        "{product} standing on a walnut cafe counter, dark green tiles, shelves of cups, brass "
        "lamps and an espresso machine far out of focus behind, soft window light from the left, "
        "60 mm lens, warm cafe product photograph"
    ),
    camera=Camera(pitch_deg=13.0, focal_mm=58.0, distance_m=0.92, f_number=2.0, frame_y=0.78),
    key=KEY,
    surface=Surface(material="oiled walnut", roughness=0.32, reflectance=0.03),
    build=build,
    exposure=0.35,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.62),
        Anchor(name="left third", point=(-0.08, -0.04, 0.0), max_width=0.34, max_height=0.6),
        Anchor(name="right third", point=(0.07, -0.05, 0.0), max_width=0.34, max_height=0.6),
    ),
)  # fmt: skip
