"""Renders in scenes: with their own shadow, or laid over the very template they were made for."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.compose import with_rim
from pipelines.imaging.crop import whole
from pipelines.imaging.exposure import to_light, to_picture
from pipelines.imaging.grain import Grain, regrained
from pipelines.imaging.photo_shadow import in_frame
from pipelines.imaging.placement import place_at
from pipelines.imaging.render_shadow import render_shadow
from pipelines.library import Template
from pipelines.library.backdrop import Backdrop
from pipelines.report import Check, noted
from pipelines.spec import SceneParams
from pipelines.stages.shot import Shot, present
from pipelines.stages.staging import Staged


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


def own_shadow(
    shot: Shot, staged: Staged
) -> tuple[npt.NDArray[np.float32] | None, tuple[Check, ...]]:
    """The render's shadow pass where its product was placed: share of light lost, or None."""
    source, cutout = present(shot.source), present(shot.cutout)
    if source.shadow is None:
        why = "the source has no shadow pass; a shadow was reckoned for the scene's light"
        return None, (noted("shadow", why),)
    given = render_shadow(source.shadow)
    loss = in_frame(given, cutout.box, (source.width_px, source.height_px), staged.placed)
    return loss, (noted("shadow", "the render's own pass, as asked for"),)


def with_shadow(
    plate: npt.NDArray[np.uint8],
    loss: npt.NDArray[np.float32],
    receiving: npt.NDArray[np.float32],
    grain: Grain,
) -> npt.NDArray[np.uint8]:
    """A plate that has lost light where its surface takes shadows; its grain goes on there."""
    left = np.asarray(1 - loss * receiving, np.float32)
    return np.asarray(regrained(to_picture(to_light(plate) * left[..., None]), left, grain))


def _shadowed(
    scene: Backdrop, kept: npt.NDArray[np.float32] | None, size: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    if kept is None:
        return scene.rgb.copy()
    loss = cv2.resize(render_shadow(kept).loss, size, interpolation=cv2.INTER_LINEAR)
    return with_shadow(scene.rgb, np.asarray(loss), scene.receiving, scene.grain)
