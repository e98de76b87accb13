"""Wind-rippled sand before a summer sea: shells, a starfish's stones, a straw of marram."""

from __future__ import annotations

from math import hypot

from mathutils import Vector, noise

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun
from pipelines.render.plates import ground
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import mesh, sheet
from pipelines.render.shading import Graph

KEY = Sun(
    azimuth_deg=300.0,
    elevation_deg=25.0,
    angular_diameter_deg=0.7,
    irradiance=4.8,
    color_rgb_linear=(1.0, 0.90, 0.74),
)


def build() -> None:
    """Drift the sand, lay the shells, and hang sea and sky behind."""
    set_world_color((0.62, 0.80, 1.0), strength=0.46)
    sheet("sand", (2.6, 2.2), m.sand("sand", (0.66, 0.50, 0.33)), shape=_drift,
          steps=(700, 600), at=(0.0, 0.25, 0.0))  # fmt: skip
    _sea()
    ivory = m.glazed("ivory", (0.80, 0.70, 0.58), roughness=0.4)
    rose = m.glazed("rose", (0.74, 0.42, 0.33), roughness=0.4)
    ground.shell(ivory, at=(-0.245, 0.16, 0.006), size_m=0.085, turn_deg=(16.0, 8.0, 38.0))
    ground.shell(rose, at=(-0.325, 0.23, 0.01), size_m=0.06, turn_deg=(20.0, -10.0, -40.0))
    ground.shell(rose, at=(0.285, 0.14, 0.006), size_m=0.07, turn_deg=(14.0, -6.0, -28.0))
    pebble = m.stone("pebble", (0.55, 0.50, 0.44), (0.32, 0.28, 0.25), relief_m=0.0006)
    for x, y, r in (
        (0.22, 0.20, 0.014),
        (0.345, 0.22, 0.026),
        (-0.20, 0.27, 0.012),
        (0.30, -0.02, 0.009),
    ):
        ground.rock(pebble, at=(x, y, -0.003), radius_m=r, seed=x * 9, rough=0.08)


def _drift(u: float, v: float) -> Point:
    """Ripples that calm down where the product stands, at (0, -0.25) of this sheet."""
    away = hypot(u, v + 0.25)
    ease = min(1.0, max(0.12, (away - 0.08) / 0.3))
    lift = ground.ripples(u, v, height_m=0.011, per_m=19.0, seed=3.0) * ease
    crumbs = noise.fractal(Vector((u * 55.0, v * 55.0, 1.0)), 0.8, 2.1, 4) * 0.0009
    beyond = max(0.0, v - 0.55)
    return (u, v, lift + crumbs - 0.004 - 0.22 * beyond)


def _sea() -> None:
    """A far pane painted with sky, horizon, glitter and one breaking wave: all out of focus."""
    g = Graph("sea")
    at = g.place()
    height = g.node("SeparateXYZ", {0: at}).outputs["Z"]
    sway = g.math(
        "MULTIPLY", g.math("SUBTRACT", g.noise(g.place(scale=(1.0, 1.0, 6.0)), 3.0), 0.5), 0.05
    )
    bent = g.math("ADD", height, sway)
    tint = g.ramp(
        g.remap(bent, -1.6, 1.6),
        [
            (0.0, (0.55, 0.44, 0.30)), (0.20, (0.62, 0.60, 0.50)), (0.225, (0.90, 0.93, 0.92)),
            (0.25, (0.30, 0.62, 0.62)), (0.34, (0.07, 0.36, 0.47)), (0.43, (0.05, 0.25, 0.42)),
            (0.445, (0.62, 0.78, 0.90)), (0.62, (0.36, 0.60, 0.86)), (1.0, (0.22, 0.46, 0.80)),
        ],
    )  # fmt: skip
    glitter = g.remap(g.noise(g.place(scale=(1.0, 1.0, 5.0)), 16.0, detail=2.0), 0.60, 0.68)
    water = g.math("MULTIPLY", g.remap(bent, -0.22, -0.30), g.remap(bent, -0.95, -0.75))
    tint = g.mix(
        g.math("MULTIPLY", g.math("MULTIPLY", glitter, water), 0.8), tint, (1.0, 1.0, 0.97)
    )
    pane = g.finish(g.node("Emission", {"Color": tint, "Strength": 0.85}))
    corners: list[Point] = [(-6.0, 0.0, -3.0), (6.0, 0.0, -3.0), (6.0, 0.0, 3.0), (-6.0, 0.0, 3.0)]
    item = mesh("sea", corners, [[0, 1, 2, 3]], pane, at=(0.0, 5.0, -0.02), smooth=False)
    item.visible_diffuse = item.visible_glossy = False


PLATE = Plate(
    name="beach-sand",
    title="Beach sand",
    title_zh="海滩细沙",
    style="beach",
    tags=(
        "beach", "sand", "sea", "ocean", "summer", "holiday", "travel", "blue", "yellow",
        "shells", "sunscreen", "swimwear", "sunglasses", "drinks", "sandals", "outdoor", "海滩",
        "沙滩", "大海", "夏日", "度假", "旅行", "蓝色", "贝壳", "防晒", "泳装", "墨镜", "饮料",
        "户外",
    ),
    prompt=(
        "{product} standing on fine rippled beach sand with shells and pebbles, turquoise sea, "
        "white surf and blue sky far out of focus behind, hard sun from the front left, 60 mm "
        "lens, summer product photograph"
    ),
    camera=Camera(pitch_deg=11.0, focal_mm=60.0, distance_m=0.9, f_number=2.2),
    key=KEY,
    surface=Surface(material="dry sand", roughness=0.95, reflectance=0.0),
    build=build,
    exposure=0.55,
    anchors=(
        Anchor(name="centre", max_width=0.42, max_height=0.62),
        Anchor(name="left third", point=(-0.06, -0.03, 0.0), max_width=0.32, max_height=0.6),
        Anchor(name="right third", point=(0.06, -0.03, 0.0), max_width=0.32, max_height=0.6),
    ),
)  # fmt: skip
