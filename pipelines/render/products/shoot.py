"""Photographs a sample in its room, then again with the room unseen, and writes its folder.

An opaque product's cutout has the photo's own colours, under an alpha rendered apart. A clear one
is rendered again before empty film, since its photo shows the room through it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from pipelines.render.camera import Camera
from pipelines.render.cycles import (
    PREVIEW,
    Quality,
    clear_scene,
    configure,
    place_camera,
    render_png,
)
from pipelines.render.products.record import CUTOUT_FILE, PHOTO_FILE, RECORD_FILE, sample_toml
from pipelines.render.products.sample import Sample
from pipelines.render.shading import Graph

PHOTO = Quality(samples=10, noise_threshold=0.1)
CLEAR_CUTOUT = Quality(samples=32, noise_threshold=0.06)
ALPHA_SAMPLES = 64
"""Flat material, no bounce: cheap enough for a fine alpha, which the denoiser leaves alone."""
WEBP_QUALITY = 91
GRAIN = 1.1
"""Standard deviation of the sensor grain in 8-bit steps; hides banding in smooth gradients."""
GLASS_MEDIAN_PX = 7
SOLID = ("MESH", "CURVE", "CURVES")
"""What a camera sees of a product; CURVES are hair."""
MARGIN = 0.03
"""Of the frame, left around the product when it is cut out."""
TRUSTED_ALPHA = 24
"""Below this alpha, of 255, eight bits leave too little colour to divide by alpha."""


class Staged(Protocol):
    """What is to be photographed: a `Sample`, or a picture of a matting set."""

    @property
    def camera(self) -> Camera:
        """Where it is seen from."""
        ...

    @property
    def room(self) -> Callable[[], None]:
        """Builds the surroundings and their lamps."""
        ...

    @property
    def product(self) -> Callable[[], None]:
        """Builds the product, standing on z = 0."""
        ...

    @property
    def clear(self) -> bool:
        """Whether parts of it are clear glass."""
        ...

    @property
    def bounces(self) -> int:
        """Of light."""
        ...

    @property
    def look(self) -> str:
        """Contrast of the view transform."""
        ...

    @property
    def exposure(self) -> float:
        """Of the view, in stops."""
        ...


def preview_sample(sample: Sample, path: Path, *, size_px: int = 384) -> None:
    """A small, noisy picture to judge the product and its room by."""
    set_up(_shrunk(sample, size_px), PREVIEW)
    render_png(path)


def produce_sample(sample: Sample, folder: Path) -> None:
    """Render photo and cutout, then write the folder's three files."""
    room = set_up(sample, PHOTO)
    with tempfile.TemporaryDirectory() as scratch:
        photo, alone = Path(scratch) / "photo.png", Path(scratch) / "alone.png"
        render_png(photo)
        leave_product_alone(sample, room)
        if not sample.clear:
            flatten()
        render_png(alone, alpha=True)
        folder.mkdir(parents=True, exist_ok=True)
        _save_photo(photo, folder / PHOTO_FILE)
        rgba = (
            settle_glass(_read(alone)) if sample.clear else _under_alpha(_read(photo), _read(alone))
        )
    trusted = TRUSTED_ALPHA if sample.clear else 255
    Image.fromarray(bleed_edge(rgba, trusted_alpha=trusted)).save(
        folder / CUTOUT_FILE, quality=WEBP_QUALITY, method=6, alpha_quality=100, exact=True
    )
    (folder / RECORD_FILE).write_text(sample_toml(sample), encoding="utf-8")


def preview_cutout(sample: Sample, path: Path, *, size_px: int = 384) -> None:
    """The cutout, small and noisy, to judge its alpha by."""
    room = set_up(_shrunk(sample, size_px), PREVIEW)
    leave_product_alone(sample, room)
    render_png(path, alpha=True)


def _shrunk(sample: Sample, size_px: int) -> Sample:
    camera = sample.camera
    height_px = round(size_px * camera.height_px / camera.width_px)
    return replace(sample, camera=replace(camera, width_px=size_px, height_px=height_px))


def set_up(sample: Staged, quality: Quality) -> list[bpy.types.Object]:
    """Build room and product in an empty scene; returns what belongs to the room."""
    clear_scene()
    _configure(sample, quality)
    place_camera(sample.camera)
    sample.room()
    room = [item for item in bpy.context.scene.objects if item.type not in ("LIGHT", "CAMERA")]
    sample.product()
    return room


