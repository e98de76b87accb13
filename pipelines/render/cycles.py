"""Cycles set up the same way for every picture: quality, camera, lamps, world, and what is saved.

Lengths are metres; see ``camera`` and ``lights`` for the directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, hypot, radians
from pathlib import Path

import bpy

from pipelines.render.camera import Camera
from pipelines.render.lights import Lamp, Rgb, Softbox, Sun, direction_to

LOOK_CONTRAST = "AgX - Medium High Contrast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How much work a picture is worth; ``noise_threshold`` ends a pixel's sampling early.

    ``denoiser`` is Open Image Denoise's quality (HIGH, BALANCED, FAST); ``prefilter`` is how its
    albedo and normal guides are cleaned first (ACCURATE, FAST, NONE).
    """

    samples: int
    noise_threshold: float
    max_bounces: int = 6
    denoiser: str = "HIGH"
    prefilter: str = "ACCURATE"

    def __post_init__(self) -> None:
        if self.samples < 1 or self.max_bounces < 1:
            raise ValueError("samples and max_bounces must be at least 1")


PREVIEW = Quality(samples=16, noise_threshold=0.1, max_bounces=5)
FINAL = Quality(samples=6, noise_threshold=0.05, max_bounces=5, prefilter="FAST")
"""With albedo and normal guides the denoiser keeps raw-wood's grain at 12 samples as it did at 64.

warm-terrazzo at 512 px, CPU seconds and mean difference from 12 samples in 8-bit steps: 12 HIGH
19.9, 8 HIGH 14.5 (0.4), 8 BALANCED 12.3 (0.6), 6 BALANCED 10.3 (0.7), 8 HIGH with a FAST
prefilter 10.3 (0.7). There the chips fray; at 1536 px, under the grain, nothing shows.
"""


def clear_scene() -> None:
    """Start from an empty file, so that one picture never leaks into the next."""
    bpy.ops.wm.read_factory_settings(use_empty=True)


def configure(
    quality: Quality,
    *,
    transparent: bool = False,
    look: str = LOOK_CONTRAST,
    exposure: float = 0.0,
) -> None:
    """Set up Cycles on the CPU with denoising and the AgX view; ``exposure`` in stops."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.use_persistent_data = True
    scene.render.film_transparent = transparent
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = look
    scene.view_settings.exposure = exposure
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = quality.samples
    cycles.use_adaptive_sampling = True
    cycles.adaptive_threshold = quality.noise_threshold
    cycles.use_light_tree = True
    cycles.max_bounces = quality.max_bounces
    cycles.diffuse_bounces = min(4, quality.max_bounces)
    cycles.glossy_bounces = min(4, quality.max_bounces)
    cycles.transmission_bounces = quality.max_bounces + 4
    cycles.transparent_max_bounces = 12
    # Caustics through glass never settle at these sample counts and only leave bright dots.
    cycles.caustics_reflective = False
    cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 6.0
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter = quality.prefilter
    cycles.denoising_quality = quality.denoiser
    cycles.seed = 7


def place_camera(camera: Camera) -> bpy.types.Object:
    """Add the camera, make it the scene's, and size the frame."""
    data = bpy.data.cameras.new("camera")
    data.lens = camera.focal_mm
    data.sensor_width = camera.sensor_mm
    data.sensor_height = camera.sensor_mm
    data.sensor_fit = "AUTO"
    data.clip_start, data.clip_end = 0.01, 200.0
    data.dof.use_dof = camera.f_number is not None
    if camera.f_number is not None:
        data.dof.aperture_fstop = camera.f_number
        data.dof.focus_distance = camera.focus_distance_m
    item = bpy.data.objects.new("camera", data)
    item.location = camera.location
    item.rotation_euler = (radians(90.0 - camera.pitch_deg), 0.0, 0.0)
    scene = bpy.context.scene
    scene.collection.objects.link(item)
    scene.camera = item
    scene.render.resolution_x, scene.render.resolution_y = camera.width_px, camera.height_px
    scene.render.resolution_percentage = 100
    return item


