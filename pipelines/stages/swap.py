"""Show a worn garment on nobody, without a face, or on another person; keep, whiten or replace."""

from dataclasses import dataclass, fields, replace
from typing import assert_never

import numpy as np

from pipelines.errors import ProductNotFound
from pipelines.imaging.cutout import OPAQUE, Cutout
from pipelines.imaging.decode import SourceImage
from pipelines.matting.consensus import look
from pipelines.matting.edge import free_edges
from pipelines.matting.guidance import Guidance
from pipelines.report import Check, judged, noted
from pipelines.spec import SceneParams, SwapParams, WhiteParams
from pipelines.spec.swap import KEEP, WHITE
from pipelines.stages.another import on_another
from pipelines.stages.decency import decency
from pipelines.stages.faceless import faceless
from pipelines.stages.ghost import ghost
from pipelines.stages.scene import InScene
from pipelines.stages.shot import Shot, Studio, present
from pipelines.stages.verify import Verify
from pipelines.stages.white import OnWhite
from pipelines.stages.worn import Worn, box_given, find_worn, garment_check, swap_params

_MORE = (
    "made without a large model; a painting model puts the garment on another person: "
    "--person 'WORDS' --model sdxl-inpaint (`packshot models list` shows what fits)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What is to be shown, and what was checked while it was made."""

    source: SourceImage
    cutout: Cutout
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Swap:
    """Part person and garment, make the new picture, and put it before its background."""

    name: str = "swap"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Make it by the recipe's way, then show it.

        Raises
        ------
        ImageRefused : nobody, several, a head alone, a back, no garment
        PaintingFailed, RecipeInvalid, ModelMissing
        """
        params = swap_params(shot)
        worn = find_worn(shot, studio)
        made = _made(worn, shot, studio, params)
        checks = (*shot.checks, *worn.checks, *made.checks)
        shown = replace(shot, source=made.source, cutout=made.cutout, checks=checks)
        done = _before(shown, studio, params)
        if params.before == KEEP:
            return done
        return replace(done, checks=(*done.checks, _own_pixels(worn, present(done.cutout))))


@dataclass(frozen=True, slots=True)
class VerifySwap:
    """Check a swap as the white image or the scene that it is."""

    name: str = "check"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Add what was checked to the report."""
        params = swap_params(shot)
        source, cutout = present(shot.source), present(shot.cutout)
        if params.before == KEEP:
            return replace(shot, checks=(*shot.checks, *decency(shot, studio, params)))
        # Edge, detail and letters are compared with the cutout before it was placed: what was
        # reckoned or painted is in no photo.
        solid = cutout.alpha >= OPAQUE
        known = np.where(solid[..., None], cutout.rgb, source.rgb).astype(np.uint8)
        alike = replace(_as_plain(shot, params), source=replace(source, rgb=known))
        done = Verify(photographed=False).run(alike, studio)
        return replace(shot, checks=done.checks)


def _own_pixels(worn: Worn, placed: Cutout) -> Check:
    """Compare the garment as it is placed with the photo; rows that were cut off had none of it."""
    shown = worn.source.rgb.copy()
    shown[len(shown) - len(placed.rgb) :] = placed.rgb
    return replace(garment_check(worn, shown), name="photo's own pixels")


def _made(worn: Worn, shot: Shot, studio: Studio, params: SwapParams) -> _Made:
    with studio.person_finder(params.finder) as finder:
        match params.way:
            case "ghost":
                cutout, checks = ghost(worn, finder)
                checks = (*checks, noted("models", _MORE))
                return _Made(source=worn.source, cutout=cutout, checks=checks)
            case "faceless":
                seen = faceless(worn, params.faceless, finder)
                checks = (*seen.checks, noted("models", _MORE))
                return _Made(source=seen.source, cutout=seen.cutout, checks=checks)
            case "painted":
                pass
            case _:
                assert_never(params.way)
    rgb, checks = on_another(worn, shot, studio, params)
    source = replace(worn.source, rgb=rgb)
    if params.before == KEEP:
        return _Made(source=source, cutout=worn.figure, checks=checks)
    cutout, found = _cut_again(worn, source, shot, studio)
    return _Made(source=source, cutout=cutout, checks=(*checks, *found))


def _cut_again(
    worn: Worn, source: SourceImage, shot: Shot, studio: Studio
) -> tuple[Cutout, tuple[Check, ...]]:
    """Free the new person from the background; the garment's own alpha is never less than it was.

    Raises
    ------
    ProductNotFound
    """
    box = box_given(swap_params(shot), source.width_px, source.height_px)
    with studio.matters(shot.recipe.models) as matters:
        consensus = look(source.rgb, matters, Guidance(box=box))
    if consensus is None:
        raise ProductNotFound(
            name=shot.name,
            fact="the painted person does not stand out from the background",
            fix="try another --seed, or --background keep",
        )
    cutout = free_edges(source.rgb, consensus)
    alpha = np.maximum(cutout.alpha, worn.garment.alpha)
    rgb = np.where(worn.core[..., None], worn.source.rgb, cutout.rgb).astype(np.uint8)
    lost = float((worn.garment.alpha - cutout.alpha).clip(0).sum() / worn.garment.alpha.sum())
    return Cutout(rgb=rgb, alpha=alpha), (
        judged(
            "cutout holds the garment",
            passed=lost <= 0.05,
            value=f"{lost:.1%} of the garment had to be added",
            limit="at most 5%",
            fix="look at the outline; try --background keep",
        ),
    )


def _before(shot: Shot, studio: Studio, params: SwapParams) -> Shot:
    """Show it before what was asked for."""
    if params.before == KEEP:
        return replace(shot, raster=present(shot.source).rgb)
    plain = _as_plain(shot, params)
    stage = OnWhite() if params.before == WHITE else InScene()
    done = stage.run(plain, studio)
    return replace(done, recipe=shot.recipe)


def _as_plain(shot: Shot, params: SwapParams) -> Shot:
    """The same shot as a white image or a scene: what follows knows these two."""
    shape = WhiteParams if params.before == WHITE else SceneParams
    known = {one.name for one in fields(SwapParams)}
    values = {
        one.name: getattr(params, one.name)
        for one in fields(shape)
        if one.name in known and one.name not in _PAINTERS_OWN
    }
    if shape is SceneParams:
        values["template"] = params.template
    kind = "white" if shape is WhiteParams else "scene"
    plain = replace(shot.recipe, kind=kind, params=shape(**values))  # type: ignore[arg-type]
    return replace(shot, recipe=plain)


_PAINTERS_OWN = frozenset(
    {"model", "generator", "strength", "steps", "guidance", "negative", "attempts", "noncommercial"}
)
"""They have been obeyed: the background is shown as it is, and not painted as well."""
