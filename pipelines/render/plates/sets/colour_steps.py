"""Steps in mint, butter and coral: flat colours, crisp edges, a hard sun."""

from __future__ import annotations

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box

KEY = Sun(
    azimuth_deg=305.0,
    elevation_deg=41.0,
    angular_diameter_deg=0.8,
    irradiance=4.8,
    color_rgb_linear=(1.0, 0.93, 0.84),
)
MINT, BUTTER, CORAL, CREAM = (
    (0.16, 0.50, 0.34),
    (0.88, 0.48, 0.07),
    (0.76, 0.13, 0.08),
    (0.86, 0.72, 0.54),
)


def build() -> None:
    """Stack the blocks: one broad step for the product, the rest behind and beside it."""
    set_world_color((0.82, 0.88, 1.0), strength=0.5)
    mint, butter, coral, cream = (
        m.plaster(n, c, relief_m=0.0004, stain=0.04)
        for n, c in (("mint", MINT), ("butter", BUTTER), ("coral", CORAL), ("cream", CREAM))
    )
    box("step", (3.0, 0.40, 0.10), butter, at=(0.0, 0.0, -0.10), bevel_m=0.004)
    box("floor", (3.0, 2.0, 0.10), coral, at=(0.0, -1.1, -0.20), bevel_m=0.004)
    box("second", (3.0, 0.34, 0.19), mint, at=(0.0, 0.37, -0.10), bevel_m=0.004)
    box("third", (3.0, 0.4, 0.30), cream, at=(0.0, 0.74, -0.10), bevel_m=0.004)
    dressing.wall(mint, behind_m=1.15, from_m=-0.1)
    dressing.ball(coral, at=(-0.25, 0.33, 0.09), radius_m=0.055)
    dressing.disc(cream, at=(0.30, 0.35, 0.09), radius_m=0.065, height_m=0.10, edge_m=0.003)
    dressing.ball(butter, at=(0.30, 0.35, 0.19), radius_m=0.036)
    box(
        "block",
        (0.09, 0.09, 0.20),
        coral,
        at=(0.36, 0.64, 0.20),
        turn_deg=(0, 0, 20),
        bevel_m=0.003,
    )
    box(
        "block",
        (0.13, 0.13, 0.14),
        butter,
        at=(-0.34, 0.66, 0.20),
        turn_deg=(0, 0, -15),
        bevel_m=0.003,
    )


PLATE = Plate(
    name="colour-steps",
    title="Colour-block steps",
    title_zh="撞色台阶",
    style="colour block",
    tags=(
        "colour block", "pastel", "steps", "mint", "yellow", "coral", "geometric", "playful",
        "summer", "cosmetics", "toys", "snacks", "drinks", "shoes", "hard light", "撞色",
        "马卡龙", "台阶", "薄荷绿", "黄色", "珊瑚", "几何", "夏日", "美妆", "玩具", "零食",
        "饮料",
    ),
    prompt=(
        "{product} standing on a butter yellow step, mint and cream steps rising behind with "
        "coral and yellow spheres and blocks, hard sun from the front left with crisp shadows, "
        "60 mm lens, pastel colour-block product photograph"
    ),
    camera=Camera(pitch_deg=12.0, focal_mm=60.0, distance_m=0.94, f_number=3.2, frame_y=0.78),
    key=KEY,
    surface=Surface(material="matte plaster", roughness=0.75, reflectance=0.0),
    build=build,
    anchors=(
        Anchor(name="centre", point=(0.0, -0.03, 0.0), max_width=0.42, max_height=0.62),
        Anchor(name="left third", point=(-0.09, -0.03, 0.0), max_width=0.32, max_height=0.6),
        Anchor(name="right third", point=(0.09, -0.03, 0.0), max_width=0.32, max_height=0.6),
    ),
)  # fmt: skip
