"""Cut paper in butter, coral and sky seen from above under a hard summer sun."""

from __future__ import annotations

from math import cos, pi, sin

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun, direction_to
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, hide_from_view, mesh, sheet

KEY = Sun(
    azimuth_deg=128.0,
    elevation_deg=44.0,
    angular_diameter_deg=1.6,
    irradiance=4.6,
    color_rgb_linear=(1.0, 0.94, 0.84),
)
BUTTER, CORAL, SKY, CREAM = (
    (0.88, 0.46, 0.05),
    (0.74, 0.10, 0.055),
    (0.09, 0.36, 0.60),
    (0.86, 0.74, 0.56),
)


def build() -> None:
    """Lay the papers one over the other, with loose edges that throw thin shadows."""
    set_world_color((0.80, 0.88, 1.0), strength=0.5)
    butter, coral, sky, cream = (
        m.matte(n, c, roughness=0.8, grain_m=0.0004)
        for n, c in (("butter", BUTTER), ("coral", CORAL), ("sky", SKY), ("cream", CREAM))
    )
    box("table", (2.0, 2.0, 0.02), butter, at=(0.0, 0.0, -0.02), bevel_m=0.0)
    _loose(sky, at=(0.46, -0.02, 0.001), turn_deg=-14.0, lift_m=0.012)
    _round(coral, at=(-0.33, 0.31, 0.0), radius_m=0.17, rise_m=0.006)
    _round(cream, at=(-0.33, 0.31, 0.006), radius_m=0.10, rise_m=0.006)
    _round(coral, at=(0.30, -0.32, 0.004), radius_m=0.09, rise_m=0.006)
    dressing.ball(cream, at=(-0.30, -0.33, 0.0), radius_m=0.028)
    dressing.ball(coral, at=(-0.225, -0.355, 0.0), radius_m=0.016)
    dressing.disc(cream, at=(0.31, 0.33, 0.004), radius_m=0.055, height_m=0.03)
    _branch(m.leaf("branch", (0.05, 0.12, 0.03)))


def _loose(material: object, *, at: Point, turn_deg: float, lift_m: float) -> None:
    """A large sheet whose near edge does not quite touch the table."""

    def curl(u: float, v: float) -> Point:
        edge = max(0.0, (-u / 0.33) - 0.2)
        return (u, v, lift_m * edge * edge * (0.75 + 0.25 * sin(6.0 * v)) + 0.0006)

    sheet("paper", (0.66, 1.6), material, shape=curl, steps=(160, 60), at=at,
          turn_deg=(0, 0, turn_deg), thickness_m=0.0004)  # fmt: skip


def _round(material: object, *, at: Point, radius_m: float, rise_m: float) -> None:
    """A disc of stiff paper on a hidden spacer."""
    count = 96
    ring = [
        (radius_m * cos(2 * pi * i / count), radius_m * sin(2 * pi * i / count))
        for i in range(count)
    ]
    points = [(x, y, z) for z in (rise_m - 0.0012, rise_m) for x, y in ring]
    faces = [list(reversed(range(count))), [count + i for i in range(count)]]
    faces += [[i, (i + 1) % count, count + (i + 1) % count, count + i] for i in range(count)]
    mesh("round", points, faces, material, at=at, smooth=False)


def _branch(green: object) -> None:
    """A branch before the sun; its shadow reaches into the lower left corner."""
    toward = direction_to(KEY.azimuth_deg, KEY.elevation_deg)
    reach_m = 0.3
    x, y, z = (reach_m * t for t in toward)
    path = [(x - 0.46, y - 0.34, z), (x - 0.30, y - 0.22, z + 0.03), (x - 0.17, y - 0.15, z)]
    big = foliage.Leaf(length_m=0.12, width_m=0.052)
    for item in foliage.branch(path, big, green, green, leaves=11, seed=14):
        hide_from_view(item)


PLATE = Plate(
    name="flat-lay-paper",
    title="Flat lay on coloured paper",
    title_zh="彩纸平铺俯拍",
    style="flat lay",
    tags=(
        "flat lay", "top down", "paper", "yellow", "coral", "blue", "colourful", "colour block",
        "summer", "playful", "cosmetics", "snacks", "toys", "stationery", "phone case",
        "hard light", "平铺", "俯拍", "彩纸", "黄色", "珊瑚", "蓝色", "撞色", "夏日", "活泼",
        "美妆", "零食", "玩具", "文具",
    ),
    prompt=(
        "{product} lying on butter yellow paper, seen straight from above, layered sheets of sky "
        "blue, coral and cream cut paper at the edges, hard summer sun from the top right with "
        "crisp shadows, leaf shadows in a corner, 60 mm lens, playful flat lay product photograph"
    ),
    camera=Camera(
        pitch_deg=89.0, focal_mm=60.0, distance_m=1.15, f_number=8.0, frame_x=0.5, frame_y=0.5
    ),
    key=KEY,
    surface=Surface(material="matte paper", roughness=0.8, reflectance=0.0),
    build=build,
    anchors=(
        Anchor(name="centre", point=(-0.03, 0.0, 0.0), max_width=0.46, max_height=0.48),
    ),
)  # fmt: skip
