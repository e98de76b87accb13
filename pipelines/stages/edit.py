"""Change a picture by an instruction, its product locked unless the user says otherwise."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipelines.checks.painted_scene import invented_text_check
from pipelines.editing import Original, Taken, Wish, edited, refuse_model
from pipelines.errors import ProductNotFound, RecipeInvalid
from pipelines.generate import Ask, Generator, remarks, where
from pipelines.imaging.decode import SourceImage
from pipelines.matting.guidance import drawn
from pipelines.report import Check, noted
from pipelines.spec import EditParams
from pipelines.spec.area import area_of
from pipelines.stages.cut import Matte
from pipelines.stages.decency import decency
from pipelines.stages.shot import Shot, Studio, present

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FindProduct:
    """Find what is locked; where the product may change, it need not be found."""

    name: str = "matte"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Find the product.

        Raises
        ------
        ProductNotFound, RecipeInvalid
        """
        params, source = _edit(shot), present(shot.source)
        locked = not params.allow_product_changes
        if source.alpha is not None and params.format == "jpeg":
            limit = "holds no transparency, and the picture has some; png, webp, avif and tiff do"
            raise RecipeInvalid(field="format", value="jpeg", limit=limit)
        if locked and source.alpha is not None:
            limit = (
                "the picture brings its own alpha: all of it is product and nothing could change; "
                "give allow_product_changes, or `packshot scene` for what is around it"
            )
            raise RecipeInvalid(field="allow_product_changes", value=False, limit=limit)
        try:
            return Matte().run(shot, studio)
        except ProductNotFound as fault:
            if not locked:
                return replace(shot, checks=(*shot.checks, noted("cutout", fault.fact)))
            fix = "draw it with --mask, or give --allow-product-changes if nothing need be locked"
            raise ProductNotFound(name=fault.name, fact=fault.fact, fix=fix) from fault


@dataclass(frozen=True, slots=True)
class Edit:
    """Ask the model, and take from its answers what was asked for."""

    name: str = "edit"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Edit until every check passes or no attempt is left.

        Raises
        ------
        RecipeInvalid : the model cannot edit, or nothing may change where the edit may happen
        PaintingFailed, Interrupted, OutOfMemory
        """
        params, source = _edit(shot), present(shot.source)
        original = _original(shot, params, source, studio)
        with studio.generator(params.generator) as generator:
            profile = generator.profile
        refuse_model(profile, confined=params.has_area)

        said: list[Check] = []

        def paint(ask: Ask) -> Rgb:
            with studio.generator(params.generator) as generator:
                said[:] = said or _said(generator, ask)
                (answer,) = generator.paint([ask], cancelled=shot.control.cancelled)
            return answer

        done = edited(
            original,
            _wish(shot, params),
            profile,
            paint=paint,
            cancelled=shot.control.cancelled,
            inspect=lambda taken: _text(taken, params, studio),
        )
        raster = _with_alpha(done.taken.raster, source)
        return replace(shot, raster=raster, checks=(*shot.checks, *said, *done.checks))


@dataclass(frozen=True, slots=True)
class VerifyEdit:
    """What is looked at on request; all else was looked at in every attempt."""

    name: str = "check"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Score the picture, where the user asks for it."""
        return replace(shot, checks=(*shot.checks, *decency(shot, studio, _edit(shot))))


def _said(generator: Generator, ask: Ask) -> list[Check]:
    """Where the model runs, and what of the ask it leaves aside."""
    place = where(generator)
    told = (*([f"ran on {place}"] if place else []), *remarks(generator, ask))
    return [noted("painter", one) for one in told]


def _edit(shot: Shot) -> EditParams:
    params = shot.recipe.params
    if isinstance(params, EditParams):
        return params
    raise TypeError(f"an edit was asked for with {type(params).__name__}")


def _wish(shot: Shot, params: EditParams) -> Wish:
    return Wish(
        instruction=params.instruction,
        negative=params.negative,
        seed=shot.recipe.seed,
        attempts=params.attempts,
        strength=params.chosen_strength,
        steps=params.chosen_steps,
        guidance_scale=params.chosen_guidance,
    )


def _original(shot: Shot, params: EditParams, source: SourceImage, studio: Studio) -> Original:
    rgb, area = source.rgb, _area(params, source, studio)
    if source.alpha is not None:
        seen = source.alpha > 0
        # What lies under transparent pixels is nothing that a model should see, or change.
        rgb = np.where(seen[..., None], rgb, np.uint8(255))
        area = seen if area is None else area & seen
    locked = not params.allow_product_changes
    original = Original(rgb=rgb, cutout=shot.cutout, locked=locked, area=area)
    if not original.free.any():
        field = "area" if params.has_area else "allow_product_changes"
        limit = "leaves nothing that may change: all of it lies on the locked product"
        raise RecipeInvalid(field=field, value=params.area or "", limit=limit)
    return original


def _area(params: EditParams, source: SourceImage, studio: Studio) -> Mask | None:
    width, height = source.width_px, source.height_px
    if params.area_mask:
        data = studio.asset(params.area_mask)
        area = drawn(data, field="area_mask", width_px=width, height_px=height) > 0.5
        if not area.any():
            limit = "must be white where the edit may happen; it is black all over"
            raise RecipeInvalid(field="area_mask", value=params.area_mask[:12], limit=limit)
        return np.asarray(area)
    if not params.area:
        return None
    try:
        left, top, right, bottom = area_of(params.area).within(width, height)
    except RecipeInvalid as fault:
        raise RecipeInvalid(field="area", value=fault.value, limit=fault.limit) from fault
    area = np.zeros((height, width), np.bool_)
    area[top:bottom, left:right] = True
    return area


def _text(taken: Taken, params: EditParams, studio: Studio) -> Check:
    if not params.text_models:
        return noted("text invented", "not looked for: packshot models pull text-reader")
    unchanged = np.asarray(1 - taken.share, dtype=np.float32)
    with studio.text_reader(params.text_models) as reader:
        return invented_text_check(taken.raster, unchanged, reader, asked=params.instruction)


def _with_alpha(raster: Rgb, source: SourceImage) -> Rgb:
    if source.alpha is None:
        return raster
    seen = source.alpha > 0
    rgb = np.where(seen[..., None], raster, source.rgb)
    alpha = (source.alpha * 255 + 0.5).astype(np.uint8)
    return np.dstack([rgb, alpha])
