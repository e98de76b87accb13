"""Deep red paper, gold baubles, fir and a ribboned box before a string of lights."""

from __future__ import annotations

from random import Random

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import set_world_hdri
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, lathe, sheet, tube

KEY = Softbox(
    azimuth_deg=312.0,
    elevation_deg=44.0,
    distance_m=1.3,
    width_m=0.5,
    height_m=0.5,
    power_w=46.0,
    color_rgb_linear=(1.0, 0.84, 0.64),
)
GOLD = (0.86, 0.56, 0.20)


def build() -> None:
    """Set table, wall, lights, tree trimmings and a present."""
    set_world_hdri("interior", strength=0.22, rotation_deg=120.0)
    dressing.table(m.matte("red card", (0.33, 0.014, 0.018), roughness=0.42), back_m=0.9)
    dressing.wall(m.plaster("wall", (0.22, 0.012, 0.016), stain=0.25), behind_m=1.5)
    _lights()
    gold = m.metal("gold", GOLD, roughness=0.16)
    satin = m.metal("satin gold", (0.80, 0.58, 0.34), roughness=0.42)
    red = m.glazed("red", (0.42, 0.015, 0.02), roughness=0.05)
    for x, y, r, material in (
        (-0.25, 0.24, 0.044, gold),
        (-0.325, 0.33, 0.052, red),
        (-0.205, 0.36, 0.034, satin),
        (0.225, 0.21, 0.026, satin),
        (-0.165, 0.19, 0.017, gold),
    ):
        _bauble(material, gold, at=(x, y, 0.0), radius_m=r)
    _present(m.matte("wrapping", (0.70, 0.62, 0.50), roughness=0.55), red, at=(0.31, 0.40, 0.0))
    needle, bark = m.leaf("needle", (0.035, 0.11, 0.035)), m.matte("bark", (0.10, 0.05, 0.025))
    for i, (a, b) in enumerate(
        (
            ((-0.50, 0.42, 0.02), (-0.16, 0.30, 0.015)),
            ((-0.52, 0.50, 0.04), (-0.10, 0.46, 0.03)),
            ((-0.48, 0.30, 0.015), (-0.22, 0.16, 0.008)),
            ((-0.45, 0.55, 0.05), (-0.25, 0.48, 0.13)),
            ((0.46, 0.22, 0.012), (0.26, 0.29, 0.01)),
            ((0.50, 0.32, 0.02), (0.34, 0.19, 0.01)),
        )
    ):
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2 + 0.02, (a[2] + b[2]) / 2 + 0.012)
        foliage.fir_twig([a, middle, b], needle, bark, needles=2600, seed=40 + i)


def _lights() -> None:
    random = Random(12)
    warm = m.glow("bulb", (1.0, 0.60, 0.24), strength=34.0)
    for i in range(64):
        x, z = random.uniform(-0.85, 0.85), random.uniform(0.02, 0.85)
        y = random.uniform(1.1, 1.42)
        if abs(x) < 0.16 and z < 0.45:
            continue
        dressing.ball(warm, at=(x, y, z), radius_m=0.0045 + 0.0015 * (i % 3))


def _bauble(material: object, cap: object, *, at: Point, radius_m: float) -> None:
    dressing.ball(material, at=at, radius_m=radius_m)
    top = at[2] + 2 * radius_m
    outline = [(0.0, 0.004), (0.006, 0.004), (0.007, 0.003), (0.007, -0.004)]
    lathe("cap", outline, cap, at=(at[0], at[1], top), smooth_levels=0)


def _present(paper: object, ribbon: object, *, at: Point) -> None:
    size, turn = (0.17, 0.17, 0.11), 24.0
    box("box", size, paper, at=at, turn_deg=(0, 0, turn), bevel_m=0.002)
    lid = (at[0], at[1], at[2] + size[2] - 0.03)
    box("lid", (0.176, 0.176, 0.032), paper, at=lid, turn_deg=(0, 0, turn), bevel_m=0.002)
    for w, d in ((0.022, 0.1785), (0.1785, 0.022)):
        box("band", (w, d, size[2] + 0.004), ribbon, at=at, turn_deg=(0, 0, turn), bevel_m=0.0006)
    top = at[2] + size[2] + 0.004
    for angle in (24.0, 114.0, 204.0, 294.0):
        _loop(ribbon, at=(at[0], at[1], top), turn_deg=angle)
    tube(
        "knot",
        [(at[0] - 0.01, at[1], top + 0.012), (at[0] + 0.01, at[1], top + 0.012)],
        0.009,
        ribbon,
    )


def _loop(ribbon: object, *, at: Point, turn_deg: float) -> None:
    """One loop of a bow: a band that leaves the knot, bends over and comes back."""
    from math import cos, pi, sin

    def bend(u: float, v: float) -> Point:
        angle = 2 * pi * (u / 0.16 + 0.5)
        reach = 0.034 * (1 - cos(angle))
        rise = 0.020 * sin(angle) * (1.0 if angle < pi else 0.55) + 0.016
        return (reach, v * (0.55 + 9.0 * reach), rise)

    sheet(
        "loop", (0.16, 0.022), ribbon, shape=bend, steps=(48, 4), at=at, turn_deg=(0, 0, turn_deg)
    )


PLATE = Plate(
    name="festive-red",
    title="Festive red",
    title_zh="节日红",
    style="festive",
    tags=(
        "festive",
        "christmas",
        "new year",
        "red",
        "gold",
        "gift",
        "节日",
        "新年",
        "圣诞",
        "礼物",
    ),
    prompt=(
        "{product} standing on deep red card, gold and red baubles, fir twigs and a gift box with "
        "a red bow out of focus behind, warm string lights as bokeh on a dark red wall, warm soft "
        "light from the front left, 60 mm lens, festive product photograph"
    ),
    camera=Camera(pitch_deg=10.0, focal_mm=60.0, distance_m=0.9, f_number=1.8),
    key=KEY,
    surface=Surface(material="satin red card", roughness=0.42, reflectance=0.02),
    build=build,
    exposure=-0.35,
    anchors=(
        Anchor(name="centre", max_width=0.42, max_height=0.62),
        Anchor(name="right third", point=(0.06, -0.05, 0.0), max_width=0.32, max_height=0.58),
    ),
)
