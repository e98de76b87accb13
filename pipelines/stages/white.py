"""Put the product on pure white."""

from dataclasses import dataclass, replace

from pipelines.errors import RecipeInvalid
from pipelines.imaging.photo_shadow import MOST_PATTERN, in_frame, photo_shadow
from pipelines.imaging.placement import Placed, place_at
from pipelines.imaging.render_shadow import render_shadow
from pipelines.imaging.studio_shadow import StudioShadow, on_white
from pipelines.presets import Preset
from pipelines.report import Check, noted
from pipelines.spec import WhiteParams
from pipelines.stages.finer import finer_cutout, most_enlargement
from pipelines.stages.layout import Layout, lay_out
from pipelines.stages.sharpness import enlarged
from pipelines.stages.shot import Shot, Studio, present


@dataclass(frozen=True, slots=True)
class OnWhite:
    """Scale the product to its fill, align it, and put it on pure white."""

    name: str = "white"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Arrange by the recipe's parameters and its preset."""
        params = white_params(shot)
        rules = rules_of(params, studio)
        cutout = present(shot.cutout)
        layout = lay_out(cutout, params, rules, most_enlargement=most_enlargement(params))
        finer = finer_cutout(cutout, params, studio, scale=layout.spot.scale)
        placed = place_at(
            cutout,
            frame_px=layout.frame_px,
            scale=layout.spot.scale,
            corner_px=(layout.spot.left_px, layout.spot.top_px),
            finer=finer.cutout,
        )
        shadow, notes = shadow_of(shot, placed, layout, rules)
        checks = (
            *shot.checks,
            *layout.notes,
            *notes,
            *finer.checks,
            enlarged(placed, by=finer.by, most=finer.most),
            noted("product fill", f"{placed.fill:.3f}"),
        )
        raster = on_white(placed, shadow)
        return replace(shot, placed=placed, rules=rules, raster=raster, checks=checks)


def white_params(shot: Shot) -> WhiteParams:
    """The recipe's parameters."""
    params = shot.recipe.params
    if isinstance(params, WhiteParams):
        return params
    raise TypeError(f"a white image was asked for with {type(params).__name__}")


def rules_of(params: WhiteParams, studio: Studio) -> Preset | None:
    """The channel's rules; refused where they are no longer those that the recipe was made for."""
    if not params.spec:
        return None
    rules = studio.preset(params.spec)
    if params.spec_revision not in {"", rules.revision}:
        limit = f"the preset was edited since ({rules.revision}); ask for the image again"
        raise RecipeInvalid(field="spec_revision", value=params.spec_revision, limit=limit)
    return rules


def shadow_of(
    shot: Shot, placed: Placed, layout: Layout, rules: Preset | None
) -> tuple[StudioShadow, tuple[Check, ...]]:
    """The shadow that was asked for, or the nearest that is possible and allowed, and why."""
    params = white_params(shot)
    asked = StudioShadow(
        kind=params.shadow,
        strength=params.shadow_strength,
        softness=params.shadow_softness,
        direction_deg=params.shadow_direction,
        reach=params.shadow_reach,
    )
    if asked.kind == "none":
        return asked, ()
    nothing = StudioShadow()
    if rules is not None and not rules.shadow_allowed:
        return nothing, (noted("shadow", f"left out: {rules.name} forbids shadows"),)
    if asked.kind == "natural":
        return _natural(shot, placed, asked, foot_is_cut="bottom" in layout.cut_sides)
    if "bottom" in layout.cut_sides:
        return nothing, (noted("shadow", "left out: the photo cuts off where the product stands"),)
    return asked, ()


def _natural(
    shot: Shot, placed: Placed, asked: StudioShadow, *, foot_is_cut: bool
) -> tuple[StudioShadow, tuple[Check, ...]]:
    source, cutout = present(shot.source), present(shot.cutout)
    if source.shadow is not None:
        given = render_shadow(source.shadow)
        loss = in_frame(given, cutout.box, (source.width_px, source.height_px), placed)
        return replace(asked, photo_loss=loss), (
            noted("shadow", f"the render's own pass; less than {given.floor:.0%} counts as none"),
        )
    instead = replace(asked, kind="none" if foot_is_cut else "contact")
    if source.alpha is not None:
        why = "the source has no background of its own that could show one"
        return instead, (_replaced(instead, why),)
    found = photo_shadow(source.rgb, cutout)
    if not found.trustworthy:
        why = (
            f"the background's own pattern takes {found.floor:.0%} of the light, more than the "
            f"{MOST_PATTERN:.0%} from which a shadow can be told"
        )
        return instead, (_replaced(instead, why),)
    loss = in_frame(found, cutout.box, (source.width_px, source.height_px), placed)
    kept = f"the photo's own; what takes less than {found.floor:.0%} of the light counts as none"
    return replace(asked, photo_loss=loss), (noted("shadow", kept),)


def _replaced(instead: StudioShadow, why: str) -> Check:
    return noted("shadow", f"{instead.kind} instead of natural: {why}")
