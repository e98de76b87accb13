"""Cast concrete, a shuttered wall, black pipe and a filament lamp; hard light from above."""

from __future__ import annotations

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import add_lamp, set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, lathe, tube

KEY = Softbox(
    azimuth_deg=238.0,
    elevation_deg=46.0,
    distance_m=1.9,
    width_m=0.32,
    height_m=0.32,
    power_w=105.0,
    color_rgb_linear=(0.86, 0.93, 1.0),
)


def build() -> None:
    """Set the bench, the wall with its joints and tie holes, pipes, lamp and steel parts."""
    set_world_color((0.66, 0.78, 1.0), strength=0.22)
    dressing.table(
        m.concrete("bench", (0.27, 0.265, 0.255), roughness=0.6, stain=0.5),
        back_m=0.5,
        thick_m=0.06,
        bevel_m=0.004,
    )
    _wall()
    black = m.metal("black steel", (0.06, 0.06, 0.065), roughness=0.38)
    tube("pipe", [(-0.5, 1.45, -0.5), (-0.5, 1.45, 2.0)], 0.035, black)
    tube(
        "pipe",
        [(-0.62, 1.47, -0.5), (-0.62, 1.47, 2.0)],
        0.02,
        m.metal("copper", (0.72, 0.33, 0.18), roughness=0.3),
    )
    for z in (0.02, 0.62):
        box("clamp", (0.10, 0.09, 0.035), black, at=(-0.5, 1.45, z), bevel_m=0.004)
    _lamp(black)
    crate = m.metal("galvanised", (0.52, 0.53, 0.54), roughness=0.45)
    box(
        "block",
        (0.12, 0.12, 0.07),
        m.concrete("block", (0.36, 0.35, 0.34)),
        at=(-0.27, 0.36, 0.0),
        turn_deg=(0, 0, 18),
        bevel_m=0.003,
    )
    dressing.cup(crate, at=(-0.265, 0.36, 0.07), radius_m=0.034, height_m=0.075, flare=0.05)


def _wall() -> None:
    cast = m.concrete("wall", (0.24, 0.235, 0.225), roughness=0.85, stain=0.5)
    for i in range(-3, 4):
        box(
            "panel",
            (1.19, 0.1, 3.0),
            cast,
            at=(1.2 * i + 0.35, 1.75 + 0.003 * (i % 2), -1.0),
            bevel_m=0.006,
        )
    hole = m.matte("hole", (0.02, 0.02, 0.02))
    for i in range(-3, 4):
        for x in (-0.42, 0.42):
            for z in (0.08, 0.72):
                lathe(
                    "hole",
                    [(0.0, 0.0), (0.018, 0.0)],
                    hole,
                    at=(1.2 * i + 0.35 + x, 1.694, z),
                    turn_deg=(90, 0, 0),
                    smooth_levels=0,
                )


def _lamp(black: object) -> None:
    tube("cable", [(0.33, 0.95, 1.4), (0.33, 0.95, 0.52)], 0.004, black)
    lathe(
        "socket",
        [(0.0, 0.52), (0.018, 0.52), (0.021, 0.50), (0.021, 0.45), (0.017, 0.44)],
        m.metal("brass", (0.72, 0.5, 0.2), roughness=0.3),
        at=(0.33, 0.95, 0.0),
    )
    lathe(
        "filament",
        [(0.0, 0.43), (0.010, 0.42), (0.013, 0.37), (0.010, 0.335), (0.0, 0.33)],
        m.glow("filament", (1.0, 0.42, 0.10), strength=55.0),
        at=(0.33, 0.95, 0.0),
    )
    warm = Softbox(
        azimuth_deg=150.0,
        elevation_deg=20.0,
        distance_m=1.0,
        width_m=0.05,
        height_m=0.05,
        power_w=2.2,
        color_rgb_linear=(1.0, 0.55, 0.22),
        target=(0.33, 1.7, 0.3),
    )
    add_lamp(warm, name="warm", visible=False).location = (0.33, 0.93, 0.36)


PLATE = Plate(
    name="industrial-concrete",
    title="Industrial concrete",
    title_zh="工业水泥",
    style="concrete",
    tags=(
        "concrete",
        "industrial",
        "loft",
        "grey",
        "electronics",
        "menswear",
        "水泥",
        "工业风",
        "数码",
    ),
    prompt=(
        "{product} standing on a raw concrete bench, board-marked concrete wall with "
        "tie holes, black steel pipes and a warm filament bulb out of focus behind, "
        "cool hard light from the back left, 60 mm lens, industrial loft product "
        "photograph"
    ),
    camera=Camera(pitch_deg=10.0, focal_mm=60.0, distance_m=0.9, f_number=2.0),
    key=KEY,
    surface=Surface(material="raw concrete", roughness=0.6, reflectance=0.0),
    build=build,
    exposure=-0.25,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.62),
        Anchor(name="left third", point=(-0.08, -0.02, 0.0), max_width=0.32, max_height=0.6),
        Anchor(name="right third", point=(0.1, 0.0, 0.0), max_width=0.32, max_height=0.55),
    ),
)
