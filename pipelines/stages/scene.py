"""Put the product into a template's scene."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipelines.imaging.compose import Finish, in_scene, with_rim
from pipelines.imaging.viewpoint import Viewpoint
from pipelines.library import Template
from pipelines.painting import canvas_for
from pipelines.report import Check, noted
from pipelines.spec import SceneParams
from pipelines.stages.backdrop import backdrop
from pipelines.stages.matched import is_matched, matched, own_shadow, with_shadow
from pipelines.stages.painted import painted
from pipelines.stages.sharpness import enlarged
from pipelines.stages.shot import Shot, Studio, present
from pipelines.stages.staging import Staged, stage
from pipelines.stages.tint import tinted
from pipelines.stages.viewing import check_viewpoint, find_viewpoint


@dataclass(frozen=True, slots=True)
class InScene:
    """Put the product on a template's surface, in its light."""

    name: str = "scene"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Place by the recipe and light by the template's record."""
        params = _scene(shot)
        viewpoint = find_viewpoint(present(shot.cutout), shot.source, params)
        template = _template(params, studio, viewpoint)
        if is_matched(params, template) and not params.is_painted:
            return matched(shot, template, params)
        (cutout,), tint = tinted([present(shot.cutout)], template, params)
        staged = stage(cutout, template, params)
        checks = (
            noted("template", f"{template.name}@{template.revision}, place {staged.spot.name}"),
            *_chosen(params),
            check_viewpoint(template, viewpoint),
            *tint,
            *staged.checks,
            enlarged(staged.placed),
        )
        shadow, told = own_shadow(shot, staged) if params.own_shadow else (None, ())
        raster = _composed(staged, params.backdrop_blur, shadow)
        if params.is_painted:
            raster, seen = painted(shot, studio, staged, raster, params)
            told = (*told, *seen)
        return replace(
            shot,
            cutout=cutout,
            placed=staged.placed,
            raster=raster,
            checks=(*shot.checks, *checks, *told),
        )


def _scene(shot: Shot) -> SceneParams:
    params = shot.recipe.params
    if isinstance(params, SceneParams):
        return params
    raise TypeError(f"a scene was asked for with {type(params).__name__}")


def _template(params: SceneParams, studio: Studio, viewpoint: Viewpoint) -> Template:
    """The template that is named; an empty studio where a model paints the scene from words."""
    if params.template:
        return studio.template(params.template)
    return canvas_for(viewpoint, height_cm=params.height_cm)


def _chosen(params: SceneParams) -> tuple[Check, ...]:
    """Say what chose the template where nothing was generated, or that strength 0 was asked for."""
    if params.model and not params.is_painted:
        return (noted("painted by", "nobody: strength 0 leaves the scene as it stands"),)
    asked = "reference" if params.reference else "prompt"
    return (noted(asked, params.template_choice),) if params.template_choice else ()


def _composed(
    staged: Staged, blur: float, shadow: npt.NDArray[np.float32] | None
) -> npt.NDArray[np.uint8]:
    scene = backdrop(staged, blur)
    if shadow is not None:
        shaded = with_shadow(scene.rgb, shadow, scene.receiving, scene.grain)
        return with_rim(staged.placed, shaded, scene.grain)
    return in_scene(
        staged.placed,
        scene.rgb,
        light=staged.template.light,
        surface=staged.surface,
        receiving=scene.receiving,
        finish=Finish(grain=scene.grain, thickness_px=staged.thickness_px),
    )
