"""Terracotta plaster, a step of the same, and a palm's shadow in late sun."""

from __future__ import annotations

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun, direction_to
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, hide_from_view

KEY = Sun(
    azimuth_deg=52.0,
    elevation_deg=31.0,
    angular_diameter_deg=0.7,
    irradiance=5.2,
    color_rgb_linear=(1.0, 0.84, 0.62),
)


def build() -> None:
    """Set floor, wall, step and a clay jar; hang a frond before the sun."""
    set_world_color((0.72, 0.80, 1.0), strength=0.42)
    clay = m.plaster("clay", (0.56, 0.235, 0.125), relief_m=0.0022, stain=0.22)
    pale = m.plaster("pale clay", (0.66, 0.36, 0.22), relief_m=0.0018, stain=0.16)
    dressing.table(pale, back_m=0.9, thick_m=0.05)
    dressing.wall(clay, behind_m=0.62, from_m=-0.05)
    box("step", (0.5, 0.2, 0.11), clay, at=(0.47, 0.47, 0.0), bevel_m=0.006)
    jar = m.plaster("jar", (0.68, 0.52, 0.38), relief_m=0.0012, stain=0.3)
    dressing.vase(jar, at=(0.33, 0.46, 0.11), height_m=0.17, belly_m=0.062, neck_m=0.03)
    dressing.ball(jar, at=(0.255, 0.33, 0.0), radius_m=0.03)
    _fronds()


def _fronds() -> None:
    """Palm leaves that only shade: their shadows fall on the wall, left of the product."""
    toward = direction_to(KEY.azimuth_deg, KEY.elevation_deg)
    green = m.leaf("palm", (0.05, 0.12, 0.03))
    for x, z, reach, aim in (
        (-0.52, 0.10, 1.1, (0.75, 0.1, 0.75)),
        (-0.62, 0.34, 1.0, (0.9, 0.1, 0.28)),
        (-0.30, 0.62, 1.2, (0.5, 0.1, 0.9)),
    ):
        foot = (x + toward[0] * reach, 0.62 + toward[1] * reach, z + toward[2] * reach)
        for item in foliage.palm_frond(foot, aim, green, length_m=0.72, leaflets=15):
            hide_from_view(item)


PLATE = Plate(
    name="terracotta-palm",
    title="Terracotta and palm shadow",
    title_zh="陶土棕榈光影",
    style="terracotta",
    tags=("terracotta", "palm", "shadow", "summer", "warm", "cosmetics", "陶土", "光影", "夏日"),
    prompt=(
        "{product} standing on pale terracotta plaster, terracotta wall with the crisp shadow of "
        "palm leaves, a clay jar on a step out of focus behind, hard late sun from the front "
        "right, 60 mm lens, mediterranean summer product photograph"
    ),
    camera=Camera(pitch_deg=11.0, focal_mm=60.0, distance_m=0.92, f_number=2.8),
    key=KEY,
    surface=Surface(material="lime plaster", roughness=0.9, reflectance=0.0),
    build=build,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.62),
        Anchor(name="left third", point=(-0.09, 0.0, 0.0), max_width=0.32, max_height=0.6),
    ),
)
