"""Builds a set, renders it, measures it and writes its template folder."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from pipelines.render.cycles import (
    FINAL,
    PREVIEW,
    Quality,
    add_lamp,
    clear_scene,
    configure,
    place_camera,
    render_png,
)
from pipelines.render.plates.measure import (
    PROBE,
    measure_depth,
    measure_light,
    measure_palette,
    shrunk,
)
from pipelines.render.plates.plate import Plate
from pipelines.render.plates.record import DEPTH_FILE, PLATE_FILE, RECORD_FILE, template_toml

WEBP_QUALITY = 95
"""Measured on two plates: 93 flattens the grain into blotches, 97 adds half the size unseen."""
GRAIN, COLOR_GRAIN, GRAIN_BLUR_PX = 1.6, 0.8, 0.6
"""Sensor grain in 8-bit steps (standard deviation) and its softness.

Without it WebP quantises smooth gradients into pink and beige patches: on a pastel ramp the
low-frequency error fell from 0.54 to 0.31 steps in blue once each channel had grain of its own.
"""
PREVIEW_PX = 384


def set_up(plate: Plate, quality: Quality) -> bpy.types.Object:
    """Build the whole set in an empty scene; returns its key lamp."""
    clear_scene()
    configure(quality, look=plate.look, exposure=plate.exposure)
    place_camera(plate.camera)
    key = add_lamp(plate.key, name="key", visible=plate.key_in_mirrors)
    plate.build()
    return key


def preview_plate(plate: Plate, path: Path, *, size_px: int = PREVIEW_PX) -> None:
    """A small, noisy picture to judge the set by."""
    set_up(replace(plate, camera=shrunk(plate.camera, size_px)), PREVIEW)
    render_png(path)


def produce_plate(plate: Plate, folder: Path) -> None:
    """Render and measure a plate, then write its folder's three files."""
    key = set_up(plate, FINAL)
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "plate.png"
        render_png(raw)
        with Image.open(raw) as image:
            picture = _grained(image.convert("RGB"))
    depth = measure_depth(plate.camera)
    configure(PROBE)
    light = measure_light(plate, key)
    folder.mkdir(parents=True, exist_ok=True)
    picture.save(folder / PLATE_FILE, quality=WEBP_QUALITY, method=6)
    Image.fromarray(depth.disparity).save(folder / DEPTH_FILE, optimize=True)
    record = template_toml(plate, light=light, depth=depth, palette=measure_palette(picture))
    (folder / RECORD_FILE).write_text(record, encoding="utf-8")


def _grained(picture: Image.Image) -> Image.Image:
    """Add the faint grain that a denoised render lacks."""
    generator = np.random.default_rng(11)
    values = np.asarray(picture, dtype=np.float32)
    for channels, strength in ((1, GRAIN), (3, COLOR_GRAIN)):
        white = generator.normal(0.0, 1.0, (picture.height, picture.width, channels))
        soft = gaussian_filter(white, (GRAIN_BLUR_PX, GRAIN_BLUR_PX, 0.0))
        values = values + soft * (strength / soft.std())
    return Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))
