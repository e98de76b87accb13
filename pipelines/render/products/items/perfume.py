"""An eau de parfum in a thick clear bottle: glass that is seen through, a rose liquid, a label."""

from __future__ import annotations

from pipelines.render.camera import Point
from pipelines.render.plates.solids import lathe, tube
from pipelines.render.products import rooms, surfaces
from pipelines.render.products.labels import (
    SANS,
    SERIF,
    SERIF_ITALIC,
    Label,
    Line,
    printed,
    stick,
)
from pipelines.render.products.sample import Sample, closeup
from pipelines.render.products.shapes import block

WIDTH_M, DEPTH_M, HEIGHT_M = 0.062, 0.034, 0.082
TURN_DEG = (0.0, 0.0, 24.0)
LABEL = Label(
    width_cm=3.5,
    height_cm=3.6,
    border_cm=0.14,
    paper=(246, 242, 234, 255),
    lines=(
        Line(text="ISOLE", y=0.27, size_cm=0.62, font=SERIF, track=0.22),
        Line(text="fleur de sel", y=0.47, size_cm=0.36, font=SERIF_ITALIC),
        Line(text="EAU DE PARFUM", y=0.68, size_cm=0.195, font=SANS, track=0.14),
        Line(text="75 ml  2.5 fl oz", y=0.82, size_cm=0.18, font=SANS, track=0.04),
    ),
)


def build() -> None:
    """Cast the glass around its cavity, fill it, set spray and cap, paste the label."""
    glass = surfaces.bottle_glass("glass", ior=1.5, shade=(0.93, 0.94, 0.94))
    block(
        "bottle", (WIDTH_M, DEPTH_M, HEIGHT_M), glass, turn_deg=TURN_DEG, round_m=0.0035, power=9.0
    )
    wide, deep, low, fill, top = 0.05, 0.0225, 0.0125, 0.062, 0.0755
    # Where liquid wets glass only the difference of their indices bends light.
    rose = surfaces.bottle_glass(
        "rose", tint=(0.97, 0.78, 0.73), ior=0.93, shade=(0.98, 0.66, 0.60), cloud=0.16
    )
    block("liquid", (wide, deep, fill - low), rose, z=low, turn_deg=TURN_DEG, round_m=0.003)
    block(
        "air", (wide, deep, top - fill - 0.0002), glass, z=fill + 0.0002, turn_deg=TURN_DEG,
        round_m=0.0028, inward=True,
    )  # fmt: skip
    straw = surfaces.rubber("straw", (0.8, 0.8, 0.78), roughness=0.3)
    tube("straw", [(0.0, 0.0, 0.0755), (0.001, 0.0, 0.04), (0.004, 0.002, 0.0135)], 0.0009, straw)
    _spray_and_cap()
    paper = printed("label", LABEL, roughness=0.65)
    stick("label", LABEL, paper, shape=_front, at=(0.0, 0.0, 0.037), turn_deg=TURN_DEG)


def _spray_and_cap() -> None:
    gold = surfaces.cast_metal("gold", (0.83, 0.62, 0.36), roughness=0.16, relief_m=0.00003)
    collar = [
        (0.0004, 0.0815), (0.0125, 0.0815), (0.0128, 0.082), (0.0128, 0.0865), (0.0124, 0.0872),
        (0.0105, 0.0873), (0.0004, 0.0873),
    ]  # fmt: skip
    lathe("collar", collar, gold, segments=96)
    h = 0.0876
    cap = [
        (0.0004, h), (0.0140, h), (0.0146, h + 0.0004), (0.0148, h + 0.0012), (0.0148, h + 0.027),
        (0.0146, h + 0.0286), (0.0138, h + 0.0296), (0.0125, h + 0.0300), (0.0004, h + 0.0302),
    ]  # fmt: skip
    lathe(
        "cap",
        cap,
        surfaces.stained_wood("ebony", (0.035, 0.022, 0.016), roughness=0.32),
        segments=96,
    )


def _front(u: float, v: float) -> Point:
    return (u, -DEPTH_M / 2 - 0.00025, v)


SAMPLE = Sample(
    name="perfume",
    title="Eau de parfum in clear glass",
    title_zh="透明玻璃瓶淡香精",
    category="beauty",
    description="A mineral floral with sea salt and rose, 75 ml in heavy clear glass, ebony cap.",
    size_cm=(6.2, 11.8, 3.4),
    tags=("beauty", "perfume", "fragrance", "glass", "transparent", "label", "香水", "玻璃"),
    label_text=("ISOLE", "fleur de sel", "EAU DE PARFUM", "75 ml 2.5 fl oz"),
    camera=closeup(0.118, fill=0.60, pitch_deg=9.0, f_number=10.0, nearer_m=0.012, tall=True),
    room=rooms.dressing_table,
    product=build,
    clear=True,
    bounces=9,
)
