"""A terrazzo counter before a blush wall with an arch of light, and pampas in a tall vase."""

from __future__ import annotations

from math import cos, pi, sin

from mathutils import Vector

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun, direction_to
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import hide_from_view, mesh

KEY = Sun(
    azimuth_deg=316.0,
    elevation_deg=33.0,
    angular_diameter_deg=1.3,
    irradiance=5.4,
    color_rgb_linear=(1.0, 0.87, 0.70),
)
ARCH_AT = (0.04, 0.95, 0.20)
"""Where on the wall the middle of the light's arch falls."""


def build() -> None:
    """Set counter, wall, vessels and the screen whose opening shapes the light."""
    set_world_color((0.92, 0.90, 1.0), strength=0.42)
    counter = m.terrazzo(
        "terrazzo",
        (0.78, 0.70, 0.62),
        (
            (0.62, 0.30, 0.19),
            (0.30, 0.27, 0.25),
            (0.86, 0.78, 0.62),
            (0.46, 0.38, 0.30),
            (0.24, 0.30, 0.27),
        ),
    )
    dressing.table(counter, back_m=0.42, thick_m=0.05, bevel_m=0.004)
    dressing.wall(
        m.plaster("blush", (0.72, 0.42, 0.32), relief_m=0.0014, stain=0.12), behind_m=0.95
    )
    clay = m.plaster("clay", (0.80, 0.70, 0.60), relief_m=0.0006, stain=0.12)
    rust = m.glazed("rust", (0.42, 0.15, 0.07), roughness=0.45, speckle=0.4)
    dressing.vase(clay, at=(-0.285, 0.30, 0.0), height_m=0.24, belly_m=0.062, neck_m=0.022)
    dressing.bowl(rust, at=(0.285, 0.25, 0.0), radius_m=0.082, height_m=0.055)
    dressing.vase(rust, at=(-0.19, 0.36, 0.0), height_m=0.10, belly_m=0.045, neck_m=0.014)
    _screen()


def _screen() -> None:
    """An unseen wall with an arched opening, square to the sun: it draws the arch on the wall.

    It ends above the rays that reach the counter, so that the product stands in full light.
    """
    toward = Vector(direction_to(KEY.azimuth_deg, KEY.elevation_deg))
    right = toward.cross(Vector((0, 0, 1))).normalized()
    up = right.cross(toward).normalized()
    centre = Vector(ARCH_AT) + toward * 1.6
    half, foot, top, steps = 0.23, -0.32, 0.20, 40
    turns = [pi - pi * k / steps for k in range(steps + 1)]
    inner = [(half * cos(a), top - half + half * sin(a)) for a in turns]
    outer = [(2.4 * cos(a), 2.4 * sin(a)) for a in turns]
    inner, outer = [(-half, foot), *inner, (half, foot)], [(-2.4, foot), *outer, (2.4, foot)]
    spots = [centre + right * a + up * b for a, b in [*inner, *outer]]
    count = len(inner)
    faces = [[i, i + 1, count + i + 1, count + i] for i in range(count - 1)]
    dark = m.matte("screen", (0.5, 0.4, 0.35))
    hide_from_view(mesh("screen", [tuple(s) for s in spots], faces, dark, smooth=False))


PLATE = Plate(
    name="warm-terrazzo",
    title="Warm terrazzo",
    title_zh="暖调水磨石",
    style="terrazzo",
    tags=(
        "terrazzo", "blush", "pink", "beige", "warm", "arch", "modern", "bathroom", "kitchen",
        "spring", "skincare", "candle", "tableware", "homeware", "水磨石", "粉色", "米色", "暖色",
        "拱形", "光影", "现代", "护肤", "香薰", "餐具", "家居", "春季",
    ),
    prompt=(
        "{product} standing on a polished warm terrazzo counter, blush plaster wall with an arch "
        "of sunlight, clay vases and a rust glazed bowl out of focus, low sun from the front "
        "left, 60 mm lens, shallow depth of field, product photograph"
    ),
    camera=Camera(pitch_deg=11.0, focal_mm=60.0, distance_m=0.9, f_number=2.2),
    key=KEY,
    surface=Surface(material="polished terrazzo", roughness=0.16, reflectance=0.04),
    build=build,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.62),
        Anchor(name="left third", point=(-0.08, -0.03, 0.0), max_width=0.34, max_height=0.6),
        Anchor(name="right third", point=(0.09, 0.0, 0.0), max_width=0.34, max_height=0.6),
    ),
)  # fmt: skip
