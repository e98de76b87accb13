"""Round blocks and an arch in lilac and cream under a hard sun."""

from __future__ import annotations

from math import cos, pi, sin

from pipelines.render import materials as m
from pipelines.render.camera import Camera
from pipelines.render.cycles import set_world_color
from pipelines.render.lights import Sun
from pipelines.render.plates import dressing
from pipelines.render.plates.plate import Anchor, Plate, Surface
from pipelines.render.plates.solids import mesh, round_edges

KEY = Sun(
    azimuth_deg=62.0,
    elevation_deg=38.0,
    angular_diameter_deg=0.9,
    irradiance=5.0,
    color_rgb_linear=(1.0, 0.91, 0.80),
)
LILAC, CREAM, ROSE = (0.56, 0.46, 0.60), (0.86, 0.77, 0.67), (0.74, 0.42, 0.38)


def build() -> None:
    """Set the product's disc, the blocks around it and the wall with its niche."""
    set_world_color((0.78, 0.8, 1.0), strength=0.45)
    lilac, cream, rose = (
        m.plaster(n, c, relief_m=0.0006, stain=0.06)
        for n, c in (("lilac", LILAC), ("cream", CREAM), ("rose", ROSE))
    )
    dressing.disc(cream, at=(0.0, 0.0, -0.05), radius_m=0.15, height_m=0.05, edge_m=0.003)
    floor = dressing.table(lilac, back_m=2.0, thick_m=0.05)
    floor.location.z -= 0.05
    dressing.wall(lilac, behind_m=0.85, from_m=-0.1)
    _arch(cream, at=(0.04, 0.72, -0.05), width_m=0.56, height_m=0.60)
    dressing.disc(rose, at=(-0.27, 0.32, -0.05), radius_m=0.085, height_m=0.17, edge_m=0.003)
    dressing.disc(cream, at=(-0.19, 0.56, -0.05), radius_m=0.07, height_m=0.33, edge_m=0.003)
    dressing.ball(cream, at=(-0.27, 0.32, 0.12), radius_m=0.045)
    dressing.disc(rose, at=(0.29, 0.36, -0.05), radius_m=0.11, height_m=0.07, edge_m=0.003)
    dressing.ball(lilac, at=(0.30, 0.36, 0.02), radius_m=0.06)


def _arch(
    material: object, *, at: tuple[float, float, float], width_m: float, height_m: float
) -> None:
    """A solid slab with a round top, standing before the wall."""
    radius, thick, steps = width_m / 2, 0.08, 48
    outline = [(-radius, 0.0), (radius, 0.0)]
    outline += [
        (radius * cos(pi * k / steps), height_m - radius + radius * sin(pi * k / steps))
        for k in range(steps + 1)
    ]
    count = len(outline)
    points = [(x, y, z) for y in (0.0, thick) for x, z in outline]
    faces = [list(range(count)), [count + i for i in reversed(range(count))]]
    faces += [[i, count + i, count + (i + 1) % count, (i + 1) % count] for i in range(count)]
    round_edges(mesh("arch", points, faces, material, at=at, smooth=False), 0.003)


PLATE = Plate(
    name="podium",
    title="Pastel podium",
    title_zh="柔彩展台",
    style="podium",
    tags=(
        "podium",
        "pastel",
        "lilac",
        "geometric",
        "cosmetics",
        "hard light",
        "展台",
        "几何",
        "美妆",
    ),
    prompt=(
        "{product} standing on a round cream podium, lilac backdrop with a cream arch, "
        "rose and cream cylinders and spheres behind, hard afternoon sun from the front"
        " right with crisp shadows, 60 mm lens, product photograph"
    ),
    camera=Camera(pitch_deg=11.0, focal_mm=60.0, distance_m=0.92, f_number=2.8, frame_y=0.78),
    key=KEY,
    surface=Surface(material="matte plaster", roughness=0.7, reflectance=0.0),
    build=build,
    anchors=(Anchor(name="centre", max_width=0.42, max_height=0.62),),
)
