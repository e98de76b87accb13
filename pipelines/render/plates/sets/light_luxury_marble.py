"""White marble, brass and eucalyptus in low sun through a window."""

from __future__ import annotations

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface

KEY = Sun(
    azimuth_deg=298.0,
    elevation_deg=34.0,
    angular_diameter_deg=1.6,
    irradiance=6.0,
    color_rgb_linear=(1.0, 0.88, 0.72),
)
BRASS = (0.78, 0.52, 0.22)


def build() -> None:
    """Set the slab, the wall, brass and leaves."""
    set_world_color((0.86, 0.9, 1.0), strength=0.5)
    dressing.table(m.marble("marble"), back_m=0.42)
    dressing.wall(m.plaster("wall", (0.76, 0.65, 0.53)), behind_m=1.5)
    dressing.window_bars(KEY, pane_m=(0.34, 0.5), panes=(9, 5), distance_m=2.0, aim=(0.02, 0, 0))
    vase = (-0.29, 0.28, 0.0)
    dressing.vase(
        m.glazed("vase", (0.80, 0.77, 0.72), roughness=0.35), at=vase, height_m=0.17, belly_m=0.055
    )
    green = m.leaf("eucalyptus", (0.13, 0.24, 0.15))
    bark = m.matte("bark", (0.22, 0.12, 0.07))
    foliage.bouquet(
        (-0.29, 0.28, 0.15),
        foliage.EUCALYPTUS,
        green,
        bark,
        stems=7,
        reach_m=0.36,
        leaves=15,
        seed=3,
        lean=(0.05, 0.1, 0),
    )
    brass = m.metal("brass", BRASS, roughness=0.2)
    dressing.disc(brass, at=(0.29, 0.27, 0.0), radius_m=0.10, height_m=0.012)
    dressing.cup(
        m.glazed("candle", (0.82, 0.80, 0.77)),
        at=(0.315, 0.29, 0.012),
        radius_m=0.04,
        height_m=0.085,
        flare=0.0,
    )
    dressing.cup(brass, at=(0.25, 0.23, 0.012), radius_m=0.022, height_m=0.05)


PLATE = Plate(
    name="light-luxury-marble",
    title="Light luxury marble",
    title_zh="轻奢大理石",
    style="marble",
    tags=(
        "marble",
        "luxury",
        "bright",
        "cosmetics",
        "skincare",
        "brass",
        "eucalyptus",
        "大理石",
        "轻奢",
        "护肤",
    ),
    prompt=(
        "{product} standing on a polished white marble slab with grey veins, eucalyptus"
        " in a pale ceramic vase and brass accents out of focus behind, warm beige "
        "plaster wall, low sun from the front left through a window, soft window "
        "shadows, 60 mm lens, shallow depth of field, product photograph"
    ),
    camera=Camera(pitch_deg=10.0, focal_mm=60.0, distance_m=0.9, f_number=2.2),
    key=KEY,
    surface=Surface(material="polished marble", roughness=0.12, reflectance=0.04),
    build=build,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.62),
        Anchor(name="left third", point=(-0.09, 0.0, 0.0), max_width=0.34, max_height=0.6),
        Anchor(name="right third", point=(0.09, 0.0, 0.0), max_width=0.34, max_height=0.6),
    ),
)
