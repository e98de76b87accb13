"""A child's room in soft blue: wooden blocks, a stacking tower, balls, bunting."""

from __future__ import annotations

from math import sin

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, lathe, mesh, tube

KEY = Softbox(
    azimuth_deg=296.0,
    elevation_deg=44.0,
    distance_m=1.5,
    width_m=0.7,
    height_m=0.7,
    power_w=58.0,
    color_rgb_linear=(1.0, 0.93, 0.84),
)
BLUE, PEACH, SAGE, CREAM, ROSE = (
    (0.36, 0.50, 0.60),
    (0.84, 0.46, 0.29),
    (0.36, 0.48, 0.34),
    (0.84, 0.74, 0.58),
    (0.74, 0.36, 0.34),
)


def build() -> None:
    """Set a birch top, toys at both sides, and a string of flags on the wall."""
    set_world_color((0.90, 0.94, 1.0), strength=0.34)
    birch = m.wood(
        "birch",
        light=(0.68, 0.52, 0.36),
        dark=(0.54, 0.38, 0.24),
        roughness=0.42,
        rings_per_m=30.0,
        relief_m=0.0003,
    )
    dressing.table(birch, back_m=0.46, bevel_m=0.006)
    dressing.wall(m.plaster("wall", BLUE, relief_m=0.0006, stain=0.05), behind_m=1.15)
    blue, peach, sage, cream, rose = (
        m.matte(n, c, roughness=0.5)
        for n, c in (
            ("blue", (0.20, 0.36, 0.50)),
            ("peach", PEACH),
            ("sage", SAGE),
            ("cream", CREAM),
            ("rose", ROSE),
        )
    )
    for z, r, paint in (
        (0.0, 0.058, sage),
        (0.026, 0.051, cream),
        (0.052, 0.044, peach),
        (0.078, 0.037, blue),
        (0.104, 0.030, rose),
    ):
        _ring(paint, at=(-0.285, 0.29, z), radius_m=r)
    dressing.ball(birch, at=(-0.285, 0.29, 0.128), radius_m=0.02)
    for x, y, z, turn, paint in (
        (0.25, 0.29, 0.0, 12.0, peach),
        (0.315, 0.27, 0.0, -8.0, birch),
        (0.285, 0.285, 0.05, 24.0, sage),
        (0.37, 0.33, 0.0, 30.0, cream),
    ):
        box("block", (0.05, 0.05, 0.05), paint, at=(x, y, z), turn_deg=(0, 0, turn), bevel_m=0.004)
    dressing.ball(rose, at=(-0.185, 0.37, 0.0), radius_m=0.028)
    dressing.ball(cream, at=(-0.355, 0.19, 0.0), radius_m=0.02)
    _rainbow((rose, peach, cream, sage), at=(0.315, 0.42, 0.0))
    _bunting((peach, cream, sage, rose))


def _ring(paint: object, *, at: Point, radius_m: float) -> None:
    r, h = radius_m, 0.024
    outline = [
        (0.0, 0.0),
        (r * 0.86, 0.0),
        (r * 0.96, h * 0.16),
        (r, h * 0.5),
        (r * 0.96, h * 0.84),
        (r * 0.86, h),
        (0.0, h),
    ]
    lathe("ring", outline, paint, at=at)


def _rainbow(paints: tuple[object, ...], *, at: Point) -> None:
    """Wooden arches, each inside the next."""
    from math import cos, pi

    for i, paint in enumerate(paints):
        r = 0.105 - 0.022 * i
        path = [
            (at[0] - r * cos(pi * k / 14), at[1], at[2] + r * sin(pi * k / 14)) for k in range(15)
        ]
        tube("arch", path, 0.0102, paint)


def _bunting(paints: tuple[object, ...]) -> None:
    """Paper flags on a slack string before the wall."""
    y = 1.11
    path = [(x / 10, y, 0.47 - 0.07 * (1 - (x / 7) ** 2)) for x in range(-8, 9)]
    tube("string", path, 0.0022, paints[1])
    for i in range(-5, 6):
        x = 0.145 * i
        z = 0.47 - 0.07 * (1 - (x / 0.7) ** 2)
        flag: list[Point] = [(-0.055, 0.0, 0.0), (0.055, 0.0, 0.0), (0.004, 0.006 * sin(i), -0.11)]
        mesh("flag", flag, [[0, 1, 2]], paints[i % 4], at=(x, y - 0.006, z), smooth=False)


PLATE = Plate(
    name="nursery-pastel",
    title="Pastel nursery",
    title_zh="柔彩儿童房",
    style="nursery",
    tags=(
        "nursery", "kids", "children", "baby", "pastel", "blue", "birch", "wood", "soft", "toys",
        "playful", "bedroom", "bottle", "picture book", "plush", "baby care", "birthday",
        "儿童房", "母婴", "宝宝", "婴儿", "柔和", "马卡龙", "蓝色", "木质", "玩具", "绘本",
        "生日", "温馨",
    ),
    prompt=(
        "{product} standing on a birch wood top in a pastel nursery, wooden stacking toys and "
        "blocks out of focus, paper bunting on a soft blue wall, large soft window light from the "
        "front left, 60 mm lens, gentle baby product photograph"
    ),
    camera=Camera(pitch_deg=11.0, focal_mm=60.0, distance_m=0.9, f_number=2.2),
    key=KEY,
    surface=Surface(material="varnished birch", roughness=0.42, reflectance=0.03),
    build=build,
    exposure=0.35,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.62),
        Anchor(name="left third", point=(-0.08, -0.04, 0.0), max_width=0.34, max_height=0.6),
        Anchor(name="right third", point=(0.08, -0.04, 0.0), max_width=0.34, max_height=0.6),
    ),
)  # fmt: skip
