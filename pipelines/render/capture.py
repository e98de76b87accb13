"""Reads values off a scene instead of a finished picture: scene-linear light and depth."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from pipelines.render.shading import Graph


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
    pixels = _render_override(_depth_material())
    return np.where(pixels[..., 3] > 0.5, pixels[..., 0], np.float32(0.0))


def _render_override(material: bpy.types.Material) -> NDArray[np.float32]:
    """Every surface in one emitting material, one sample a pixel, all sharp."""
    scene = bpy.context.scene
    layer, cycles, dof = bpy.context.view_layer, scene.cycles, scene.camera.data.dof
    before = (cycles.samples, cycles.use_denoising, dof.use_dof, scene.render.film_transparent)
    cycles.samples, cycles.use_denoising, dof.use_dof = 1, False, False
    scene.render.film_transparent = True
    layer.material_override = material
    pixels = render_linear()
    layer.material_override = None
    cycles.samples, cycles.use_denoising, dof.use_dof, scene.render.film_transparent = before
    return pixels


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """What the lens meets first, without lens blur.

    Attributes
    ----------
    depth_m
        float32 (H, W), metres along the optical axis, 0 where the ray leaves the set.
    normals
        float32 (H, W, 3), unit, as the camera sees them: x right, y up, z towards the lens.
    indices
        int32 (H, W), Blender's pass index of the object met.
    """

    depth_m: NDArray[np.float32]
    normals: NDArray[np.float32]
    indices: NDArray[np.int32]


_INDEX_STEP = 4.0
"""Normals run from -1 to 1; shifted by 1 they leave room for the index in steps of 4."""


def render_geometry() -> Geometry:
    """Depth, normals and object indices from one render of one sample a pixel."""
    pixels = _render_override(_geometry_material())
    hit = pixels[..., 3] > 0.5
    indices = np.where(hit, np.floor(pixels[..., 0] / _INDEX_STEP), 0).astype(np.int32)
    x = pixels[..., 0] - indices * _INDEX_STEP - 1.0
    y = pixels[..., 1] - 1.0
    z = np.sqrt(np.maximum(0.0, 1.0 - x * x - y * y))
    normals = np.where(hit[..., None], np.stack([x, y, z], axis=-1), np.float32(0.0))
    depth_m = np.where(hit, pixels[..., 2], np.float32(0.0))
    return Geometry(depth_m=depth_m, normals=normals.astype(np.float32), indices=indices)


def _geometry_material() -> bpy.types.Material:
    """Red is the normal's x (plus the index), green its y, blue the depth."""
    g = Graph("geometry")
    faced = g.node(
        "VectorTransform",
        {"Vector": g.node("NewGeometry").outputs["Normal"]},
        vector_type="NORMAL", convert_from="WORLD", convert_to="CAMERA",
    )  # fmt: skip
    normal = g.node("SeparateXYZ", {0: faced.outputs[0]})
    index = g.math("MULTIPLY", g.node("ObjectInfo").outputs["Object Index"], _INDEX_STEP)
    red = g.math("ADD", g.math("ADD", normal.outputs["X"], 1.0), index)
    green = g.math("ADD", normal.outputs["Y"], 1.0)
    blue = g.node("CameraData").outputs["View Z Depth"]
    color = g.node("CombineColor", {0: red, 1: green, 2: blue})
    return g.finish(g.node("Emission", {"Color": color.outputs[0]}))
