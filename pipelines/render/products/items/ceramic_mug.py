"""A hand-thrown stoneware mug, dipped in glaze, with two words printed on it."""

from __future__ import annotations

from math import cos, sin

from pipelines.render.camera import Point
from pipelines.render.plates.solids import lathe
from pipelines.render.products import rooms, surfaces
from pipelines.render.products.labels import SERIF_ITALIC, Label, Line, printed, stick
from pipelines.render.products.sample import Sample, closeup
from pipelines.render.products.shapes import strap

RADIUS_M = 0.0425
PRINT = Label(
    width_cm=5.0,
    height_cm=3.2,
    paper=(0, 0, 0, 0),
    ink=(40, 52, 62, 255),
    lines=(
        Line(text="slow", y=0.30, size_cm=1.15, font=SERIF_ITALIC),
        Line(text="mornings", y=0.68, size_cm=1.15, font=SERIF_ITALIC),
    ),
)


def build() -> None:
    """Turn the body, pull the handle, print the words."""
    stoneware = surfaces.dipped_glaze(
        "stoneware", (0.60, 0.62, 0.58), (0.36, 0.22, 0.13), line_m=0.021
    )
    r, h = RADIUS_M, 0.098
    body = [
        (0.0004, 0.003), (r * 0.72, 0.003), (r * 0.76, 0.0008), (r * 0.80, 0.0), (r * 0.84, 0.0008),
        (r * 0.90, 0.004), (r * 0.975, 0.012), (r, 0.024), (r * 1.004, 0.05), (r * 0.995, 0.085),
        (r * 1.006, h - 0.003), (r * 1.004, h - 0.0006), (r * 0.975, h), (r * 0.945, h - 0.0009),
        (r * 0.932, h - 0.004), (r * 0.925, 0.05), (r * 0.90, 0.018), (r * 0.78, 0.0085),
        (r * 0.4, 0.0068), (0.0004, 0.0065),
    ]  # fmt: skip
    lathe("mug", body, stoneware, segments=96)
    turn = 0.62
    out, side = (cos(turn), -sin(turn)), (sin(turn), cos(turn))
    path: list[Point] = []
    for reach, z in _handle(r):
        path.append((out[0] * reach, out[1] * reach, z))
    handle = strap(
        "handle", path, stoneware, width_m=0.0145, thick_m=0.0088, across=lambda _: (*side, 0.0),
        round_m=0.0035,
    )  # fmt: skip
    smooth = handle.modifiers.new("smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = 2
    ink = printed("words", PRINT, roughness=0.22, grain_m=0.0)
    stick("words", PRINT, ink, shape=_around, at=(0.0, 0.0, 0.058), turn_deg=(0, 0, -12))


def _handle(r: float) -> list[tuple[float, float]]:
    """Centre line of the handle: distance from the axis and height."""
    return [
        (r * 0.95, 0.081), (r + 0.006, 0.0825), (r + 0.014, 0.0825), (r + 0.0215, 0.079),
        (r + 0.0265, 0.072), (r + 0.0282, 0.063), (r + 0.0272, 0.053), (r + 0.0235, 0.043),
        (r + 0.0165, 0.034), (r + 0.008, 0.0285), (r + 0.001, 0.0265), (r * 0.95, 0.026),
    ]  # fmt: skip


def _around(u: float, v: float) -> Point:
    radius = RADIUS_M * 1.004 + 0.00025
    angle = u / radius
    return (radius * sin(angle), -radius * cos(angle), v)


SAMPLE = Sample(
    name="ceramic-mug",
    title='Stoneware mug "slow mornings"',
    title_zh="慢早晨粗陶马克杯",
    category="kitchen",
    description="Hand-thrown 400 ml stoneware mug, dipped in a speckled pale glaze.",
    size_cm=(12.0, 9.8, 8.5),
    tags=("kitchen", "mug", "ceramic", "stoneware", "coffee", "马克杯", "陶瓷"),
    label_text=("slow", "mornings"),
    camera=closeup(0.098, fill=0.50, pitch_deg=12.0, f_number=9.0, nearer_m=0.02, frame_y=0.76),
    room=rooms.breakfast_table,
    product=build,
)
