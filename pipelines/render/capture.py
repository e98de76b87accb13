"""Reads values off a scene instead of a finished picture: scene-linear light and depth."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of the frame, in ratios from the top left."""

    left: float
    top: float
    right: float
    bottom: float


def render_linear(*, region: Region | None = None) -> NDArray[np.float32]:
    """Render scene-linear light, before exposure and view transform.

    Returns
    -------
        float32 (H, W, 4), RGBA, rows from the top, at least 0; ``region`` crops it.
    """
    scene = bpy.context.scene
    settings = scene.render.image_settings
    scene.render.use_border = scene.render.use_crop_to_border = region is not None
    if region is not None:
        scene.render.border_min_x, scene.render.border_max_x = region.left, region.right
        scene.render.border_min_y, scene.render.border_max_y = 1 - region.bottom, 1 - region.top
    settings.file_format = "OPEN_EXR"
    settings.color_mode, settings.color_depth = "RGBA", "32"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "linear.exr"
        scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)
        pixels = _read_exr(path)
    scene.render.use_border = scene.render.use_crop_to_border = False
    return pixels


def render_depth_m() -> NDArray[np.float32]:
    """Distance along the optical axis for each pixel, without lens blur.

    Returns
    -------
        float32 (H, W), metres, rows from the top; 0 where the ray leaves the set.
    """
    scene = bpy.context.scene
    layer, cycles, dof = bpy.context.view_layer, scene.cycles, scene.camera.data.dof
    before = (cycles.samples, cycles.use_denoising, dof.use_dof, scene.render.film_transparent)
    cycles.samples, cycles.use_denoising, dof.use_dof = 1, False, False
    scene.render.film_transparent = True
    layer.material_override = _depth_material()
    pixels = render_linear()
    layer.material_override = None
    cycles.samples, cycles.use_denoising, dof.use_dof, scene.render.film_transparent = before
    return np.where(pixels[..., 3] > 0.5, pixels[..., 0], np.float32(0.0))


def _depth_material() -> bpy.types.Material:
    material = bpy.data.materials.new("depth")
    tree = material.node_tree
    tree.nodes.clear()
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    emission = tree.nodes.new("ShaderNodeEmission")
    view = tree.nodes.new("ShaderNodeCameraData")
    tree.links.new(view.outputs["View Z Depth"], emission.inputs["Color"])
    tree.links.new(emission.outputs["Emission"], output.inputs["Surface"])
    return material


def _read_exr(path: Path) -> NDArray[np.float32]:
    image = bpy.data.images.load(str(path))
    width_px, height_px = image.size
    pixels = np.empty(width_px * height_px * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(height_px, width_px, 4)[::-1]
