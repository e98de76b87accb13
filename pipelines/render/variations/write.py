"""Renders drawn sets and writes their layers, one folder and one index line each."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.render.capture import render_geometry, render_linear
from pipelines.render.cycles import Quality, clear_scene, configure, place_camera
from pipelines.render.variations.build import SURFACE_INDEX, build
from pipelines.render.variations.coding import (
    carries,
    encode_depth,
    encode_light,
    encode_normals,
    exposure_for,
)
from pipelines.render.variations.index import FILES, append, entry, finished, folder_of
from pipelines.render.variations.recipe import Variation, draw

SMALL = Quality(samples=6, noise_threshold=0.05, max_bounces=3, denoiser="FAST", prefilter="FAST")
"""For each of the two light layers; both are denoised before they are added."""


def write_variations(root: Path, *, count: int, seed: int, size_px: int) -> Iterator[float]:
    """Write the sets 0 to ``count`` - 1 that are missing; yields each one's seconds.

    Raises
    ------
    ValueError
        The folder holds sets of another seed or size.
    """
    root.mkdir(parents=True, exist_ok=True)
    done = finished(root, seed=seed, size_px=size_px)
    for number in range(count):
        if number in done:
            continue
        started = time.monotonic()
        _write_one(root, draw(seed, number, size_px=size_px))
        yield time.monotonic() - started


def _write_one(root: Path, variation: Variation) -> None:
    folder = root / folder_of(variation.number)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    key, ambient = _light_layers(variation)
    exposure = exposure_for(key + ambient, stops=variation.exposure_stops)
    _save_picture(folder / FILES["picture"], key + ambient, exposure_stops=exposure)
    measured = {"exposure_stops": exposure, **_save_light(folder, key, ambient)}
    geometry = render_geometry()
    Image.fromarray(encode_depth(geometry.depth_m)).save(folder / FILES["depth"])
    Image.fromarray(encode_normals(geometry.normals)).save(folder / FILES["normals"])
    on_it = geometry.indices == SURFACE_INDEX
    mask = carries(on_it, geometry.normals, pitch_deg=variation.camera.pitch_deg)
    Image.fromarray(mask).save(folder / FILES["surface"])
    append(root, entry(variation, measured=measured))


def _light_layers(variation: Variation) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The key's light and everything else's, linear (H, W, 3); their sum is the whole light."""
    clear_scene()
    configure(SMALL)
    place_camera(variation.camera)
    lamp = build(variation)
    background = bpy.context.scene.world.node_tree.nodes["Background"]
    strength = background.inputs["Strength"]
    before, strength.default_value = strength.default_value, 0.0
    key = render_linear()[..., :3]
    strength.default_value = before
    lamp.hide_render = True
    ambient = render_linear()[..., :3]
    lamp.hide_render = False
    return np.maximum(key, 0), np.maximum(ambient, 0)


def _save_light(
    folder: Path, key: NDArray[np.float32], ambient: NDArray[np.float32]
) -> dict[str, float]:
    scales = {}
    for name, layer in (("key", key), ("ambient", ambient)):
        coded = encode_light(layer)
        Image.fromarray(coded.pixels).save(folder / FILES[name])
        scales[f"{name}_scale"] = coded.scale
    return scales


def _save_picture(path: Path, rgb_linear: NDArray[np.float32], *, exposure_stops: float) -> None:
    """Save light as the camera's JPEG would show it, through the same view as the plates."""
    scene = bpy.context.scene
    height, width = rgb_linear.shape[:2]
    image = bpy.data.images.new("sum", width, height, float_buffer=True)
    image.colorspace_settings.name = "Linear Rec.709"
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., :3] = rgb_linear[::-1]
    image.pixels.foreach_set(pixels.ravel())
    scene.view_settings.exposure = exposure_stops
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "PNG", "RGB", "8"
    image.save_render(str(path), scene=scene)
    bpy.data.images.remove(image)
