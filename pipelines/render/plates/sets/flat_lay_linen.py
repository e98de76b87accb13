"""Oat linen seen from above, eucalyptus at its corner, soft window light with leaf shade."""

from __future__ import annotations

from math import hypot

from mathutils import Vector, noise

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun, direction_to
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import hide_from_view, sheet

KEY = Sun(
    azimuth_deg=236.0,
    elevation_deg=42.0,
    angular_diameter_deg=2.4,
    irradiance=4.6,
    color_rgb_linear=(1.0, 0.89, 0.74),
)


def build() -> None:
    """Spread the cloth, lay branches and stoneware at the edges, hang leaves before the sun."""
    set_world_color((0.88, 0.93, 1.0), strength=0.5)
    oat = m.linen("oat", (0.66, 0.58, 0.47), threads_per_cm=10.0)
    sheet("cloth", (1.2, 1.2), oat, shape=_lie, steps=(420, 420))
    green, bark = m.leaf("eucalyptus", (0.15, 0.26, 0.18)), m.matte("bark", (0.25, 0.15, 0.09))
    for path, leaves, seed in (
        ([(-0.40, 0.12, 0.02), (-0.29, 0.24, 0.03), (-0.12, 0.33, 0.02)], 20, 5),
        ([(-0.42, 0.02, 0.02), (-0.33, 0.12, 0.03), (-0.25, 0.18, 0.025)], 14, 9),
        ([(0.42, -0.40, 0.02), (0.32, -0.30, 0.03), (0.27, -0.19, 0.02)], 15, 12),
    ):
        foliage.branch(path, foliage.EUCALYPTUS, green, bark, leaves=leaves, seed=seed)
    clay = m.glazed("stoneware", (0.72, 0.66, 0.57), roughness=0.35, speckle=0.7)
    dressing.bowl(clay, at=(0.315, 0.305, 0.022), radius_m=0.085, height_m=0.045)
    _shade(m.leaf("shade", (0.1, 0.2, 0.1)), bark)


def _lie(u: float, v: float) -> Point:
    """Cloth smoothed by hand in the middle, with long folds towards its edges."""
    away = hypot(u, v * 1.1)
    ease = min(1.0, max(0.0, (away - 0.15) / 0.24))
    ease = ease * ease * (3 - 2 * ease)
    long = dressing.folds(u, v, depth_m=0.014, per_m=6.0, turn=(0.8, 0.6), seed=21.0)
    short = dressing.folds(u, v, depth_m=0.006, per_m=13.0, turn=(0.35, -0.93), seed=4.0)
    still = 0.0016 * noise.noise(Vector((u * 11.0, v * 11.0, 2.0)))
    return (u, v, max(-0.004, (long + short) * ease) + still)


def _shade(leaf: object, bark: object) -> None:
    """A tree beyond the window: its blurred leaves darken two corners, never the middle."""
    toward = Vector(direction_to(KEY.azimuth_deg, KEY.elevation_deg))
    for i, (x, y) in enumerate(
        ((-0.36, -0.30), (-0.26, -0.36), (-0.40, -0.16), (0.36, 0.12), (0.30, 0.02), (-0.14, -0.38))
    ):
        foot = Vector((x, y, 0.0)) + toward * (0.9 + 0.1 * i)
        for item in foliage.bouquet(
            tuple(foot), foliage.LAUREL, leaf, bark, stems=4, reach_m=0.2, leaves=8,
            seed=60 + i, open_deg=80.0,
        ):  # fmt: skip
            hide_from_view(item)


PLATE = Plate(
    name="flat-lay-linen",
    title="Flat lay on linen",
    title_zh="亚麻平铺俯拍",
    style="flat lay",
    tags=(
        "flat lay", "top down", "linen", "beige", "natural", "eucalyptus", "spring", "summer",
        "skincare", "jewellery", "accessories", "stationery", "clothing", "baby", "morning",
        "平铺", "俯拍", "亚麻", "米色", "自然", "尤加利", "护肤", "首饰", "配饰", "服饰", "文具",
        "春夏",
    ),
    prompt=(
        "{product} lying on softly creased oat linen, seen straight from above, eucalyptus "
        "branches and a stoneware bowl at the edges, warm window light from the top left with "
        "soft leaf shadows, 60 mm lens, natural flat lay product photograph"
    ),
    camera=Camera(
        pitch_deg=89.0, focal_mm=60.0, distance_m=1.18, f_number=5.6, frame_x=0.5, frame_y=0.5
    ),
    key=KEY,
    surface=Surface(material="washed linen", roughness=0.95, reflectance=0.0),
    build=build,
    exposure=0.45,
    anchors=(
        Anchor(name="centre", max_width=0.5, max_height=0.48),
        Anchor(name="left third", point=(-0.12, -0.03, 0.0), max_width=0.32, max_height=0.46),
        Anchor(name="right third", point=(0.12, -0.10, 0.0), max_width=0.32, max_height=0.46),
    ),
)  # fmt: skip
