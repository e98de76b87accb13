"""A render made with the template's own camera and light: it is laid over the plate as it is."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.compose import with_rim
from pipelines.imaging.crop import whole
from pipelines.imaging.exposure import to_light, to_picture
from pipelines.imaging.grain import regrained
from pipelines.imaging.placement import place_at
from pipelines.imaging.render_shadow import render_shadow
from pipelines.library import Template
from pipelines.library.backdrop import Backdrop
from pipelines.report import Check, noted
from pipelines.spec import SceneParams
from pipelines.stages.shot import Shot, present


def is_matched(params: SceneParams, template: Template) -> bool:
    """Whether the source was rendered for this very template."""
    return bool(params.rendered_for) and params.rendered_for == matched_name(template)


def matched_name(template: Template) -> str:
    """What `rendered_for` says of a render that fits a template."""
    return f"{template.name}@{template.revision}"


def matched(shot: Shot, template: Template, params: SceneParams) -> Shot:
    """Lay the render over the plate, pixel by pixel, with the shadow that it brought."""
    side = params.size_px / max(template.width_px, template.height_px) if params.size_px else 1.0
    size = round(template.width_px * side), round(template.height_px * side)
    scene = template.backdrop(whole((template.width_px, template.height_px)), size)
    source, cutout = present(shot.source), present(shot.cutout)
    scale = size[0] / source.width_px
    placed = place_at(
        cutout,
        frame_px=size,
        scale=scale,
        corner_px=(round(cutout.box.left * scale), round(cutout.box.top * scale)),
    )
    raster = with_rim(placed, _shadowed(scene, source.shadow, size), scene.grain)
    checks: tuple[Check, ...] = (
        noted("template", f"{matched_name(template)}, in which the source was rendered"),
        noted("light", "camera, light and shadow are the render's own, made for this scene"),
    )
    return replace(shot, placed=placed, raster=raster, checks=(*shot.checks, *checks))


def _shadowed(
    scene: Backdrop, kept: npt.NDArray[np.float32] | None, size: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """The plate with the render's shadow on the surface that takes shadows."""
    if kept is None:
        return scene.rgb.copy()
    loss = cv2.resize(render_shadow(kept).loss, size, interpolation=cv2.INTER_LINEAR)
    left = np.asarray(1 - loss * scene.receiving, np.float32)
    shaded = to_picture(to_light(scene.rgb) * left[..., None])
    return np.asarray(regrained(shaded, left, scene.grain))
