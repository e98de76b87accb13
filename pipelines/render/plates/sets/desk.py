"""A walnut desk against deep blue: a lamp, books, a pot of pencils; window light from the left."""

from __future__ import annotations

from math import cos, sin

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import add_lamp, set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, lathe, tube

KEY = Softbox(
    azimuth_deg=276.0,
    elevation_deg=42.0,
    distance_m=1.5,
    width_m=0.55,
    height_m=0.8,
    power_w=60.0,
    color_rgb_linear=(0.95, 0.97, 1.0),
)


def build() -> None:
    """Set the desk and what lies on it."""
    set_world_color((0.8, 0.88, 1.0), strength=0.25)
    walnut = m.wood(
        "walnut",
        light=(0.215, 0.115, 0.060),
        dark=(0.070, 0.034, 0.018),
        roughness=0.36,
        rings_per_m=26.0,
        relief_m=0.0003,
    )
    dressing.table(walnut, back_m=0.55)
    dressing.wall(
        m.plaster("wall", (0.035, 0.075, 0.105), relief_m=0.0006, stain=0.12), behind_m=0.95
    )
    paper = m.matte("paper", (0.80, 0.76, 0.68))
    z = 0.0
    for width, depth, thick, color, turn in (
        (0.24, 0.17, 0.032, (0.52, 0.20, 0.10), 4.0),
        (0.22, 0.16, 0.024, (0.75, 0.70, 0.60), -5.0),
        (0.20, 0.145, 0.028, (0.10, 0.16, 0.15), 9.0),
    ):
        dressing.book(
            m.matte("cover", color, roughness=0.6),
            paper,
            at=(0.31, 0.36, z),
            size=(width, depth, thick),
            turn_deg=turn,
        )
        z += thick
    dressing.cup(
        m.glazed("mug", (0.72, 0.68, 0.60), roughness=0.3, speckle=0.6),
        at=(0.29, 0.36, z),
        radius_m=0.038,
        height_m=0.07,
        flare=0.02,
    )
    _pencils()
    _lamp()


def _pencils() -> None:
    at = (-0.22, 0.40)
    dressing.cup(
        m.metal("tin", (0.60, 0.58, 0.55), roughness=0.35),
        at=(*at, 0.0),
        radius_m=0.036,
        height_m=0.1,
        flare=0.0,
    )
    for i, color in enumerate(
        (
            (0.72, 0.42, 0.06),
            (0.55, 0.10, 0.07),
            (0.06, 0.15, 0.25),
            (0.70, 0.66, 0.58),
            (0.04, 0.04, 0.04),
        )
    ):
        angle, tilt = 1.3 * i + 0.4, 0.016
        foot = (at[0] - tilt * cos(angle), at[1] - tilt * sin(angle), 0.006)
        head = (at[0] + 0.03 * cos(angle), at[1] + 0.03 * sin(angle), 0.165 + 0.008 * (i % 3))
        tube("pencil", [foot, head], 0.0036, m.matte("lacquer", color, roughness=0.3))


def _lamp() -> None:
    brass = m.metal("brass", (0.70, 0.46, 0.20), roughness=0.25)
    black = m.matte("enamel", (0.018, 0.018, 0.02), roughness=0.3)
    x, y = -0.36, 0.46
    dressing.disc(black, at=(x, y, 0.0), radius_m=0.075, height_m=0.018)
    tube("stem", [(x, y, 0.015), (x, y, 0.40)], 0.006, brass)
    tube(
        "arm",
        [(x, y, 0.40), (x + 0.01, y, 0.47), (x + 0.07, y, 0.50), (x + 0.12, y, 0.47)],
        0.006,
        brass,
    )
    lathe(
        "shade",
        [
            (0.012, 0.055),
            (0.02, 0.05),
            (0.045, 0.03),
            (0.075, -0.03),
            (0.078, -0.04),
            (0.075, -0.04),
            (0.042, 0.026),
        ],
        black,
        at=(x + 0.13, y, 0.43),
        turn_deg=(0, -14, 0),
    )
    dressing.ball(
        m.glow("bulb", (1.0, 0.62, 0.28), strength=26.0), at=(x + 0.13, y, 0.385), radius_m=0.024
    )
    warm = Softbox(
        azimuth_deg=0.0,
        elevation_deg=90.0,
        distance_m=0.37,
        width_m=0.05,
        height_m=0.05,
        power_w=1.3,
        color_rgb_linear=(1.0, 0.62, 0.30),
        target=(x + 0.13, y, 0.0),
    )
    add_lamp(warm, name="lamp", visible=False)
    box(
        "mat",
        (0.5, 0.3, 0.003),
        m.velvet("felt", (0.16, 0.17, 0.17)),
        at=(0.0, -0.62, 0.0),
        bevel_m=0.001,
    )


PLATE = Plate(
    name="desk",
    title="Desk",
    title_zh="书桌",
    style="desk",
    tags=("desk", "office", "walnut", "blue", "electronics", "stationery", "书桌", "办公", "数码"),
    prompt=(
        "{product} standing on a walnut desk, deep blue wall, brass and black desk lamp"
        " glowing warm, stacked books with a mug and a tin of pencils out of focus "
        "behind, cool window light from the left, 60 mm lens, calm home office product "
        "photograph"
    ),
    camera=Camera(pitch_deg=10.0, focal_mm=60.0, distance_m=0.92, f_number=2.0),
    key=KEY,
    surface=Surface(material="oiled walnut", roughness=0.36, reflectance=0.03),
    build=build,
    exposure=0.2,
    anchors=(
        Anchor(name="centre", max_width=0.42, max_height=0.62),
        Anchor(name="left third", point=(-0.08, -0.02, 0.0), max_width=0.3, max_height=0.58),
        Anchor(name="right third", point=(0.08, -0.03, 0.0), max_width=0.3, max_height=0.6),
    ),
)
