"""Photographs every product in every room, with exact alpha and true colours; resumes."""

from __future__ import annotations

import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import get_args

import bpy
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.render.camera import Camera, Point
from pipelines.render.cycles import LOOK_CONTRAST, Quality, clear_scene, render_png
from pipelines.render.products.matting_set.framing import frame
from pipelines.render.products.matting_set.goods import Good, Part, goods
from pipelines.render.products.matting_set.index import Entry, Room, read_index, write_index
from pipelines.render.products.matting_set.rooms import build_room
from pipelines.render.products.shoot import (
    SOLID,
    bleed_edge,
    flatten,
    leave_product_alone,
    set_up,
    settle_glass,
    with_grain,
)

LONGEST_M = 0.20
"""Products are brought to this size, so that one room, lens and lamp serves them all."""
PHOTO = Quality(samples=6, noise_threshold=0.2, max_bounces=4)
EDGE = Quality(samples=5, noise_threshold=0.2, max_bounces=4)
"""Of the product before empty film: only its partly covered pixels are kept."""
_TRUSTED_ALPHA = 24
"""Below this alpha, of 255, eight bits leave too little colour to divide by alpha."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One picture to take; what `shoot` needs to know of it."""

    camera: Camera
    room: Callable[[], None]
    product: Callable[[], None]
    clear: bool
    bounces: int
    look: str = LOOK_CONTRAST
    exposure: float = 0.0


def produce_set(folder: Path, *, products: int | None, size_px: int) -> None:
    """Render what is missing of the first ``products`` products (None: all) in every room."""
    folder.mkdir(parents=True, exist_ok=True)
    for good in goods()[:products]:
        wanted = [_entry(good, room) for room in get_args(Room)]
        done = {entry.name for entry in read_index(folder) if _exists(folder, entry)}
        missing = [entry for entry in wanted if entry.name not in done]
        if not missing:
            continue
        camera = _camera(good, size_px)
        for entry in missing:
            began_s = time.monotonic()
            _photograph(good, entry, folder, camera=camera)
            others = [one for one in read_index(folder) if one.name != entry.name]
            write_index(folder, [*others, entry])
            print(f"{entry.name} in {time.monotonic() - began_s:.0f} s", flush=True)


def _entry(good: Good, room: Room) -> Entry:
    name = f"{good.name}--{room}"
    alike = ("white on white", "black on dark")
    # Only on paper of its own tone is white on white and black on dark.
    traits = tuple(sorted(t for t in good.traits if room == "sweep" or t not in alike))
    return Entry(name=name, product=good.name, room=room, opaque=good.opaque, traits=traits,
                 photo=f"{name}_photo.png", cutout=f"{name}_cutout.png")  # fmt: skip


def _exists(folder: Path, entry: Entry) -> bool:
    return (folder / entry.photo).exists() and (folder / entry.cutout).exists()


def _camera(good: Good, size_px: int) -> Camera:
    """The camera that sees the assembled product's box as its view says."""
    clear_scene()
    assemble(good)
    low, high = _bounds(bpy.data.objects["product"])
    corners = [(x, y, z) for x, y, z in product(*zip(low, high, strict=True))]
    return frame(corners, good.view, size_px=size_px)


def _photograph(good: Good, entry: Entry, folder: Path, *, camera: Camera) -> None:
    seed = zlib.crc32(good.name.encode())
    take = Take(
        camera=camera,
        room=lambda: build_room(entry.room, tone=good.tone, seed=seed),
        product=lambda: assemble(good),
        clear=not good.opaque,
        bounces=good.bounces,
    )
    photo, cutout = _shoot(take)
    Image.fromarray(cutout).save(folder / entry.cutout, compress_level=6)
    Image.fromarray(photo).save(folder / entry.photo, compress_level=6)