def _configure(sample: Staged, quality: Quality, *, transparent: bool = False) -> None:
    quality = replace(quality, max_bounces=sample.bounces)
    configure(quality, transparent=transparent, look=sample.look, exposure=sample.exposure)


def leave_product_alone(
    sample: Staged, room: list[bpy.types.Object], *, quality: Quality = CLEAR_CUTOUT
) -> None:
    """Hide the room from the lens only: it goes on lighting the product and mirroring in it.

    In clear glass the film is left transparent, too, for what would be seen through it. Coloured
    glass stays opaque and shows the room as the photo does.
    """
    _configure(sample, quality, transparent=True)
    for item in room:
        item.visible_camera = False
        if sample.clear:
            item.visible_transmission = False
    _limit_to(sample, room)
    cycles = bpy.context.scene.cycles
    cycles.film_transparent_glass = sample.clear
    cycles.film_transparent_roughness = 0.3


def _limit_to(sample: Staged, room: list[bpy.types.Object]) -> None:
    """Spend the work on the product's part of the frame only."""
    product = [i for i in bpy.context.scene.objects if i.type in SOLID and i not in room]
    bpy.context.view_layer.update()
    corners = [tuple(i.matrix_world @ Vector(corner)) for i in product for corner in i.bound_box]
    spots = [sample.camera.project(corner) for corner in corners]
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    render = bpy.context.scene.render
    render.use_border, render.use_crop_to_border = True, False
    render.border_min_x, render.border_max_x = max(0, min(xs) - MARGIN), min(1, max(xs) + MARGIN)
    # Borders count from the frame's foot.
    render.border_min_y, render.border_max_y = (
        max(0, 1 - max(ys) - MARGIN),
        min(1, 1 - min(ys) + MARGIN),
    )


def flatten() -> None:
    """Leave nothing of the product but its coverage."""
    flat = Graph("flat")
    bpy.context.view_layer.material_override = flat.finish(flat.node("Emission"))
    cycles = bpy.context.scene.cycles
    cycles.samples = ALPHA_SAMPLES
    cycles.use_adaptive_sampling, cycles.use_denoising = False, False


def _read(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))


def _under_alpha(photo: NDArray[np.uint8], alone: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The photo's colours, uint8 (H, W, 4), with the alpha of the product alone."""
    return np.concatenate([photo[..., :3], alone[..., 3:]], axis=-1)


def _save_photo(source: Path, target: Path) -> None:
    with Image.open(source) as image:
        picture = with_grain(np.asarray(image.convert("RGB")))
    Image.fromarray(picture).save(target, quality=WEBP_QUALITY, method=6)


def with_grain(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture as a sensor would have it, uint8 (H, W, 3)."""
    grain = np.random.default_rng(11).normal(0.0, GRAIN, (*rgb.shape[:2], 1))
    return np.clip(np.round(rgb.astype(np.float32) + grain), 0, 255).astype(np.uint8)


def settle_glass(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Quiet what sampling leaves of noise in a clear product's alpha, its outline untouched.

    The denoiser works on colour only. Medians keep the edges between glass, liquid and label.

    Parameters
    ----------
        rgba : uint8 (H, W, 4), straight
    """
    alpha = rgba[..., 3].astype(np.float32) / 255.0
    within = ndimage.binary_erosion(ndimage.binary_fill_holes(alpha > 0), iterations=5)
    premultiplied = rgba[..., :3].astype(np.float32) * alpha[..., None]
    calm_alpha = np.where(within, ndimage.median_filter(alpha, size=GLASS_MEDIAN_PX), alpha)
    calm = ndimage.median_filter(premultiplied, size=(GLASS_MEDIAN_PX, GLASS_MEDIAN_PX, 1))
    sheer = within & (calm_alpha < 0.95)
    settled = rgba.copy()
    settled[..., 3] = np.round(calm_alpha * 255.0)
    straight = calm[sheer] / np.maximum(calm_alpha[sheer], 1 / 255)[:, None]
    settled[sheer, :3] = np.clip(np.round(straight), 0, 255)
    return settled


def bleed_edge(rgba: NDArray[np.uint8], *, trusted_alpha: int) -> NDArray[np.uint8]:
    """Give pixels below ``trusted_alpha`` the colour of the nearest that is not.

    Parameters
    ----------
        rgba : uint8 (H, W, 4), straight
    """
    thin = rgba[..., 3] < trusted_alpha
    nearest = ndimage.distance_transform_edt(thin, return_distances=False, return_indices=True)
    filled = rgba.copy()
    filled[..., :3] = rgba[nearest[0], nearest[1], :3]
    return filled
