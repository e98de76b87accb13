"""The rooms that sellers photograph in: a table or floor, something behind it, one window."""

from __future__ import annotations

from pipelines.render import materials as m
from pipelines.render.cycles import add_lamp, set_world_color, set_world_hdri
from pipelines.render.lights import Rgb, Softbox
from pipelines.render.plates import dressing, foliage
from pipelines.render.plates.solids import box

DAYLIGHT: Rgb = (1.0, 0.96, 0.9)


def window(
    azimuth_deg: float,
    *,
    elevation_deg: float = 35.0,
    power_w: float = 45.0,
    size_m: tuple[float, float] = (0.9, 1.3),
    distance_m: float = 1.6,
    color: Rgb = DAYLIGHT,
) -> None:
    """A bright window out of the picture; shiny things mirror it."""
    lamp = Softbox(
        azimuth_deg=azimuth_deg,
        elevation_deg=elevation_deg,
        distance_m=distance_m,
        width_m=size_m[0],
        height_m=size_m[1],
        power_w=power_w,
        color_rgb_linear=color,
    )
    add_lamp(lamp, name="window")


def bathroom_shelf() -> None:
    """Green zellige tiles behind an oak shelf, a fern in a pot, a folded cloth."""
    set_world_color((0.75, 0.85, 1.0), strength=0.22)
    window(285.0, power_w=30.0, distance_m=1.3)
    dressing.table(m.wood("shelf", light=(0.5, 0.33, 0.19), dark=(0.25, 0.14, 0.07)), back_m=0.24)
    zellige = m.tiles(
        "zellige", (0.10, 0.20, 0.16), width_m=0.075, height_m=0.075, offset=0.0, vary=0.35
    )
    dressing.wall(zellige, behind_m=0.26)
    pot = m.matte("pot", (0.62, 0.58, 0.52))
    dressing.cup(pot, at=(0.15, 0.12, 0.0), radius_m=0.036, height_m=0.06)
    green = m.leaf("fern", (0.09, 0.24, 0.05))
    foliage.bouquet(
        (0.15, 0.12, 0.055), foliage.OLIVE, green, green, stems=9, reach_m=0.13, leaves=16, seed=4
    )
    soap = m.matte("soap", (0.78, 0.70, 0.58), roughness=0.5)
    box(
        "soap",
        (0.075, 0.05, 0.022),
        soap,
        at=(-0.14, 0.09, 0.0),
        turn_deg=(0, 0, 14),
        bevel_m=0.008,
    )


def breakfast_table() -> None:
    """A light oak table before a garden window, books and a glass of leaves behind."""
    set_world_hdri("forest", strength=0.9, rotation_deg=200.0)
    window(70.0, power_w=24.0, elevation_deg=40.0)
    dressing.table(m.wood("table", light=(0.55, 0.39, 0.24), dark=(0.32, 0.2, 0.1)), back_m=0.42)
    paint = m.matte("frame", (0.72, 0.71, 0.68), roughness=0.35)
    for x in (-0.52, 0.06, 0.64):
        box("post", (0.05, 0.06, 1.6), paint, at=(x, 0.72, -0.3), bevel_m=0.004)
    box("rail", (2.4, 0.07, 0.10), paint, at=(0.0, 0.72, -0.08), bevel_m=0.004)
    paper = m.matte("pages", (0.8, 0.76, 0.68))
    dressing.book(
        m.matte("cover", (0.35, 0.09, 0.06)), paper, at=(-0.25, 0.22, 0.0), size=(0.2, 0.14, 0.024),
        turn_deg=8.0,
    )  # fmt: skip
    dressing.book(
        m.matte("cover", (0.12, 0.18, 0.24)), paper, at=(-0.24, 0.22, 0.0245),
        size=(0.18, 0.13, 0.018), turn_deg=-4.0,
    )  # fmt: skip
    vase = m.glazed("vase", (0.6, 0.56, 0.5))
    dressing.vase(vase, at=(0.25, 0.25, 0.0), height_m=0.12, belly_m=0.04, neck_m=0.018)
    green = m.leaf("green", (0.16, 0.27, 0.10))
    foliage.bouquet(
        (0.25, 0.25, 0.11),
        foliage.EUCALYPTUS,
        green,
        green,
        stems=6,
        reach_m=0.2,
        leaves=12,
        seed=3,
    )