def _shoot(take: Take) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The photo (H, W, 3) and the truth (H, W, 4), straight, both uint8."""
    room = set_up(take, PHOTO)
    _hurry()
    with tempfile.TemporaryDirectory() as scratch:
        photo, alone, flat = (Path(scratch) / f"{name}.png" for name in ("photo", "alone", "flat"))
        render_png(photo)
        if not take.clear:
            leave_product_alone(take, room, quality=EDGE)
            _hurry()
            render_png(alone, alpha=True)
            flatten()
            render_png(flat, alpha=True)
            cutout = true_colours(_read(photo), _read(alone), _read(flat)[..., 3])
        else:
            leave_product_alone(take, room)
            render_png(alone, alpha=True)
            cutout = bleed_edge(settle_glass(_read(alone)), trusted_alpha=_TRUSTED_ALPHA)
        return with_grain(_read(photo)[..., :3]), cutout


def _hurry() -> None:
    """Render for numbers: three times as fast, and only a lighting artist sees the difference.

    Light beyond its first bounce is guessed from how open a place is, and what was turned or
    bent is smoothed one level instead of two.
    """
    scene = bpy.context.scene
    scene.render.use_simplify, scene.render.simplify_subdivision_render = True, 1
    cycles = scene.cycles
    cycles.use_fast_gi, cycles.fast_gi_method, cycles.ao_bounces_render = True, "REPLACE", 1
    cycles.diffuse_bounces = cycles.glossy_bounces = 2
    cycles.use_light_tree = False
    cycles.adaptive_min_samples = 3
    cycles.denoising_prefilter, cycles.denoising_quality = "FAST", "BALANCED"


def true_colours(
    photo: NDArray[np.uint8], alone: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The truth of an opaque product: the photo's pixels inside, its own colours at the edge.

    The colour of a partly covered pixel is known only from the product before empty film; where
    that is too thin to divide by alpha, the nearest colour goes on.
    """
    seen = bleed_edge(alone, trusted_alpha=_TRUSTED_ALPHA)
    inside = (alpha == 255)[..., None]
    colour = np.where(inside, photo[..., :3], seen[..., :3])
    return np.concatenate([colour, alpha[..., None]], axis=-1).astype(np.uint8)


def _read(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))


def assemble(good: Good) -> None:
    """Build all parts, stand them on z = 0 around the origin, `LONGEST_M` long."""
    whole = bpy.data.objects.new("product", None)
    bpy.context.scene.collection.objects.link(whole)
    for part in good.parts:
        _place(part, whole)
    low, high = _bounds(whole)
    scale = LONGEST_M / max(top - foot for top, foot in zip(high, low, strict=True))
    whole.scale = (scale, scale, scale)
    whole.location = (-(low[0] + high[0]) / 2 * scale, -(low[1] + high[1]) / 2 * scale,
                      -low[2] * scale)  # fmt: skip
    bpy.context.view_layer.update()


def _place(part: Part, whole: bpy.types.Object) -> None:
    """Build a part under a joint of its own."""
    before = set(bpy.context.scene.objects)
    part.build()
    joint = bpy.data.objects.new("part", None)
    bpy.context.scene.collection.objects.link(joint)
    joint.location, joint.scale = part.at, (part.scale,) * 3
    joint.rotation_euler = tuple(np.radians(part.turn_deg))
    joint.parent = whole
    built = [item for item in bpy.context.scene.objects if item not in before and item != joint]
    painted: dict[str, object] = {}
    for item in built:
        if item.parent is None:
            item.parent = joint
        for slot in getattr(item, "material_slots", ()):
            name = slot.material.name.split(".")[0]
            if name in part.paint:
                painted.setdefault(name, part.paint[name]())
                slot.material = painted[name]


def _bounds(whole: bpy.types.Object) -> tuple[Point, Point]:
    """Lowest and highest x, y and z of what stands under ``whole``, from its points."""
    bpy.context.view_layer.update()
    clouds = [_points(item) for item in whole.children_recursive if item.type in SOLID]
    cloud = np.concatenate(clouds)
    low, high = cloud.min(axis=0).tolist(), cloud.max(axis=0).tolist()
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def _points(item: bpy.types.Object) -> NDArray[np.float32]:
    """An object's points in the world, float32 (N, 3), bent and smoothed as it is rendered."""
    solid = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    hair = item.type == "CURVES"
    source = solid.data.attributes["position"].data if hair else solid.to_mesh().vertices
    points = np.empty(3 * len(source), dtype=np.float32)
    source.foreach_get("vector" if hair else "co", points)
    if not hair:
        solid.to_mesh_clear()
    matrix = np.asarray(item.matrix_world, dtype=np.float32)
    world: NDArray[np.float32] = points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
    return world
