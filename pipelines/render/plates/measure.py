"""Facts about a set that are read off renders: how its light splits, its palette, its depth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.render.camera import Camera, Point
from pipelines.render.capture import Region, render_depth_m, render_linear
from pipelines.render.cycles import Quality
from pipelines.render.lights import Rgb
from pipelines.render.plates.plate import Plate
from pipelines.render.plates.solids import mesh
from pipelines.render.shading import Graph

PROBE = Quality(samples=128, noise_threshold=0.02, max_bounces=6)
PROBE_RADIUS_M = 0.02
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class LightSplit:
    """How the irradiance at the first anchor divides: the key's share and both colours."""

    key_ratio: float
    key_rgb_linear: Rgb
    ambient_rgb_linear: Rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthMap:
    """Disparity (inverse depth), 255 at ``near_cm`` and 0 at ``far_cm``, uint8 (H, W)."""

    disparity: NDArray[np.uint8]
    near_cm: float
    far_cm: float


def measure_light(plate: Plate, key: bpy.types.Object) -> LightSplit:
    """Read a white, perfectly matte card on the anchor with the key lamp on and off.

    A matte card's radiance is proportional to its irradiance, whatever lies under it.
    """
    card = _card(plate.anchors[0].point)
    camera = bpy.context.scene.camera
    focus, bpy.context.scene.camera.data.dof.use_dof = camera.data.dof.use_dof, False
    region = _around(plate.camera, plate.anchors[0].point)
    both = _card_light(region)
    key.hide_render = True
    ambient = _card_light(region)
    key.hide_render = False
    camera.data.dof.use_dof = focus
    bpy.data.objects.remove(card)
    direct = np.maximum(both - ambient, 0.0)
    return LightSplit(
        key_ratio=float(direct @ LUMINANCE) / float(both @ LUMINANCE),
        key_rgb_linear=_unit(direct),
        ambient_rgb_linear=_unit(ambient),
    )


def _card(point: Point) -> bpy.types.Object:
    g = Graph("card")
    white = g.finish(g.node("BsdfDiffuse", {"Color": (0.8, 0.8, 0.8)}))
    steps = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    ring: list[Point] = [
        (PROBE_RADIUS_M * float(np.cos(a)), PROBE_RADIUS_M * float(np.sin(a)), 0.0) for a in steps
    ]
    at = (point[0], point[1], point[2] + 0.006)
    return mesh("card", ring, [list(range(len(ring)))], white, at=at, smooth=False)


def _around(camera: Camera, point: Point) -> Region:
    """The middle of the card's picture."""
    reach = PROBE_RADIUS_M * 0.6
    x, y, z = point
    left, _ = camera.project((x - reach, y, z + 0.006))
    right, _ = camera.project((x + reach, y, z + 0.006))
    _, top = camera.project((x, y + reach, z + 0.006))
    _, bottom = camera.project((x, y - reach, z + 0.006))
    return Region(left=left, top=top, right=right, bottom=bottom)


def _card_light(region: Region) -> NDArray[np.float32]:
    pixels: NDArray[np.float32] = render_linear(region=region)[..., :3]
    return pixels.reshape(-1, 3).mean(axis=0)


def _unit(rgb: NDArray[np.float32]) -> Rgb:
    r, g, b = (float(c) for c in rgb / max(float(rgb.max()), 1e-9))
    return (r, g, b)


def measure_depth(camera: Camera, *, size_px: int = 768) -> DepthMap:
    """Render the set's depth and scale its inverse to 8 bits; open sky counts as farthest."""
    render = bpy.context.scene.render
    render.resolution_x = render.resolution_y = size_px
    depth_m = render_depth_m()
    render.resolution_x, render.resolution_y = camera.width_px, camera.height_px
    solid = depth_m > 0
    near, far = float(depth_m[solid].min()), float(min(depth_m[solid].max(), 40.0))
    if not solid.all():
        far = 40.0
    inverse = np.where(solid, 1.0 / np.maximum(depth_m, near), 1.0 / far)
    scaled = (inverse - 1 / far) / (1 / near - 1 / far)
    disparity = np.round(np.clip(scaled, 0, 1) * 255).astype(np.uint8)
    return DepthMap(disparity=disparity, near_cm=near * 100, far_cm=far * 100)


def measure_palette(picture: Image.Image, *, colors: int = 5) -> list[str]:
    """The picture's main colours by k-means, most frequent first, as #rrggbb."""
    small = picture.convert("RGB").resize((192, 192), Image.Resampling.BOX)
    indexed = small.quantize(colors=colors, method=Image.Quantize.MAXCOVERAGE, kmeans=8)
    palette = np.array(indexed.getpalette(), dtype=np.uint8).reshape(-1, 3)
    counts = np.bincount(np.asarray(indexed).ravel(), minlength=colors)[:colors]
    order = np.argsort(-counts, kind="stable")
    return ["#{:02x}{:02x}{:02x}".format(*palette[i]) for i in order]


def shrunk(camera: Camera, size_px: int) -> Camera:
    """The same camera with a smaller square frame."""
    return replace(camera, width_px=size_px, height_px=size_px)
