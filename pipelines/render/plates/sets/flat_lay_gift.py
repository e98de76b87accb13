"""Green paper from above: wrapped boxes, ribbon, fir and gold, for winter's presents."""

from __future__ import annotations

from math import cos, pi, sin
from random import Random

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, sheet

KEY = Softbox(
    azimuth_deg=232.0,
    elevation_deg=40.0,
    distance_m=1.5,
    width_m=0.32,
    height_m=0.32,
    power_w=78.0,
    color_rgb_linear=(1.0, 0.88, 0.72),
)


def build() -> None:
    """Lay paper, boxes, twigs, baubles and stars around an empty middle."""
    set_world_color((0.85, 0.92, 1.0), strength=0.16)
    table = m.matte("green paper", (0.018, 0.075, 0.05), roughness=0.8, grain_m=0.0004)
    box("table", (2.0, 2.0, 0.02), table, at=(0.0, 0.0, -0.02), bevel_m=0.0)
    cream = m.matte("cream wrap", (0.72, 0.62, 0.48), roughness=0.6)
    kraft = m.matte("kraft wrap", (0.38, 0.23, 0.12), roughness=0.7, grain_m=0.0006)
    gold, red = (
        m.metal("gold", (0.86, 0.58, 0.24), roughness=0.24),
        m.velvet("red", (0.30, 0.012, 0.016)),
    )
    _present(cream, red, at=(-0.30, 0.29, 0.0), size=(0.19, 0.15, 0.06), turn_deg=24.0)
    _present(kraft, gold, at=(0.33, -0.31, 0.0), size=(0.16, 0.16, 0.07), turn_deg=-16.0)
    needle, bark = m.leaf("needle", (0.05, 0.14, 0.06)), m.matte("bark", (0.13, 0.07, 0.035))
    for i, (a, b) in enumerate((
        ((0.44, 0.38), (0.17, 0.30)), ((0.46, 0.26), (0.27, 0.20)), ((0.36, 0.46), (0.20, 0.37)),
        ((-0.44, -0.40), (-0.20, -0.31)), ((-0.46, -0.28), (-0.28, -0.20)),
        ((-0.42, 0.16), (-0.33, 0.12)),
    )):  # fmt: skip
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2 + 0.02, 0.016)
        foliage.fir_twig(
            [(*a, 0.012), middle, (*b, 0.010)], needle, bark, needles=2400, seed=70 + i
        )
    shine = m.glazed("shine", (0.42, 0.015, 0.02), roughness=0.06)
    for x, y, r, paint in (
        (0.335, 0.305, 0.03, gold),
        (0.255, 0.355, 0.02, shine),
        (-0.335, -0.30, 0.027, shine),
        (-0.255, -0.345, 0.016, gold),
        (-0.30, -0.24, 0.012, gold),
        (0.215, 0.245, 0.011, gold),
    ):
        dressing.ball(paint, at=(x, y, 0.0), radius_m=r)
    random = Random(4)
    for _ in range(46):
        x, y = random.uniform(-0.36, 0.36), random.uniform(-0.36, 0.36)
        if abs(x) < 0.20 and abs(y) < 0.22:
            continue
        dressing.disc(
            gold,
            at=(x, y, 0.0),
            radius_m=random.uniform(0.0015, 0.0035),
            height_m=0.0006,
            edge_m=0.0001,
            segments=16,
        )


def _present(paper: object, ribbon: object, *, at: Point, size: Point, turn_deg: float) -> None:
    turn = (0.0, 0.0, turn_deg)
    box("box", size, paper, at=at, turn_deg=turn, bevel_m=0.002)
    w, d, h = size
    for strip in ((0.02, d + 0.003, h + 0.002), (w + 0.003, 0.02, h + 0.002)):
        box("band", strip, ribbon, at=at, turn_deg=turn, bevel_m=0.0006)
    for k in range(4):
        _loop(ribbon, at=(at[0], at[1], at[2] + h + 0.002), turn_deg=turn_deg + 45.0 + 90.0 * k)
    dressing.ball(ribbon, at=(at[0], at[1], at[2] + h), radius_m=0.009)


def _loop(ribbon: object, *, at: Point, turn_deg: float) -> None:
    """One loop of a bow: a band that leaves the knot, bends over and comes back."""

    def bend(u: float, v: float) -> Point:
        angle = 2 * pi * (u / 0.15 + 0.5)
        reach = 0.027 * (1 - cos(angle))
        return (reach, v * (0.5 + 9.0 * reach), 0.013 * sin(angle) + 0.014)

    sheet("loop", (0.15, 0.02), ribbon, shape=bend, steps=(48, 4), at=at, turn_deg=(0, 0, turn_deg))


PLATE = Plate(
    name="flat-lay-gift",
    title="Gift flat lay",
    title_zh="礼物平铺俯拍",
    style="flat lay",
    tags=(
        "flat lay", "top down", "gift", "christmas", "winter", "new year", "green", "gold", "red",
        "fir", "wrapping", "ribbon", "jewellery", "perfume", "cosmetics", "watch", "chocolate",
        "平铺", "俯拍", "礼物", "礼盒", "圣诞", "冬季", "新年", "绿色", "金色", "首饰", "香水",
        "美妆", "巧克力", "送礼",
    ),
    prompt=(
        "{product} lying on green paper, seen straight from above, wrapped presents with "
        "bows, fir twigs, gold and red baubles and gold confetti around the edges, warm soft "
        "light from the top left, 60 mm lens, festive flat lay product photograph"
    ),
    camera=Camera(
        pitch_deg=89.0, focal_mm=60.0, distance_m=1.16, f_number=5.6, frame_x=0.5, frame_y=0.5
    ),
    key=KEY,
    surface=Surface(material="matte paper", roughness=0.8, reflectance=0.0),
    build=build,
    exposure=0.6,
    anchors=(Anchor(name="centre", max_width=0.46, max_height=0.48),),
)  # fmt: skip
