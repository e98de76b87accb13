"""Weathered teak slats in a garden, daisies in a jug, the sun behind the trees."""

from __future__ import annotations

from random import Random

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import set_world_hdri
from pipelines.render.lights import Sun
from pipelines.render.plates import dressing, foliage, ground
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, lathe, tube

KEY = Sun(
    azimuth_deg=142.0,
    elevation_deg=36.0,
    angular_diameter_deg=0.9,
    irradiance=6.5,
    color_rgb_linear=(1.0, 0.88, 0.68),
)


def build() -> None:
    """Lay the slats, set jug, daisies and apples; shrubs and light between leaves behind."""
    set_world_hdri("forest", strength=0.75, rotation_deg=20.0)
    for i in range(11):
        tone = 0.9 + 0.22 * ((i * 5) % 7) / 7
        teak = m.wood(
            f"teak {i}", light=(0.40 * tone, 0.31 * tone, 0.225 * tone),
            dark=(0.20 * tone, 0.145 * tone, 0.10 * tone), roughness=0.7,
            shift=(1.1 * i, 0.5 * i, 0.3 * i), relief_m=0.001,
        )  # fmt: skip
        box("slat", (2.4, 0.112, 0.025), teak, at=(0.0, 0.58 - 0.12 * i, -0.025), bevel_m=0.004)
    white = m.glazed("enamel", (0.80, 0.79, 0.75), roughness=0.16)
    _jug(white, at=(-0.285, 0.34, 0.0))
    _daisies(foot=(-0.285, 0.34, 0.15))
    skin = m.glazed("apple", (0.44, 0.05, 0.03), roughness=0.25)
    green = m.glazed("green apple", (0.36, 0.42, 0.05), roughness=0.25)
    for x, y, paint in ((0.265, 0.27, skin), (0.335, 0.31, green), (0.31, 0.215, skin)):
        outline = [
            (0.0, 0.007),
            (0.012, 0.001),
            (0.022, 0.002),
            (0.034, 0.018),
            (0.037, 0.038),
            (0.031, 0.056),
            (0.018, 0.064),
            (0.006, 0.062),
            (0.0, 0.055),
        ]
        lathe("apple", outline, paint, at=(x, y, 0.0))
        tube(
            "stalk",
            [(x, y, 0.055), (x + 0.003, y, 0.074)],
            0.0012,
            m.matte("stalk", (0.12, 0.07, 0.03)),
        )
    leaf, bark = m.leaf("hedge", (0.14, 0.32, 0.05)), m.matte("bark", (0.10, 0.06, 0.035))
    random = Random(19)
    for i in range(20):
        at = (random.uniform(-1.2, 1.2), random.uniform(1.5, 2.8), -0.5)
        foliage.bouquet(
            at,
            foliage.LAUREL,
            leaf,
            bark,
            stems=4,
            reach_m=random.uniform(0.5, 1.0),
            leaves=13,
            seed=200 + i,
            open_deg=32.0,
        )
    petal = m.leaf("fallen petal", (0.75, 0.70, 0.62))
    shape = foliage.leaf_mesh(foliage.Leaf(length_m=0.014, width_m=0.004, droop=0.1), petal)
    ground.scatter([shape], count=16, seed=6, spot=_petal)


def _petal(random: Random) -> Point | None:
    x, y = random.uniform(-0.36, 0.30), random.uniform(-0.05, 0.35)
    return None if abs(x) < 0.16 and y < 0.2 else (x, y, 0.002)


def _jug(enamel: object, *, at: Point) -> None:
    outline = [
        (0.0, 0.0),
        (0.045, 0.0),
        (0.052, 0.004),
        (0.060, 0.05),
        (0.054, 0.10),
        (0.042, 0.135),
        (0.048, 0.162),
        (0.046, 0.163),
        (0.039, 0.137),
        (0.0, 0.12),
    ]
    lathe("jug", outline, enamel, at=at)
    x, y, z = at
    path = [
        (x + 0.044, y, z + 0.145),
        (x + 0.085, y, z + 0.14),
        (x + 0.092, y, z + 0.09),
        (x + 0.056, y, z + 0.05),
    ]
    tube("handle", path, 0.006, enamel)


def _daisies(*, foot: Point) -> None:
    from math import cos, pi, sin

    random = Random(3)
    stem, heart = m.leaf("stem", (0.14, 0.28, 0.06)), m.matte("heart", (0.78, 0.44, 0.03))
    shape = foliage.leaf_mesh(
        foliage.Leaf(length_m=0.021, width_m=0.006, widest=0.6, droop=0.15),
        m.leaf("petal", (0.80, 0.79, 0.76)),
    )
    for k in range(11):
        around, lean = 2 * pi * k / 11, random.uniform(0.02, 0.11)
        top = (
            foot[0] + lean * cos(around),
            foot[1] + lean * sin(around),
            foot[2] + random.uniform(0.07, 0.17),
        )
        tube(
            "stem",
            [foot, ((foot[0] + top[0]) / 2, (foot[1] + top[1]) / 2, top[2] - 0.04), top],
            0.0014,
            stem,
        )
        dressing.ball(heart, at=(top[0], top[1], top[2] - 0.003), radius_m=0.0055).scale = (
            1.0,
            1.0,
            0.6,
        )
        import bpy

        for p in range(15):
            item = bpy.data.objects.new("petal", shape)
            bpy.context.scene.collection.objects.link(item)
            item.location = (top[0], top[1], top[2] + 0.001)
            item.rotation_euler = (random.uniform(-0.3, 0.3), -0.25, 2 * pi * p / 15)
    foliage.bouquet(
        foot, foliage.OLIVE, stem, stem, stems=7, reach_m=0.15, leaves=10, seed=41, open_deg=50.0
    )


PLATE = Plate(
    name="garden-table",
    title="Garden table",
    title_zh="花园木桌",
    style="garden",
    tags=(
        "garden", "outdoor", "table", "teak", "wood", "daisies", "flowers", "green", "spring",
        "summer", "picnic", "brunch", "natural", "food", "honey", "juice", "skincare", "homeware",
        "花园", "户外", "木桌", "雏菊", "鲜花", "绿色", "春天", "夏日", "野餐", "自然", "食品",
        "蜂蜜", "果汁", "护肤",
    ),
    prompt=(
        "{product} standing on a weathered teak garden table, enamel jug of daisies and apples "
        "out of focus, green garden in backlight far behind, sun from the back right, 60 mm lens, "
        "fresh summer product photograph"
    ),
    camera=Camera(pitch_deg=14.0, focal_mm=60.0, distance_m=0.92, f_number=2.0, frame_y=0.78),
    key=KEY,
    surface=Surface(material="weathered teak", roughness=0.7, reflectance=0.02),
    build=build,
    exposure=-0.1,
    anchors=(
        Anchor(name="centre", max_width=0.42, max_height=0.62),
        Anchor(name="right third", point=(0.06, -0.05, 0.0), max_width=0.32, max_height=0.6),
    ),
)  # fmt: skip
