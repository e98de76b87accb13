"""A white sill before an open window; the sun comes in from behind and draws the frame on it."""

from __future__ import annotations

from math import sin

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import add_lamp, set_world_hdri
from pipelines.render.lights import Softbox, Sun
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import box, sheet
from pipelines.render.shading import Graph

KEY = Sun(
    azimuth_deg=212.0,
    elevation_deg=36.0,
    angular_diameter_deg=1.0,
    irradiance=9.0,
    color_rgb_linear=(1.0, 0.88, 0.66),
)
WINDOW_M = 0.62
"""How far behind the product the window stands."""


def build() -> None:
    """Set sill, frame, curtain, garden and a plant; a reflector fills from the room."""
    set_world_hdri("forest", strength=0.8, rotation_deg=75.0)
    paint = m.matte("white paint", (0.72, 0.70, 0.66), roughness=0.32)
    dressing.table(paint, back_m=WINDOW_M - 0.02, bevel_m=0.006)
    _frame(paint)
    _curtain()
    _room()
    _leaves()


def _frame(paint: object) -> None:
    y = WINDOW_M
    for x, w in ((-0.62, 0.07), (-0.19, 0.035), (0.24, 0.035), (0.67, 0.07)):
        box("post", (w, 0.06, 2.2), paint, at=(x, y, -0.03), bevel_m=0.004)
    for z, h in ((0.0, 0.05), (0.78, 0.03), (1.5, 0.03)):
        box("rail", (1.4, 0.05, h), paint, at=(0.02, y, z), bevel_m=0.004)


def _curtain() -> None:
    """Sheer cloth gathered at the left."""
    g = Graph("voile")
    clear = g.node("BsdfTransparent", {"Color": (1.0, 1.0, 1.0)})
    thin = g.node("BsdfTranslucent", {"Color": (0.86, 0.85, 0.82)})
    solid = g.node("BsdfDiffuse", {"Color": (0.84, 0.83, 0.80)})
    cloth = g.node("MixShader", {0: 0.45, 1: thin.outputs[0], 2: solid.outputs[0]})
    voile = g.finish(g.node("MixShader", {0: 0.62, 1: clear.outputs[0], 2: cloth.outputs[0]}))

    def gather(u: float, v: float) -> Point:
        sway = 0.02 * sin(46.0 * u + 1.6 * v) + 0.009 * sin(97.0 * u + 0.7)
        return (u, sway + 0.012 * sin(5.0 * v + 20.0 * u), v)

    sheet("curtain", (0.20, 1.6), voile, shape=gather, steps=(220, 40), at=(-0.57, 0.55, 0.74))


def _room() -> None:
    """Pale walls behind the lens keep the shadows open."""
    box(
        "room",
        (5.0, 0.1, 3.0),
        m.matte("room", (0.75, 0.70, 0.63)),
        at=(0.0, -1.9, -1.0),
        bevel_m=0.0,
    )
    fill = Softbox(
        azimuth_deg=20.0,
        elevation_deg=40.0,
        distance_m=1.6,
        width_m=1.2,
        height_m=1.2,
        power_w=9.0,
        color_rgb_linear=(1.0, 0.96, 0.90),
    )
    add_lamp(fill, name="fill", visible=False)


def _leaves() -> None:
    at = (0.33, 0.38, 0.0)
    dressing.cup(
        m.matte("terracotta", (0.55, 0.24, 0.13)), at=at, radius_m=0.05, height_m=0.085, flare=0.22
    )
    green = m.leaf("green", (0.13, 0.30, 0.06))
    shape = foliage.Leaf(length_m=0.075, width_m=0.045, droop=0.5)
    foliage.bouquet(
        (0.33, 0.38, 0.075),
        shape,
        green,
        green,
        stems=10,
        reach_m=0.22,
        leaves=8,
        seed=6,
        open_deg=58.0,
    )


PLATE = Plate(
    name="sunlit-window",
    title="Sunlit window",
    title_zh="阳光窗台",
    style="window",
    tags=("window", "sun", "backlight", "bright", "fresh", "plant", "窗台", "阳光", "清新"),
    prompt=(
        "{product} standing on a white painted window sill, window frame and a potted "
        "plant out of focus behind, green garden outside, sun from the back left with "
        "long shadows towards the lens, 60 mm lens, airy product photograph"
    ),
    camera=Camera(pitch_deg=10.0, focal_mm=60.0, distance_m=0.9, f_number=2.0),
    key=KEY,
    surface=Surface(material="satin white paint", roughness=0.32, reflectance=0.04),
    build=build,
    exposure=-0.75,
    anchors=(
        Anchor(name="centre", max_width=0.42, max_height=0.62),
        Anchor(name="left third", point=(-0.04, -0.05, 0.0), max_width=0.32, max_height=0.6),
    ),
)
