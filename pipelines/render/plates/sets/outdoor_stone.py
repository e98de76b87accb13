"""A rough slab of stone in a garden; dappled sun through leaves."""

from __future__ import annotations

from random import Random

from mathutils import Vector, noise

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import set_world_hdri
from pipelines.render.lights import Sun, direction_to
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import hide_from_view, sheet

KEY = Sun(
    azimuth_deg=228.0,
    elevation_deg=48.0,
    angular_diameter_deg=0.8,
    irradiance=7.5,
    color_rgb_linear=(1.0, 0.92, 0.78),
)


def build() -> None:
    """Set the slab, moss and pebbles, bushes behind, and a tree's leaves across the sun."""
    set_world_hdri("forest", strength=0.8, rotation_deg=200.0)
    _slab()
    bark = m.matte("bark", (0.10, 0.06, 0.035))
    leaf = m.leaf("laurel", (0.13, 0.30, 0.05))
    random = Random(5)
    for i in range(26):
        x, y = random.uniform(-1.1, 1.1), random.uniform(0.95, 2.2)
        foliage.bouquet(
            (x, y, -0.35),
            foliage.LAUREL,
            leaf,
            bark,
            stems=4,
            reach_m=random.uniform(0.45, 0.95),
            leaves=15,
            seed=100 + i,
            open_deg=30.0,
        )
    pebble = m.stone("pebble", (0.30, 0.28, 0.25), (0.16, 0.15, 0.14), relief_m=0.001)
    for x, y, r in (
        (0.27, 0.23, 0.035),
        (0.33, 0.28, 0.05),
        (0.30, 0.18, 0.018),
        (-0.31, 0.30, 0.028),
    ):
        item = dressing.ball(pebble, at=(x, y, -0.006), radius_m=r)
        item.scale, item.location.z = (1.25, 1.0, 0.62), r * 0.55
    foliage.bouquet(
        (-0.36, 0.36, -0.01),
        foliage.OLIVE,
        m.leaf("grass", (0.12, 0.26, 0.05)),
        bark,
        stems=9,
        reach_m=0.2,
        leaves=12,
        seed=77,
        open_deg=45.0,
    )
    _dapple(leaf, bark)


def _slab() -> None:
    rock = m.stone("slab", (0.34, 0.29, 0.235), (0.15, 0.125, 0.10), roughness=0.85, relief_m=0.004)

    def split(u: float, v: float) -> tuple[float, float, float]:
        at = Vector((u * 4.0, v * 4.0, 0.0))
        rough = (
            noise.fractal(at, 0.9, 2.1, 6) * 0.0035 + noise.fractal(at * 7, 0.8, 2.1, 4) * 0.0009
        )
        ragged = 0.012 * noise.noise(Vector((u * 9.0, 3.0, 0.0))) + 0.02 * noise.noise(
            Vector((u * 2.5, 9.0, 0.0))
        )
        over = max(0.0, v - 0.50 - ragged)
        return (u, v - 0.7 * over, min(0.0, rough - 0.002) - (over * 3.2 if over else 0.0))

    sheet("slab", (2.4, 1.5), rock, shape=split, steps=(520, 330))


def _dapple(leaf: object, bark: object) -> None:
    """Branches between the sun and the set; their gaps leave the product's place lit."""
    toward = Vector(direction_to(KEY.azimuth_deg, KEY.elevation_deg))
    random = Random(9)
    for i in range(22):
        spot = Vector((random.uniform(-0.9, 0.9), random.uniform(-0.5, 0.9), 0.0))
        if spot.length < 0.17:
            continue
        foot = spot + toward * random.uniform(1.6, 2.4)
        for item in foliage.bouquet(
            tuple(foot),
            foliage.LAUREL,
            leaf,
            bark,
            stems=3,
            reach_m=0.3,
            leaves=9,
            seed=300 + i,
            open_deg=80.0,
        ):
            hide_from_view(item)


PLATE = Plate(
    name="outdoor-stone",
    title="Outdoor stone",
    title_zh="户外石台",
    style="stone",
    tags=("outdoor", "stone", "garden", "nature", "green", "sun", "户外", "石头", "自然"),
    prompt=(
        "{product} standing on a rough natural stone slab in a garden, green laurel "
        "bushes far out of focus behind, dappled warm sun from the back left through "
        "leaves, 65 mm lens, shallow depth of field, outdoor product photograph"
    ),
    camera=Camera(pitch_deg=10.0, focal_mm=62.0, distance_m=0.92, f_number=2.0, frame_y=0.79),
    key=KEY,
    surface=Surface(material="split sandstone", roughness=0.85, reflectance=0.0),
    build=build,
    exposure=-0.35,
    anchors=(
        Anchor(name="centre", max_width=0.45, max_height=0.63),
        Anchor(name="left third", point=(-0.09, 0.0, 0.0), max_width=0.32, max_height=0.6),
        Anchor(name="right third", point=(0.09, -0.02, 0.0), max_width=0.32, max_height=0.6),
    ),
)
