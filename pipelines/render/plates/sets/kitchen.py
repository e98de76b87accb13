"""A pale worktop in morning sun: brick tiles, a shelf of stoneware, lemons, a board and herbs."""

from __future__ import annotations

from random import Random

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, lathe

KEY = Sun(
    azimuth_deg=308.0,
    elevation_deg=30.0,
    angular_diameter_deg=2.2,
    irradiance=5.0,
    color_rgb_linear=(1.0, 0.83, 0.62),
)


def build() -> None:
    """Set worktop, tiles, shelf and food."""
    set_world_color((0.84, 0.9, 1.0), strength=0.42)
    beech = m.wood(
        "butcher block",
        light=(0.58, 0.38, 0.21),
        dark=(0.34, 0.19, 0.09),
        roughness=0.34,
        rings_per_m=60.0,
    )
    for i in range(24):
        tone = 0.9 + 0.2 * ((i * 7) % 11) / 11
        stave = m.wood(
            f"stave {i}",
            light=(0.60 * tone, 0.40 * tone, 0.225 * tone),
            dark=(0.36 * tone, 0.20 * tone, 0.095 * tone),
            roughness=0.34,
            rings_per_m=70.0,
            shift=(0.9 * i, 0.2 * i, 0.4 * i),
            relief_m=0.0003,
        )
        box("stave", (2.6, 0.0498, 0.04), stave, at=(0.0, 0.56 - 0.05 * i, -0.04), bevel_m=0.0004)
    white = m.tiles(
        "tiles",
        (0.80, 0.79, 0.75),
        grout=(0.58, 0.56, 0.52),
        width_m=0.2,
        height_m=0.075,
        vary=0.07,
        roughness=0.1,
    )
    dressing.wall(white, behind_m=0.6, from_m=-0.015, to_m=2.0)
    box("shelf", (0.7, 0.16, 0.03), beech, at=(0.42, 0.52, 0.36), bevel_m=0.003)
    stoneware = m.glazed("stoneware", (0.20, 0.27, 0.31), roughness=0.3, speckle=0.5)
    oat = m.glazed("oat", (0.70, 0.63, 0.52), roughness=0.35, speckle=0.7)
    dressing.bowl(stoneware, at=(0.24, 0.52, 0.39), radius_m=0.075, height_m=0.05)
    dressing.cup(oat, at=(0.37, 0.52, 0.39), radius_m=0.042, height_m=0.085)
    board = m.wood(
        "board", light=(0.30, 0.15, 0.07), dark=(0.12, 0.05, 0.025), roughness=0.45, turn_deg=90.0
    )
    box(
        "board",
        (0.24, 0.02, 0.36),
        board,
        at=(-0.33, 0.52, 0.0),
        turn_deg=(-10, 0, 0),
        bevel_m=0.006,
    )
    _lemons(stoneware)
    dressing.cup(
        m.matte("terracotta", (0.50, 0.20, 0.10)),
        at=(-0.19, 0.46, 0.0),
        radius_m=0.042,
        height_m=0.085,
        flare=0.2,
    )
    basil = m.leaf("basil", (0.11, 0.33, 0.05))
    foliage.bouquet(
        (-0.19, 0.46, 0.075),
        foliage.Leaf(length_m=0.042, width_m=0.026, droop=0.4),
        basil,
        basil,
        stems=11,
        reach_m=0.15,
        leaves=10,
        seed=4,
        open_deg=48.0,
    )


def _lemons(dish: object) -> None:
    at = (0.275, 0.33, 0.0)
    dressing.bowl(dish, at=at, radius_m=0.095, height_m=0.05)
    rind = m.glazed("lemon", (0.86, 0.58, 0.04), roughness=0.4)
    random = Random(2)
    outline = [
        (0.0, -0.041),
        (0.005, -0.0395),
        (0.009, -0.034),
        (0.022, -0.022),
        (0.0275, 0.0),
        (0.022, 0.022),
        (0.009, 0.033),
        (0.006, 0.039),
        (0.0, 0.041),
    ]
    for x, y, z in (
        (-0.035, -0.01, 0.045),
        (0.035, -0.02, 0.045),
        (0.0, 0.04, 0.047),
        (0.0, 0.0, 0.083),
    ):
        lathe(
            "lemon",
            outline,
            rind,
            at=(at[0] + x, at[1] + y, z),
            turn_deg=(random.uniform(60, 120), random.uniform(0, 60), random.uniform(0, 360)),
            segments=32,
        )
    lathe("lemon", outline, rind, at=(0.155, 0.38, 0.0275), turn_deg=(90, 0, 70), segments=32)


PLATE = Plate(
    name="kitchen",
    title="Kitchen",
    title_zh="厨房",
    style="kitchen",
    tags=("kitchen", "food", "butcher block", "tiles", "lemon", "morning", "厨房", "美食", "家居"),
    prompt=(
        "{product} standing on a beech butcher block worktop, white brick tiles, wooden"
        " shelf with stoneware, a bowl of lemons and a pot of basil out of focus "
        "behind, warm low morning sun from the front left, 60 mm lens, kitchen product "
        "photograph"
    ),
    camera=Camera(pitch_deg=10.0, focal_mm=60.0, distance_m=0.9, f_number=2.0),
    key=KEY,
    surface=Surface(material="oiled beech", roughness=0.34, reflectance=0.03),
    build=build,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.62),
        Anchor(name="left third", point=(-0.09, 0.0, 0.0), max_width=0.32, max_height=0.6),
        Anchor(name="right third", point=(0.08, -0.04, 0.0), max_width=0.32, max_height=0.6),
    ),
)
