"""Nothing but peach paper, a big soft light and the shade where the paper curves."""

from __future__ import annotations

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import add_lamp, set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface

KEY = Softbox(
    azimuth_deg=285.0,
    elevation_deg=52.0,
    distance_m=1.3,
    width_m=0.75,
    height_m=0.75,
    power_w=42.0,
    color_rgb_linear=(1.0, 0.95, 0.89),
)


def build() -> None:
    """Hang the paper and light its rise from the right, so that it does not go flat."""
    set_world_color((1.0, 0.93, 0.88), strength=0.16)
    dressing.sweep(
        m.matte("paper", (0.79, 0.40, 0.27), roughness=0.75), behind_m=0.55, radius_m=0.9
    )
    rise = Softbox(
        azimuth_deg=25.0,
        elevation_deg=50.0,
        distance_m=1.25,
        width_m=0.3,
        height_m=0.3,
        power_w=9.0,
        target=(0.06, 1.4, 0.42),
        spread_deg=75.0,
        color_rgb_linear=(1.0, 0.86, 0.74),
    )
    add_lamp(rise, name="rise", visible=False)


PLATE = Plate(
    name="minimal-seamless",
    title="Minimal seamless",
    title_zh="极简无缝背景",
    style="minimal",
    tags=("minimal", "studio", "paper", "peach", "pastel", "clean", "极简", "纯色", "影棚"),
    prompt=(
        "{product} on seamless peach paper, empty studio set, paper curving up behind "
        "into a soft gradient, large softbox from the left, gentle shadow to the right,"
        " 60 mm lens, minimal product photograph"
    ),
    camera=Camera(pitch_deg=11.0, focal_mm=60.0, distance_m=0.9, f_number=2.8),
    key=KEY,
    surface=Surface(material="matte paper", roughness=0.75, reflectance=0.0),
    build=build,
    exposure=-0.3,
    anchors=(
        Anchor(name="centre", max_width=0.62, max_height=0.64),
        Anchor(name="left third", point=(-0.1, 0.0, 0.0), max_width=0.34, max_height=0.62),
        Anchor(name="right third", point=(0.1, 0.0, 0.0), max_width=0.34, max_height=0.62),
    ),
)
