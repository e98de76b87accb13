"""Black acrylic, two tubes of light and a haze of blue and magenta on the wall."""

from __future__ import annotations

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import add_lamp, set_world_color
from pipelines.render.lights import Rgb, Softbox
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, tube
from pipelines.render.shading import Graph

KEY = Softbox(
    azimuth_deg=246.0,
    elevation_deg=50.0,
    distance_m=1.3,
    width_m=0.3,
    height_m=0.9,
    power_w=34.0,
    color_rgb_linear=(0.86, 0.92, 1.0),
)
BLUE: Rgb = (0.06, 0.20, 1.0)
MAGENTA: Rgb = (1.0, 0.05, 0.42)


def build() -> None:
    """Set the acrylic, the wall, tubes and frosted blocks."""
    set_world_color((0.30, 0.40, 0.70), strength=0.05)
    dressing.table(_acrylic(), back_m=0.8, bevel_m=0.004)
    dressing.wall(
        m.plaster("wall", (0.085, 0.085, 0.10), relief_m=0.0005, stain=0.1), behind_m=1.25
    )
    tube(
        "tube",
        [(-0.40, 0.98, -0.2), (-0.40, 0.98, 1.2)],
        0.011,
        m.glow("blue", BLUE, strength=26.0),
    )
    tube(
        "tube",
        [(0.46, 0.86, -0.2), (0.34, 0.98, 1.2)],
        0.011,
        m.glow("pink", MAGENTA, strength=18.0),
    )
    for x, color, power in ((-0.55, BLUE, 8.0), (0.55, MAGENTA, 5.5)):
        wash = Softbox(
            azimuth_deg=0.0,
            elevation_deg=35.0,
            distance_m=0.55,
            width_m=0.2,
            height_m=0.5,
            power_w=power,
            color_rgb_linear=color,
            target=(x, 1.25, 0.3),
            spread_deg=140.0,
        )
        add_lamp(wash, name="wash", visible=False)
    frost = m.glass("frosted", tint=(0.86, 0.90, 1.0), roughness=0.32)
    box(
        "block",
        (0.11, 0.11, 0.11),
        frost,
        at=(-0.27, 0.34, 0.0),
        turn_deg=(0, 0, 22),
        bevel_m=0.003,
    )
    box(
        "block",
        (0.09, 0.09, 0.05),
        frost,
        at=(0.27, 0.31, 0.0),
        turn_deg=(0, 0, -14),
        bevel_m=0.003,
    )
    dressing.ball(
        m.metal("chrome", (0.75, 0.76, 0.8), roughness=0.08), at=(0.27, 0.31, 0.05), radius_m=0.032
    )


def _acrylic() -> object:
    """Black acrylic with wiped dust: the mirror is deep but not perfect."""
    g = Graph("acrylic")
    wiped = g.remap(
        g.noise(g.place(scale=(0.4, 1.0, 1.0)), 18.0, detail=7.0), 0.35, 0.7, 0.05, 0.13
    )
    return g.finish(g.principled(Base_Color=(0.006, 0.006, 0.008), Roughness=wiped, IOR=1.49))


PLATE = Plate(
    name="midnight-gloss",
    title="Midnight gloss",
    title_zh="暗夜镜面",
    style="gloss",
    tags=(
        "dark",
        "gloss",
        "neon",
        "electronics",
        "fragrance",
        "night",
        "暗色",
        "镜面",
        "数码",
        "香水",
    ),
    prompt=(
        "{product} standing on glossy black acrylic that mirrors it, dark wall washed in blue and "
        "magenta, two light tubes and frosted blocks out of focus behind, narrow cool softbox from "
        "the back left, 60 mm lens, night-time product photograph"
    ),
    camera=Camera(pitch_deg=9.0, focal_mm=60.0, distance_m=0.9, f_number=2.0),
    key=KEY,
    surface=Surface(material="black acrylic", roughness=0.08, reflectance=0.04),
    build=build,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.62),
        Anchor(name="right third", point=(0.08, -0.03, 0.0), max_width=0.32, max_height=0.6),
    ),
)
