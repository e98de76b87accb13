"""A thick raw oak top, a stoneware jug with dry grass, side light in a dim olive room."""

from __future__ import annotations

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, sheet, tube

KEY = Softbox(
    azimuth_deg=96.0,
    elevation_deg=36.0,
    distance_m=1.7,
    width_m=0.7,
    height_m=0.9,
    power_w=62.0,
    color_rgb_linear=(1.0, 0.86, 0.68),
)
STRAW = foliage.Leaf(length_m=0.16, width_m=0.006, droop=0.4)


def build() -> None:
    """Set the boards, the jug, a napkin and a stack of bowls."""
    set_world_color((0.55, 0.68, 0.85), strength=0.16)
    _boards()
    dressing.wall(m.plaster("wall", (0.115, 0.125, 0.085), stain=0.35), behind_m=1.3)
    jug = m.glazed("jug", (0.34, 0.27, 0.20), roughness=0.4, speckle=0.8)
    dressing.vase(jug, at=(-0.27, 0.36, 0.0), height_m=0.21, belly_m=0.075, neck_m=0.038)
    straw = m.leaf("straw", (0.46, 0.32, 0.15), gloss=0.8)
    foliage.bouquet(
        (-0.27, 0.36, 0.19),
        STRAW,
        straw,
        straw,
        stems=9,
        reach_m=0.42,
        leaves=14,
        seed=8,
        lean=(0.12, 0.0, 0.0),
    )
    bowls = m.glazed("bowl", (0.62, 0.57, 0.48), roughness=0.3, speckle=0.9)
    for i in range(3):
        dressing.bowl(
            bowls,
            at=(0.29 + 0.004 * i, 0.36, 0.026 * i),
            radius_m=0.085 - 0.004 * i,
            height_m=0.055,
        )
    _napkin()


def _boards() -> None:
    for i in range(7):
        tone = 0.88 + 0.24 * ((i * 37) % 10) / 10
        plank = m.wood(
            f"oak {i}",
            light=(0.44 * tone, 0.27 * tone, 0.145 * tone),
            dark=(0.17 * tone, 0.085 * tone, 0.04 * tone),
            roughness=0.52,
            shift=(1.7 * i, 0.31 * i, 0.6 * i),
        )
        box(
            "plank",
            (2.6, 0.168, 0.045),
            plank,
            at=(0.13 * i - 0.4, 0.47 - 0.17 * i, -0.045 - 0.0006 * (i % 2)),
            bevel_m=0.0025,
        )


def _napkin() -> None:
    cloth = m.linen("napkin", (0.60, 0.56, 0.48))

    def lay(u: float, v: float) -> tuple[float, float, float]:
        lift = dressing.folds(u, v, depth_m=0.012, per_m=9.0, turn=(0.9, 0.4), seed=4.0)
        edge = max(abs(u) / 0.13, abs(v) / 0.11)
        return (u, v, 0.002 + max(0.0, lift) * max(0.0, 1.0 - edge**3) * 0.9)

    sheet(
        "napkin",
        (0.26, 0.22),
        cloth,
        shape=lay,
        at=(0.33, 0.17, 0.0),
        turn_deg=(0, 0, 24),
        thickness_m=0.0012,
    )
    tube(
        "spoon",
        [(0.24, 0.13, 0.014), (0.29, 0.17, 0.016), (0.36, 0.215, 0.02)],
        0.004,
        m.wood("spoon"),
        taper=1.4,
    )


PLATE = Plate(
    name="raw-wood",
    title="Raw wood",
    title_zh="原木",
    style="wood",
    tags=("wood", "oak", "rustic", "natural", "food", "warm", "原木", "自然", "食品"),
    prompt=(
        "{product} standing on a thick raw oak table, stoneware jug with dried grass "
        "and stacked ceramic bowls out of focus behind, dark olive plaster wall, large "
        "soft warm window light from the right, 60 mm lens, shallow depth of field, "
        "moody rustic product photograph"
    ),
    camera=Camera(pitch_deg=11.0, focal_mm=60.0, distance_m=0.92, f_number=2.2),
    key=KEY,
    surface=Surface(material="raw oak", roughness=0.52, reflectance=0.0),
    build=build,
    exposure=0.4,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.62),
        Anchor(name="left third", point=(-0.09, 0.0, 0.0), max_width=0.34, max_height=0.6),
        Anchor(name="right third", point=(0.08, -0.03, 0.0), max_width=0.3, max_height=0.6),
    ),
)
