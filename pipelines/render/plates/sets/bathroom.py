"""A pale stone vanity before sea-green tiles; towels, soap and a fern in soft light."""

from __future__ import annotations

from math import cos, pi, sin

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import lathe, sheet, tube

KEY = Softbox(
    azimuth_deg=262.0,
    elevation_deg=40.0,
    distance_m=1.6,
    width_m=0.9,
    height_m=1.1,
    power_w=75.0,
    color_rgb_linear=(0.93, 0.97, 1.0),
)


def build() -> None:
    """Set the vanity, the tiled wall and the things of a morning."""
    set_world_color((0.9, 0.96, 1.0), strength=0.38)
    top = m.marble(
        "vanity",
        base=(0.80, 0.79, 0.76),
        vein=(0.62, 0.60, 0.56),
        gold=0.1,
        roughness=0.2,
        scale=5.0,
    )
    dressing.table(top, back_m=0.62, thick_m=0.03)
    glaze = m.tiles(
        "tiles",
        (0.27, 0.46, 0.42),
        grout=(0.72, 0.72, 0.69),
        width_m=0.1,
        height_m=0.1,
        gap_m=0.004,
        offset=0.0,
        vary=0.4,
        roughness=0.1,
    )
    dressing.wall(glaze, behind_m=0.64, from_m=-0.02, to_m=2.0)
    _towels()
    _bottle()
    pot = (0.17, 0.5, 0.0)
    dressing.cup(
        m.glazed("pot", (0.80, 0.78, 0.74), roughness=0.4),
        at=pot,
        radius_m=0.04,
        height_m=0.075,
        flare=0.12,
    )
    fern = m.leaf("fern", (0.10, 0.27, 0.07))
    foliage.bouquet(
        (0.17, 0.5, 0.07),
        foliage.OLIVE,
        fern,
        fern,
        stems=12,
        reach_m=0.17,
        leaves=16,
        seed=21,
        open_deg=65.0,
    )


def _towels() -> None:
    cloth = m.velvet("terry", (0.80, 0.77, 0.71))
    for x, z in ((-0.335, 0.0), (-0.225, 0.0), (-0.28, 0.09)):
        _roll(cloth, x, z)


def _roll(cloth: object, x: float, z: float) -> None:
    """A towel rolled up, its end a spiral towards the lens."""
    turns, outer, inner = 4.2, 0.054, 0.006

    def wind(u: float, v: float) -> tuple[float, float, float]:
        t = u + 0.5
        angle = 2 * pi * turns * t + 0.6
        radius = inner + (outer - inner) * t + 0.0004 * sin(9 * angle + 60 * v)
        return (radius * cos(angle), v, radius * sin(angle) + outer)

    sheet(
        "towel",
        (1.0, 0.26),
        cloth,
        shape=wind,
        steps=(260, 30),
        at=(x, 0.42, z),
        thickness_m=0.0085,
    )


def _bottle() -> None:
    amber = m.glass("amber", tint=(0.62, 0.22, 0.03))
    at = (0.30, 0.40, 0.0)
    lathe(
        "bottle",
        [
            (0.0, 0.0),
            (0.032, 0.0),
            (0.034, 0.003),
            (0.034, 0.11),
            (0.03, 0.122),
            (0.014, 0.132),
            (0.013, 0.142),
        ],
        amber,
        at=at,
    )
    black = m.matte("pump", (0.02, 0.02, 0.02), roughness=0.35)
    lathe(
        "collar",
        [
            (0.0, 0.138),
            (0.0155, 0.138),
            (0.0155, 0.154),
            (0.006, 0.156),
            (0.0045, 0.158),
            (0.0045, 0.18),
            (0.009, 0.181),
            (0.009, 0.19),
            (0.0, 0.19),
        ],
        black,
        at=at,
        smooth_levels=0,
    )
    tube(
        "spout", [(0.30, 0.40, 0.186), (0.275, 0.385, 0.187), (0.262, 0.378, 0.181)], 0.0045, black
    )
    lathe(
        "label",
        [(0.0345, 0.03), (0.0345, 0.085)],
        m.matte("label", (0.8, 0.78, 0.74)),
        at=at,
        smooth_levels=0,
    )


PLATE = Plate(
    name="bathroom",
    title="Bathroom",
    title_zh="浴室",
    style="bathroom",
    tags=("bathroom", "spa", "tiles", "green", "fresh", "skincare", "浴室", "清新", "洗护"),
    prompt=(
        "{product} standing on a pale stone vanity, sea-green glazed square tiles, "
        "rolled white towels, an amber soap bottle and a small fern out of focus "
        "behind, large soft window light from the left, 60 mm lens, fresh spa product "
        "photograph"
    ),
    camera=Camera(pitch_deg=10.0, focal_mm=60.0, distance_m=0.92, f_number=2.0),
    key=KEY,
    surface=Surface(material="honed pale stone", roughness=0.2, reflectance=0.04),
    build=build,
    exposure=-0.3,
    anchors=(
        Anchor(name="centre", max_width=0.42, max_height=0.62),
        Anchor(name="left third", point=(-0.09, -0.03, 0.0), max_width=0.3, max_height=0.6),
        Anchor(name="right third", point=(0.09, -0.03, 0.0), max_width=0.3, max_height=0.6),
    ),
)
