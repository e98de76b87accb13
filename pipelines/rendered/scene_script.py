"""Render one model with a given camera and light: run by an interpreter that has Blender.

Reads its order as JSON on stdin and answers with one line of JSON on stdout. It imports nothing of
ours, because that interpreter need not have it.
"""

import json
import sys
from math import cos, hypot, radians, sin
from typing import Any

Vertex = tuple[float, float, float]


def main() -> int:
    """Carry out the order; 0 done, 1 the model is at fault, 2 there is no Blender."""
    order = json.load(sys.stdin)
    try:
        import bpy
    except ImportError:
        return answer(2, missing=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    try:
        bpy.ops.import_scene.gltf(filepath=order["model"])
    except RuntimeError as fault:
        lines = [line for line in str(fault).splitlines() if line.strip()]
        return answer(1, error=f"Blender cannot read it ({lines[-1].strip() if lines else fault})")
    meshes = [one for one in bpy.context.scene.objects if one.type == "MESH"]
    if not meshes:
        return answer(1, error="Blender found no mesh in it")
    drop_all_but(bpy, meshes)
    stand = order["stand"]
    height, shrunk = put_on_place(bpy, meshes, stand, order)
    add_surface(bpy, stand)
    add_light(bpy, stand)
    add_camera(bpy, stand)
    render(bpy, stand, order)
    return answer(0, height_m=height, shrunk=shrunk)


def answer(code: int, **fields: Any) -> int:
    """Say the outcome on a line of its own."""
    sys.stdout.write("\n" + json.dumps(fields) + "\n")
    return code


def drop_all_but(bpy: Any, meshes: list[Any]) -> None:
    """Cameras and lamps of the file would disturb the template's; parents keep their transforms."""
    for one in list(bpy.context.scene.objects):
        if one.type in {"CAMERA", "LIGHT"}:
            bpy.data.objects.remove(one, do_unlink=True)
    for one in meshes:
        one.pass_index = 1


def put_on_place(
    bpy: Any, meshes: list[Any], stand: dict[str, Any], order: dict[str, Any]
) -> tuple[float, bool]:
    """Scale, turn and move everything so that the base's middle stands on the place.

    What is turned keeps one size at every angle: the width that counts is that of the cylinder in
    which it turns.
    """
    corners = vertices(bpy, meshes)
    low, high = (tuple(pick(one[axis] for one in corners) for axis in range(3))
                 for pick in (min, max))  # fmt: skip
    middle = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    width, height = high[0] - low[0], high[2] - low[2]
    if order["turn_deg"] is not None:
        width = 2 * max(hypot(one[0] - middle[0], one[1] - middle[1]) for one in corners)
    fits = min(stand["size_m"][0] / max(width, 1e-6), stand["size_m"][1] / max(height, 1e-6))
    wanted = order["height_m"] / max(height, 1e-6) if order["height_m"] else 1.0
    shrunk = wanted > fits and not order["fit"]
    factor = fits if order["fit"] else min(wanted, fits)
    holder = bpy.data.objects.new("place", None)
    bpy.context.scene.collection.objects.link(holder)
    for one in bpy.context.scene.objects:
        if one.parent is None and one is not holder:
            one.parent = holder
    turn = radians(order["turn_deg"] or 0.0)
    x, y = stand["place"]
    holder.scale = (factor,) * 3
    holder.rotation_euler = (0.0, 0.0, turn)
    holder.location = (
        x - factor * (cos(turn) * middle[0] - sin(turn) * middle[1]),
        y - factor * (sin(turn) * middle[0] + cos(turn) * middle[1]),
        -factor * low[2],
    )
    bpy.context.view_layer.update()
    return height * (1.0 if order["fit"] else factor), shrunk


def vertices(bpy: Any, meshes: list[Any]) -> list[Vertex]:
    """Every point of what will be rendered, as the file stands it."""
    graph = bpy.context.evaluated_depsgraph_get()
    found: list[Vertex] = []
    for one in meshes:
        final = one.evaluated_get(graph)
        mesh = final.to_mesh()
        found += [tuple(final.matrix_world @ vertex.co) for vertex in mesh.vertices]
        final.to_mesh_clear()
    if not found:
        raise SystemExit(answer(1, error="its meshes have no vertices"))
    return found


def add_surface(bpy: Any, stand: dict[str, Any]) -> None:
    """Lay the surface that takes the shadow and throws light back; itself it is not seen."""
    bpy.ops.mesh.primitive_plane_add(size=40, location=(*stand["place"], 0))
    plane = bpy.context.object
    plane.is_shadow_catcher = True
    material = bpy.data.materials.new("surface")
    material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*stand["surface_rgb_linear"], 1)
    shader.inputs["Roughness"].default_value = stand["surface_roughness"]
    plane.data.materials.append(material)


def add_light(bpy: Any, stand: dict[str, Any]) -> None:
    """Shine the key as a sun of its size, and the rest from everywhere."""
    from mathutils import Vector

    watts = stand["sun_watts"]
    strength = max(*watts, 1e-6)
    sun = bpy.data.lights.new("key", "SUN")
    sun.energy = strength
    sun.color = [value / strength for value in watts]
    sun.angle = radians(min(stand["sun_diameter_deg"], 170))
    azimuth, height = radians(stand["sun_azimuth_deg"]), radians(stand["sun_elevation_deg"])
    toward = Vector((sin(azimuth) * cos(height), -cos(azimuth) * cos(height), sin(height)))
    lamp = bpy.data.objects.new("key", sun)
    lamp.rotation_euler = (-toward).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(lamp)
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*stand["sky_radiance"], 1)


def add_camera(bpy: Any, stand: dict[str, Any]) -> None:
    """Set the template's camera: over the origin, level rolled, tilted down."""
    data = bpy.data.cameras.new("camera")
    data.lens, data.sensor_width = stand["focal_mm"], stand["sensor_mm"]
    data.sensor_fit = "HORIZONTAL"
    camera = bpy.data.objects.new("camera", data)
    camera.location = (0, 0, stand["camera_m"])
    camera.rotation_euler = (radians(90 - stand["pitch_deg"]), 0, 0)
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera


def render(bpy: Any, stand: dict[str, Any], order: dict[str, Any]) -> None:
    """Render on nothing, with alpha, object ids and the shadow as a pass, in linear light."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = order["samples"]
    scene.cycles.use_denoising = True
    scene.cycles.seed = 0
    scene.render.film_transparent = True
    scene.render.resolution_x, scene.render.resolution_y = stand["width_px"], stand["height_px"]
    scene.render.resolution_percentage = 100
    layer = bpy.context.view_layer
    layer.use_pass_object_index = True
    layer.cycles.use_pass_shadow_catcher = True
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format = "OPEN_EXR_MULTILAYER"
    settings.color_depth = "16"
    scene.render.filepath = order["out"]
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    sys.exit(main())