def add_lamp(lamp: Lamp, *, name: str, visible: bool = True) -> bpy.types.Object:
    """Add a sun or a softbox; with ``visible`` False it lights but no mirror or lens sees it."""
    match lamp:
        case Sun():
            item = _sun(lamp, name)
        case Softbox():
            item = _softbox(lamp, name)
    # A lamp's rectangle in the frame is a studio accident; mirrors may see it, the lens may not.
    item.visible_camera = False
    item.visible_glossy = visible
    return item


def _sun(lamp: Sun, name: str) -> bpy.types.Object:
    data = bpy.data.lights.new(name, "SUN")
    data.energy = lamp.irradiance
    data.angle = radians(lamp.angular_diameter_deg)
    data.color = lamp.color_rgb_linear
    item = bpy.data.objects.new(name, data)
    _aim(item, direction_to(lamp.azimuth_deg, lamp.elevation_deg))
    bpy.context.scene.collection.objects.link(item)
    return item


def _softbox(lamp: Softbox, name: str) -> bpy.types.Object:
    data = bpy.data.lights.new(name, "AREA")
    data.shape = "RECTANGLE"
    data.size, data.size_y = lamp.width_m, lamp.height_m
    data.energy = lamp.power_w
    data.color = lamp.color_rgb_linear
    data.spread = radians(lamp.spread_deg)
    item = bpy.data.objects.new(name, data)
    item.location = lamp.location
    _aim(item, direction_to(lamp.azimuth_deg, lamp.elevation_deg))
    bpy.context.scene.collection.objects.link(item)
    return item


def _aim(item: bpy.types.Object, toward: tuple[float, float, float]) -> None:
    """Turn a lamp, which shines along its -z, so that its +z points ``toward`` where it stands."""
    x, y, z = toward
    item.rotation_euler = (0.0, atan2(hypot(x, y), z), atan2(y, x))


def set_world_color(color_rgb_linear: Rgb, *, strength: float = 1.0) -> None:
    """Light the set evenly from all around with one colour."""
    _, background = _world()
    background.inputs["Color"].default_value = (*color_rgb_linear, 1.0)
    background.inputs["Strength"].default_value = strength


def set_world_hdri(name: str, *, strength: float = 1.0, rotation_deg: float = 0.0) -> None:
    """Light the set with one of the CC0 panoramas that come with Blender.

    ``name`` is one of city, courtyard, forest, interior, night, studio, sunrise, sunset.
    """
    folder = Path(bpy.utils.system_resource("DATAFILES", path="studiolights/world"))
    tree, background = _world()
    image = tree.nodes.new("ShaderNodeTexEnvironment")
    image.image = bpy.data.images.load(str(folder / f"{name}.exr"))
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Rotation"].default_value = (0.0, 0.0, radians(rotation_deg))
    place = tree.nodes.new("ShaderNodeTexCoord")
    tree.links.new(place.outputs["Generated"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], image.inputs["Vector"])
    tree.links.new(image.outputs["Color"], background.inputs["Color"])
    background.inputs["Strength"].default_value = strength


def _world() -> tuple[bpy.types.NodeTree, bpy.types.Node]:
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    tree = world.node_tree
    tree.nodes.clear()
    output = tree.nodes.new("ShaderNodeOutputWorld")
    background = tree.nodes.new("ShaderNodeBackground")
    tree.links.new(background.outputs["Background"], output.inputs["Surface"])
    return tree, background


def render_png(path: Path, *, alpha: bool = False) -> None:
    """Render the finished picture as an 8-bit sRGB PNG; straight RGBA if ``alpha``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = bpy.context.scene.render.image_settings
    settings.file_format = "PNG"
    settings.color_mode = "RGBA" if alpha else "RGB"
    settings.color_depth = "8"
    settings.compression = 30
    bpy.context.scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