def nursery_floor() -> None:
    """A rug on a nursery floor, blush wall, a basket and wooden balls."""
    set_world_color((0.85, 0.9, 1.0), strength=0.35)
    window(300.0, power_w=55.0, elevation_deg=38.0)
    dressing.table(m.wood("floor", light=(0.5, 0.36, 0.22), dark=(0.3, 0.19, 0.1)), back_m=1.4)
    dressing.wall(m.plaster("wall", (0.58, 0.40, 0.33), stain=0.1), behind_m=0.95)
    box("skirting", (6.0, 0.02, 0.09), m.matte("white", (0.75, 0.73, 0.7), roughness=0.4),
        at=(0.0, 0.93, 0.0), bevel_m=0.003)  # fmt: skip
    dressing.cup(
        m.linen("basket", (0.5, 0.38, 0.22)), at=(0.3, 0.55, 0.0), radius_m=0.12, height_m=0.19
    )
    dressing.ball(m.matte("mustard", (0.6, 0.35, 0.06)), at=(-0.27, 0.42, 0.0), radius_m=0.045)
    dressing.ball(m.matte("sage", (0.25, 0.33, 0.2)), at=(-0.18, 0.55, 0.0), radius_m=0.035)


def dressing_table() -> None:
    """A vanity of pale stone, a mauve wall close behind, dried flowers, a brass dish."""
    set_world_hdri("interior", strength=0.55, rotation_deg=40.0)
    window(250.0, power_w=16.0, elevation_deg=32.0, distance_m=1.1, size_m=(0.6, 0.9))
    window(70.0, power_w=5.0, elevation_deg=25.0, distance_m=1.2, size_m=(0.3, 0.9))
    dressing.table(m.marble("vanity", base=(0.8, 0.76, 0.72), roughness=0.2), back_m=0.5)
    dressing.wall(m.plaster("wall", (0.33, 0.235, 0.23), stain=0.16), behind_m=0.42)
    vase = m.glazed("vase", (0.66, 0.6, 0.55), roughness=0.35)
    dressing.vase(vase, at=(-0.13, 0.2, 0.0), height_m=0.085, belly_m=0.034, neck_m=0.012)
    dry = m.leaf("dry", (0.52, 0.34, 0.22), gloss=0.8)
    foliage.bouquet(
        (-0.13, 0.2, 0.08), foliage.OLIVE, dry, dry, stems=7, reach_m=0.14, leaves=12, seed=9
    )
    brass = m.metal("brass", (0.8, 0.56, 0.25), roughness=0.22)
    dressing.bowl(brass, at=(0.12, 0.13, 0.0), radius_m=0.04, height_m=0.018)


def tiled_counter() -> None:
    """A dark stone counter, white brick tiles, a board and cups."""
    set_world_hdri("interior", strength=0.6, rotation_deg=150.0)
    window(295.0, power_w=24.0, elevation_deg=30.0, distance_m=1.3)
    window(60.0, power_w=6.0, elevation_deg=20.0, distance_m=1.4, size_m=(0.4, 1.1))
    counter = m.stone(
        "counter", (0.10, 0.10, 0.11), (0.05, 0.05, 0.055), roughness=0.35, relief_m=0.0005
    )
    dressing.table(counter, back_m=0.52)
    dressing.wall(m.tiles("tiles", (0.66, 0.66, 0.63), width_m=0.15, height_m=0.075), behind_m=0.5)
    board = m.wood("board", light=(0.36, 0.2, 0.1), dark=(0.17, 0.08, 0.035))
    box(
        "board",
        (0.22, 0.018, 0.34),
        board,
        at=(-0.26, 0.44, 0.0),
        turn_deg=(-9, 0, 4),
        bevel_m=0.006,
    )
    cups = m.glazed("cups", (0.75, 0.72, 0.66))
    dressing.cup(cups, at=(0.21, 0.22, 0.0), radius_m=0.032, height_m=0.055)
    dressing.cup(cups, at=(0.27, 0.29, 0.0), radius_m=0.032, height_m=0.055)


