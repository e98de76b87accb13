"""A stone plinth before a clothes rail: camel, cream and black on wooden hangers, plain wall."""

from __future__ import annotations

from math import pi, sin

from mathutils import Vector, noise

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, sheet, tube

KEY = Sun(
    azimuth_deg=22.0,
    elevation_deg=37.0,
    angular_diameter_deg=2.0,
    irradiance=4.4,
    color_rgb_linear=(1.0, 0.92, 0.80),
)


def build() -> None:
    """Set plinth, floor, wall, rail and what hangs from it."""
    set_world_color((0.92, 0.94, 1.0), strength=0.5)
    stone = m.marble(
        "limestone",
        base=(0.68, 0.60, 0.50),
        vein=(0.44, 0.37, 0.29),
        gold=0.1,
        roughness=0.42,
        scale=2.2,
    )
    dressing.table(stone, back_m=0.34, width_m=2.0, thick_m=0.4, bevel_m=0.008)
    dressing.wall(
        m.plaster("wall", (0.74, 0.69, 0.62), relief_m=0.0014, stain=0.10),
        behind_m=1.68,
        from_m=-1.5,
    )
    oak = m.wood("oak floor", light=(0.46, 0.31, 0.18), dark=(0.28, 0.17, 0.09), roughness=0.5)
    box("floor", (6.0, 4.0, 0.02), oak, at=(0.0, 1.0, -0.95), bevel_m=0.0)
    brass = m.metal("brass", (0.72, 0.50, 0.25), roughness=0.25)
    bar = 0.50
    tube("rail", [(-1.2, 1.35, bar), (1.4, 1.35, bar)], 0.011, brass)
    hanger = m.wood("hanger", light=(0.36, 0.20, 0.10), dark=(0.2, 0.1, 0.05), roughness=0.35)
    tones = (
        (-0.60, (0.50, 0.29, 0.13)), (-0.50, (0.72, 0.64, 0.52)), (-0.41, (0.03, 0.03, 0.033)),
        (-0.31, (0.46, 0.36, 0.26)), (0.40, (0.74, 0.70, 0.63)), (0.50, (0.28, 0.14, 0.075)),
        (0.60, (0.52, 0.33, 0.17)), (0.70, (0.08, 0.085, 0.10)),
    )  # fmt: skip
    for i, (x, tone) in enumerate(tones):
        cloth = m.linen(f"cloth {i}", tone, threads_per_cm=7.0, slub=0.15)
        _garment(cloth, at=(x, 1.35, bar - 0.075), seed=float(i))
        path = [(x, 1.13, bar - 0.10), (x, 1.35, bar - 0.045), (x, 1.57, bar - 0.10)]
        tube("hanger", path, 0.009, hanger)
        tube(
            "hook",
            [(x, 1.35, bar - 0.045), (x, 1.35, bar - 0.01), (x, 1.362, bar + 0.012)],
            0.0025,
            brass,
        )


def _garment(cloth: object, *, at: Point, seed: float) -> None:
    """A coat seen from its sleeve's side: two hanging faces, folded towards the hem."""
    for side in (-1.0, 1.0):

        def hang(u: float, v: float, side: float = side) -> Point:
            down = 0.5 - v / 1.1
            width = 0.62 + 0.38 * min(1.0, down * 5.0)
            fold = sin(u * 30.0 + seed * 2.0 + 1.6 * sin(down * 3.0)) * 0.012 * down
            fold += 0.012 * noise.noise(Vector((u * 7.0, v * 4.0, seed)))
            bulk = 0.030 * sin(pi * (u / 0.46 + 0.5)) ** 0.5 * (0.5 + 0.8 * down)
            drop = 0.55 * (u / 0.46) ** 2 * 0.22 * max(0.0, 1.0 - down * 6.0)
            return (side * (bulk + 0.004) + fold, u * width, v - 0.55 - drop)

        sheet("garment", (0.46, 1.1), cloth, shape=hang, steps=(90, 90), at=at)


PLATE = Plate(
    name="fashion-rail",
    title="Fashion rail",
    title_zh="衣帽间陈列",
    style="fashion",
    tags=(
        "fashion", "wardrobe", "clothes rail", "boutique", "beige", "camel", "neutral", "stone",
        "limestone", "bag", "shoes", "accessories", "leather", "clothing", "perfume", "autumn",
        "时尚", "衣帽间", "服装店", "陈列", "驼色", "米色", "中性", "石材", "包包", "鞋子",
        "皮具", "服饰", "配饰", "秋冬",
    ),
    prompt=(
        "{product} standing on a honed limestone plinth, clothes in camel, cream and black on a "
        "brass rail far out of focus at both sides, warm white plaster wall, sun from the front "
        "right, 60 mm lens, fashion boutique product photograph"
    ),
    camera=Camera(pitch_deg=9.0, focal_mm=58.0, distance_m=1.05, f_number=2.0),
    key=KEY,
    surface=Surface(material="honed limestone", roughness=0.42, reflectance=0.03),
    build=build,
    exposure=0.1,
    anchors=(
        Anchor(name="centre", max_width=0.5, max_height=0.62),
        Anchor(name="left third", point=(-0.1, -0.04, 0.0), max_width=0.34, max_height=0.6),
        Anchor(name="right third", point=(0.1, -0.04, 0.0), max_width=0.34, max_height=0.6),
    ),
)  # fmt: skip
