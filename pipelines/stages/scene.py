"""Stand the product in a template's scene."""

from dataclasses import dataclass, replace

import cv2

from pipelines.imaging.compose import in_scene, match_colour
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.placement import place
from pipelines.report import Check, judged, noted
from pipelines.spec import SceneParams
from pipelines.stages.sharpness import enlarged
from pipelines.stages.shot import Shot, Studio, present


@dataclass(frozen=True, slots=True)
class InScene:
    """Stand the product on a template's surface, in its light."""

    name: str = "scene"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Place by the template's anchor and light by its record."""
        params = _scene(shot)
        template = studio.template(params.template)
        anchor = template.anchor(params.anchor)
        cutout = present(shot.cutout)
        checks = [noted("template", f"{template.name}@{template.revision}, anchor {anchor.name}")]
        if params.match_colour:
            cutout, moved = match_colour(cutout, template.light, limit=params.match_colour)
            checks.append(_matched(moved, limit=params.match_colour))
        plate, receiving = template.plate(), template.receiving()
        if params.size_px:
            plate = cv2.resize(
                plate, (params.size_px, params.size_px), interpolation=cv2.INTER_AREA
            )
            receiving = cv2.resize(receiving, (params.size_px, params.size_px))
        height, width = plate.shape[:2]
        box = (anchor.max_width * width, anchor.max_height * height)
        scale, fits = _scene_scale(
            cutout, params, box, anchor.px_per_cm * width / template.width_px
        )
        placed = place(
            cutout,
            frame_px=(width, height),
            scale=scale,
            centre_x_px=anchor.x * width,
            ground_px=round(anchor.y * height),
        )
        raster = in_scene(
            placed,
            plate,
            light=template.light,
            surface=template.surface_at(anchor),
            receiving=receiving,
        )
        checks += [fits, enlarged(placed)]
        return replace(
            shot, cutout=cutout, placed=placed, raster=raster, checks=(*shot.checks, *checks)
        )


def _scene(shot: Shot) -> SceneParams:
    params = shot.recipe.params
    if isinstance(params, SceneParams):
        return params
    raise TypeError(f"a scene was asked for with {type(params).__name__}")


def _matched(moved: float, *, limit: float) -> Check:
    return judged(
        "colour match",
        passed=moved <= limit,
        value=f"ΔE {moved:.2f}",
        limit=f"at most {limit:g}",
        fix="report this image",
    )


def _scene_scale(
    cutout: Cutout, params: SceneParams, box_px: tuple[float, float], px_per_cm: float
) -> tuple[float, Check]:
    box = cutout.box
    largest = min(box_px[0] / box.width_px, box_px[1] / box.height_px)
    if not params.height_cm:
        return largest * params.scale, noted("scale", f"{params.scale:g} of the anchor's box")
    true_scale = params.height_cm * px_per_cm / box.height_px
    check = judged(
        "true scale",
        passed=true_scale <= largest,
        value=f"{params.height_cm:g} cm is {true_scale * box.height_px:.0f} px",
        limit=f"fits {largest * box.height_px:.0f} px at this place; made smaller",
        fix="choose a template with more room, or leave --height-cm out",
    )
    return min(true_scale, largest), check
