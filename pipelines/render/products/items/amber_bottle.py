"""A serum in an amber dropper bottle with a paper label: brown glass, black rubber, crisp type."""

from __future__ import annotations

from math import cos, sin

from pipelines.render import materials as m
from pipelines.render.camera import Point
from pipelines.render.plates.solids import lathe, tube
from pipelines.render.products import rooms, surfaces
from pipelines.render.products.labels import (
    SANS,
    SANS_BOLD,
    SERIF,
    SERIF_ITALIC,
    Label,
    Line,
    printed,
    stick,
)
from pipelines.render.products.sample import Sample, closeup

RADIUS_M = 0.024
LABEL = Label(
    width_cm=5.6,
    height_cm=4.4,
    border_cm=0.16,
    rules=(0.44, 0.72),
    lines=(
        Line(text="LORREL", y=0.20, size_cm=0.66, font=SERIF, track=0.16),
        Line(text="apothecary", y=0.345, size_cm=0.33, font=SERIF_ITALIC, track=0.04),
        Line(text="NIGHT SERUM", y=0.54, size_cm=0.30, font=SANS_BOLD, track=0.12),
        Line(text="fig seed + squalane", y=0.64, size_cm=0.24, font=SANS),
        Line(text="50 ml  /  1.7 fl oz", y=0.82, size_cm=0.22, font=SANS, track=0.03),
    ),
)


def build() -> None:
    """Turn bottle, liquid, collar and bulb, and paste the label on."""
    amber = surfaces.bottle_glass(
        "amber", tint=(0.90, 0.46, 0.13), ior=1.5, shade=(0.6, 0.24, 0.06)
    )
    r = RADIUS_M
    outside = [
        (0.0004, 0.0016), (r * 0.7, 0.0012), (r * 0.86, 0.0), (r * 0.94, 0.0006), (r, 0.004),
        (r, 0.008), (r, 0.066), (r, 0.070), (r * 0.95, 0.0765), (r * 0.75, 0.082), (0.0118, 0.086),
        (0.0105, 0.0885), (0.0105, 0.099), (0.0105, 0.100), (0.009, 0.1003),
    ]  # fmt: skip
    inside = [
        (0.0075, 0.100), (0.0075, 0.089), (0.0088, 0.0862), (r * 0.7, 0.0795), (r * 0.88, 0.0745),
        (r * 0.92, 0.069), (r * 0.92, 0.008), (r * 0.88, 0.0055), (r * 0.6, 0.005), (0.0004, 0.005),
    ]  # fmt: skip
    lathe("bottle", [*outside, *inside], amber, segments=96)
    serum = surfaces.bottle_glass("serum", tint=(0.92, 0.70, 0.34), ior=1.36)
    full = [
        (0.0004, 0.0053), (r * 0.6, 0.0054), (r * 0.87, 0.0062), (r * 0.905, 0.009),
        (r * 0.905, 0.059), (r * 0.905, 0.0598), (r * 0.88, 0.0592), (0.0004, 0.0592),
    ]  # fmt: skip
    lathe("serum", full, serum, segments=96)
    lathe("pipette", [(0.0028, 0.014), (0.0034, 0.018), (0.0036, 0.1)], m.glass("pipette"))
    _dropper()
    paper = printed("label", LABEL, roughness=0.7)
    stick("label", LABEL, paper, shape=_wrap, at=(0.0, 0.0, 0.038), turn_deg=(0, 0, 9))


def _dropper() -> None:
    collar = [
        (0.0145, 0.0875), (0.0152, 0.0872), (0.0156, 0.088), (0.0156, 0.1035), (0.0152, 0.1048),
        (0.0142, 0.1052), (0.0100, 0.1053), (0.0098, 0.1053),
    ]  # fmt: skip
    gold = surfaces.cast_metal("gold", (0.78, 0.53, 0.24), roughness=0.2, relief_m=0.00005)
    lathe("collar", collar, gold, segments=96)
    bulb = [
        (0.0098, 0.105), (0.0099, 0.1075), (0.0092, 0.1085), (0.0088, 0.110), (0.0090, 0.118),
        (0.0090, 0.128), (0.0082, 0.1345), (0.0058, 0.1385), (0.0025, 0.1398), (0.0003, 0.14),
    ]  # fmt: skip
    lathe("bulb", bulb, surfaces.rubber("bulb", (0.018, 0.017, 0.016), roughness=0.42))
    tube(
        "seam",
        [(0.0, -0.0092, 0.109), (0.0, -0.0092, 0.129)],
        0.00025,
        m.matte("seam", (0.02, 0.02, 0.02)),
    )


def _wrap(u: float, v: float) -> Point:
    radius = RADIUS_M + 0.00022
    angle = u / radius
    return (radius * sin(angle), -radius * cos(angle), v)


SAMPLE = Sample(
    name="amber-bottle",
    title="Night serum in an amber dropper bottle",
    title_zh="琥珀滴管瓶晚间精华",
    category="beauty",
    description="Overnight face serum with fig seed oil and squalane, 50 ml in amber glass.",
    size_cm=(4.8, 14.0, 4.8),
    tags=("beauty", "skincare", "serum", "glass", "dropper", "label", "护肤", "精华"),
    label_text=("LORREL", "apothecary", "NIGHT SERUM", "fig seed + squalane", "50 ml / 1.7 fl oz"),
    camera=closeup(0.14, fill=0.64, pitch_deg=9.0, f_number=9.0, nearer_m=0.01, tall=True),
    room=rooms.bathroom_shelf,
    product=build,
    exposure=0.3,
    bounces=9,
)
