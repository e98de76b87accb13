"""A product really standing on a set, to compare a compositor's shadow and mirror image with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy

from pipelines.render import materials
from pipelines.render.camera import Point
from pipelines.render.cycles import Quality, render_png
from pipelines.render.plates.measure import shrunk
from pipelines.render.plates.plate import Plate
from pipelines.render.plates.produce import set_up
from pipelines.render.plates.solids import lathe

TRUTH = Quality(samples=24, noise_threshold=0.05, max_bounces=6)
TRUTH_PX = 768
BOTTLE_M = 0.18


def render_truth(plate: Plate, folder: Path) -> None:
    """Write the set bare, with a bottle on its first anchor, and that bottle alone.

    ``without.png``, ``with.png`` and ``cutout.png``; the cutout is straight RGBA, lit by the set.
    """
    set_up(replace(plate, camera=shrunk(plate.camera, TRUTH_PX)), TRUTH)
    render_png(folder / "without.png")
    furniture = list(bpy.context.scene.objects)
    _bottle(plate.anchors[0].point)
    render_png(folder / "with.png")
    for item in furniture:
        item.visible_camera = False
    bpy.context.scene.render.film_transparent = True
    render_png(folder / "cutout.png", alpha=True)


def _bottle(at: Point) -> None:
    body = materials.matte("body", (0.10, 0.28, 0.34), roughness=0.35)
    cap = materials.matte("cap", (0.80, 0.77, 0.72), roughness=0.4)
    outline = [
        (0.0, 0.0), (0.029, 0.0), (0.032, 0.002), (0.032, 0.006), (0.032, 0.11), (0.031, 0.122),
        (0.02, 0.136), (0.014, 0.14), (0.014, 0.146),
    ]  # fmt: skip
    lathe("body", outline, body, at=at)
    lid = [(0.0, 0.142), (0.0165, 0.142), (0.0165, 0.178), (0.0155, BOTTLE_M), (0.0, BOTTLE_M)]
    lathe("cap", lid, cap, at=at, smooth_levels=0)