def bedroom_bench() -> None:
    """A pale bench before a cream wall: little separates white goods from it."""
    set_world_color((0.8, 0.88, 1.0), strength=0.35)
    window(292.0, power_w=85.0, elevation_deg=34.0, distance_m=1.7)
    bench = m.wood("bench", light=(0.62, 0.47, 0.31), dark=(0.4, 0.27, 0.15), roughness=0.6)
    dressing.table(bench, back_m=0.34, thick_m=0.04)
    dressing.wall(m.plaster("wall", (0.64, 0.58, 0.49), stain=0.1), behind_m=0.75)
    vase = m.matte("vase", (0.42, 0.24, 0.15))
    dressing.vase(vase, at=(0.36, 0.2, 0.0), height_m=0.24, belly_m=0.075, neck_m=0.03)
    green = m.leaf("olive", (0.17, 0.23, 0.11))
    foliage.bouquet(
        (0.36, 0.2, 0.22), foliage.OLIVE, green, green, stems=7, reach_m=0.36, leaves=18, seed=12
    )


def hallway() -> None:
    """A walnut floor, a sage wall, a stool and a plant; light from a door at the right."""
    set_world_color((0.8, 0.9, 1.0), strength=0.4)
    window(62.0, power_w=110.0, elevation_deg=30.0, distance_m=2.0, size_m=(1.0, 1.6))
    floor = m.wood("floor", light=(0.24, 0.13, 0.07), dark=(0.1, 0.05, 0.025), roughness=0.38)
    dressing.table(floor, back_m=1.6, front_m=1.2, width_m=4.0)
    dressing.wall(m.plaster("wall", (0.31, 0.35, 0.28), stain=0.15), behind_m=1.05)
    box("skirting", (6.0, 0.02, 0.14), m.matte("white", (0.72, 0.7, 0.66), roughness=0.4),
        at=(0.0, 1.03, 0.0), bevel_m=0.004)  # fmt: skip
    basket = m.linen("pot", (0.45, 0.36, 0.24))
    dressing.cup(basket, at=(-0.46, 0.66, 0.0), radius_m=0.13, height_m=0.24)
    green = m.leaf("rubber plant", (0.06, 0.17, 0.05))
    foliage.bouquet(
        (-0.46, 0.66, 0.22), foliage.Leaf(length_m=0.17, width_m=0.08, droop=0.35), green, green,
        stems=9, reach_m=0.55, leaves=9, seed=21,
    )  # fmt: skip


def work_desk() -> None:
    """A charcoal desk mat on oak, books upright behind, a window at the left."""
    set_world_hdri("city", strength=0.3, rotation_deg=300.0)
    window(290.0, power_w=34.0, elevation_deg=36.0)
    window(75.0, power_w=6.0, elevation_deg=22.0, size_m=(0.4, 1.2), color=(1.0, 0.8, 0.6))
    dressing.table(m.wood("desk", light=(0.46, 0.31, 0.18), dark=(0.24, 0.14, 0.07)), back_m=0.5)
    dressing.wall(m.plaster("wall", (0.24, 0.29, 0.34), stain=0.12), behind_m=0.95)
    paper = m.matte("pages", (0.8, 0.76, 0.68))
    spines: list[Rgb] = [
        (0.5, 0.12, 0.05),
        (0.62, 0.55, 0.42),
        (0.08, 0.13, 0.2),
        (0.55, 0.36, 0.08),
    ]
    for i, color in enumerate(spines):
        cover = m.matte(f"cover {i}", color, roughness=0.55)
        size = (0.21 - 0.012 * i, 0.15, 0.025)
        turn_deg = (-6.0, 5.0, -2.0, 9.0)[i]
        dressing.book(cover, paper, at=(0.27, 0.34, 0.026 * i), size=size, turn_deg=turn_deg)
    pot = m.matte("pot", (0.6, 0.57, 0.52))
    dressing.cup(pot, at=(-0.28, 0.33, 0.0), radius_m=0.05, height_m=0.09)
    green = m.leaf("succulent", (0.12, 0.25, 0.1))
    leaf = foliage.Leaf(length_m=0.09, width_m=0.02, droop=0.2)
    foliage.bouquet(
        (-0.28, 0.33, 0.08), leaf, green, green, stems=9, reach_m=0.14, leaves=6, seed=5
    )
