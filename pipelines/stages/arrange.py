"""Decide where the product goes and compose the finished raster."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipelines.imaging.compose import in_scene, match_colour, on_white
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.placement import Placed, place
from pipelines.presets import Preset, preset
from pipelines.report import Check, judged, noted
from pipelines.spec import CutoutParams, SceneParams, WhiteParams
from pipelines.stages.shot import Shot, Studio, present

_SHARP_ENLARGEMENT = 2.0
"""Enlarging a photo beyond this is seen as blur at 100%."""
_DEFAULT_SIDE_PX = 2000
_DEFAULT_FILL = 0.85


@dataclass(frozen=True, slots=True)
class KeepSize:
    """A cutout is the source's own frame with the background taken away."""

    name: str = "keep size"

    def run(self, shot: Shot, studio: Studio) -> Shot:  # noqa: ARG002 - every stage's signature
        """Make straight RGBA of the upright source's size."""
        cutout = present(shot.cutout)
        raster = np.dstack([cutout.rgb, cutout.alpha8])
        raster[raster[..., 3] == 0] = 0  # nothing hides under transparent pixels
        return replace(shot, raster=raster)


@dataclass(frozen=True, slots=True)
class OnWhite:
    """Scale the product to its fill, centre it, and put it on pure white."""

    name: str = "white"

    def run(self, shot: Shot, studio: Studio) -> Shot:  # noqa: ARG002 - every stage's signature
        """Arrange by the recipe's parameters and its preset."""
        params = _white(shot)
        rules = preset(params.spec) if params.spec else None
        cutout = present(shot.cutout)
        fill = params.fill or (rules.fill_target if rules else _DEFAULT_FILL)
        side = params.size_px or _side(cutout, rules, fill)
        placed = _place_in_square(cutout, side, fill, params.align)
        shadow, notes = _allowed_shadow(params, rules)
        raster = on_white(placed, shadow=shadow, strength=params.shadow_strength)
        checks = (
            *shot.checks,
            *notes,
            _enlarged(placed),
            noted("product fill", f"{placed.fill:.3f}"),
        )
        return replace(shot, placed=placed, raster=raster, checks=checks)


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
        checks += [fits, _enlarged(placed)]
        return replace(
            shot, cutout=cutout, placed=placed, raster=raster, checks=(*shot.checks, *checks)
        )


def _white(shot: Shot) -> WhiteParams:
    params = shot.recipe.params
    if isinstance(params, WhiteParams):
        return params
    raise TypeError(f"a white image was asked for with {type(params).__name__}")


def _scene(shot: Shot) -> SceneParams:
    params = shot.recipe.params
    if isinstance(params, CutoutParams | WhiteParams):
        raise TypeError(f"a scene was asked for with {type(params).__name__}")
    return params


def _side(cutout: Cutout, rules: Preset | None, fill: float) -> int:
    """Return the largest side that the source fills sharply, within what the channel wants."""
    wanted = rules.side_px if rules else _DEFAULT_SIDE_PX
    least = rules.least_side_px if rules else 500
    box = cutout.box
    sharp = int(max(box.width_px, box.height_px) * _SHARP_ENLARGEMENT / fill)
    return max(least, min(wanted, sharp))


def _place_in_square(cutout: Cutout, side: int, fill: float, align: str) -> Placed:
    box = cutout.box
    scale = fill * side / max(box.width_px, box.height_px)
    height = box.height_px * scale
    margin = side * (1 - fill) / 2
    centre_y = {
        "centre": side / 2,
        "top": margin + height / 2,
        "bottom": side - margin - height / 2,
    }[align]
    return place(
        cutout, frame_px=(side, side), scale=scale, centre_x_px=side / 2, centre_y_px=centre_y
    )


def _allowed_shadow(params: WhiteParams, rules: Preset | None) -> tuple[str, tuple[Check, ...]]:
    if rules is None or rules.shadow_allowed or params.shadow == "none":
        return params.shadow, ()
    return "none", (noted("shadow", f"left out: {rules.name} forbids shadows"),)


def _enlarged(placed: Placed) -> Check:
    return judged(
        "sharpness",
        passed=placed.enlargement <= _SHARP_ENLARGEMENT * 1.001,
        value=f"source enlarged {placed.enlargement:.2f} times",
        limit=f"at most {_SHARP_ENLARGEMENT:g}",
        fix="use a larger photo, or a smaller --size",
    )


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
