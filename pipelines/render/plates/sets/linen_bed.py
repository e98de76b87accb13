"""Rumpled linen, two pillows a breakfast tray and a book in low morning light."""

from __future__ import annotations

from math import hypot

from mathutils import Vector, noise

from pipelines.render import materials as m
from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Softbox
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import sheet

KEY = Softbox(
    azimuth_deg=118.0,
    elevation_deg=24.0,
    distance_m=1.9,
    width_m=0.4,
    height_m=0.5,
    power_w=110.0,
    color_rgb_linear=(1.0, 0.84, 0.66),
)


def build() -> None:
    """Spread the linen, prop the pillows, and close the room with a pale wall."""
    set_world_color((0.86, 0.92, 1.0), strength=0.14)
    flax = m.linen("flax", (0.68, 0.60, 0.50), threads_per_cm=9.0)
    white = m.linen("white", (0.80, 0.78, 0.74), threads_per_cm=12.0)
    sheet("duvet", (2.2, 1.9), white, shape=_rumple, steps=(420, 380), at=(0.0, 0.15, 0.0))
    _pillow(flax, at=(-0.26, 0.66, 0.10), turn_deg=(62.0, 0.0, 9.0), size=(0.62, 0.44))
    _pillow(white, at=(0.36, 0.72, 0.11), turn_deg=(58.0, 0.0, -7.0), size=(0.66, 0.46))
    _tray()
    dressing.wall(m.plaster("wall", (0.66, 0.59, 0.50), stain=0.08), behind_m=1.35)


def _rumple(u: float, v: float) -> Point:
    """Folds that fade where the product will stand, at (0, -0.15) of this sheet."""
    away = hypot(u / 1.15, v + 0.15)
    ease = min(1.0, max(0.0, (away - 0.07) / 0.28))
    ease = ease * ease * (3 - 2 * ease)
    long = dressing.folds(u, v, depth_m=0.021, per_m=5.5, turn=(0.62, 0.78), seed=3.0)
    short = dressing.folds(u, v, depth_m=0.009, per_m=12.0, turn=(0.9, -0.35), seed=11.0)
    swell = 0.02 * noise.noise(Vector((u * 1.7, v * 1.7, 5.0)))
    lift = (long + short + swell - 0.012) * ease
    still = 0.0012 * noise.noise(Vector((u * 14.0, v * 14.0, 2.0)))
    return (u, v, lift + still)


def _pillow(cloth: object, *, at: Point, turn_deg: Point, size: tuple[float, float]) -> None:
    for side in (1.0, -1.0):

        def puff(u: float, v: float, side: float = side) -> Point:
            x, y = 2 * u / size[0], 2 * v / size[1]
            full = max(0.0, (1 - abs(x) ** 2.6)) ** 0.55 * max(0.0, (1 - abs(y) ** 2.6)) ** 0.55
            crease = dressing.folds(u, v, depth_m=0.006, per_m=5.0, turn=(0.9, 0.3), seed=at[0])
            crease += 0.012 * noise.noise(Vector((u * 6.0, v * 6.0, at[0] + 3.0)))
            pinch = 1.0 - 0.10 * (x * x * y * y)
            return (u * pinch, v * pinch, side * (0.085 * full + crease * min(1.0, 2.0 * full)))

        sheet("pillow", size, cloth, shape=puff, steps=(140, 110), at=at, turn_deg=turn_deg)


def _tray() -> None:
    """Breakfast: a wooden tray, a cup on its saucer, a book."""
    dark = m.wood("tray", light=(0.26, 0.14, 0.07), dark=(0.11, 0.05, 0.025), roughness=0.4)
    oat = m.glazed("cup", (0.70, 0.64, 0.54), roughness=0.3, speckle=0.6)
    at = (-0.315, 0.29, 0.022)
    dressing.disc(dark, at=at, radius_m=0.135, height_m=0.016)
    dressing.disc(oat, at=(-0.29, 0.27, 0.038), radius_m=0.062, height_m=0.008)
    dressing.cup(oat, at=(-0.29, 0.27, 0.046), radius_m=0.034, height_m=0.058, flare=0.25)
    paper = m.matte("paper", (0.80, 0.76, 0.68))
    cover = m.matte("cover", (0.30, 0.36, 0.36), roughness=0.6)
    dressing.book(cover, paper, at=(0.335, 0.30, 0.022), size=(0.15, 0.2, 0.024), turn_deg=-18.0)


PLATE = Plate(
    name="linen-bed",
    title="Linen bed",
    title_zh="亚麻床品",
    style="linen",
    tags=("linen", "bed", "home", "textile", "cosy", "morning", "亚麻", "床品", "家居"),
    prompt=(
        "{product} standing on white rumpled linen bedding, flax and white pillows and a "
        "breakfast tray out of focus behind, low warm morning window light from the right, "
        "60 mm lens, cosy bedroom product photograph"
    ),
    camera=Camera(pitch_deg=12.0, focal_mm=58.0, distance_m=0.9, f_number=2.2),
    key=KEY,
    surface=Surface(material="washed linen", roughness=0.95, reflectance=0.0),
    build=build,
    exposure=0.25,
    anchors=(Anchor(name="centre", max_width=0.45, max_height=0.6),),
)
