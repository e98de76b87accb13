"""Put several products into a template's scene, standing on its surface, in its light."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.errors import RecipeInvalid
from pipelines.imaging.compose import Finish, Raster, all_in_scene
from pipelines.imaging.light import Surface
from pipelines.imaging.placement import Placed
from pipelines.library import Anchor, Template
from pipelines.report import Check, noted
from pipelines.spec import SceneParams
from pipelines.stages.backdrop import backdrop
from pipelines.stages.company import Party, Together, named, party_of, put_together
from pipelines.stages.places import carried, find_place
from pipelines.stages.sharpness import enlarged
from pipelines.stages.shot import Companion, Shot, Studio
from pipelines.stages.staging import Staged, staged_at, surface_check
from pipelines.stages.tint import tinted
from pipelines.stages.viewing import check_viewpoint, find_viewpoint

_WIDEST = 0.86
"""Share of the plate that a party may take across, where its surface carries it."""
_CARRIED = 0.99
_INSIDE = 0.95
_STEPS = 6


@dataclass(frozen=True, slots=True)
class AllInScene:
    """Stand the products beside each other at a place of the template."""

    name: str = "scene"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Place by the recipe and light by the template's record."""
        params = _params(shot)
        template = studio.template(params.template)
        cutouts, tint = tinted([one.cutout for one in shot.company], template, params)
        company = tuple(
            replace(one, cutout=cutout) for one, cutout in zip(shot.company, cutouts, strict=True)
        )
        staged, party = _staged(company, template, params)
        placed = party.placed(staged.size_px, staged.scale, staged.corner_px)
        together = put_together(company, party, placed)
        looks = [
            check_viewpoint(template, find_viewpoint(one.cutout, one.source, params))
            for one in company
        ]
        checks = (
            noted("template", f"{template.name}@{template.revision}, place {staged.spot.name}"),
            *(
                check
                for look, one in zip(looks, company, strict=True)
                for check in named([look], one)
            ),
            *tint,
            *_settled(staged, party, placed, params),
            enlarged(together.whole),
            *together.checks,
        )
        return replace(
            shot,
            cutout=company[0].cutout,
            company=together.company,
            placed=together.whole,
            raster=_composed(staged, together, params.backdrop_blur),
            checks=(*shot.checks, *checks),
        )


def _params(shot: Shot) -> SceneParams:
    """The recipe's parameters, refused where they mean one product alone."""
    params = shot.recipe.params
    if not isinstance(params, SceneParams):
        raise TypeError(f"a scene was asked for with {type(params).__name__}")
    alone = {
        "placement": params.placement if params.mode == "original" else "",
        "own_shadow": params.own_shadow,
        "rendered_for": params.rendered_for,
        "model": params.model,
        "width_cm": params.width_cm,
    }
    for field, value in alone.items():
        if value:
            raise RecipeInvalid(field=field, value=value, limit="does not go with several products")
    if not params.template:
        limit = "several products need a template's scene: give template"
        raise RecipeInvalid(field="template", value="", limit=limit)
    return params


def _staged(
    company: tuple[Companion, ...], template: Template, params: SceneParams
) -> tuple[Staged, Party]:
    """Find the place of all, and how they stand there.

    How much smaller a thing looks farther back depends on how large the products stand in the
    scene, and that on their arrangement: the second time settles it to less than a pixel.
    """
    height_cm = params.heights_cm[0] if params.heights_cm else params.height_cm
    wanted = replace(params, height_cm=height_cm)
    spot = find_place(template, wanted)
    surface = template.surface_at(spot)
    flat = replace(surface, distance_px=float("inf"), axis_px=0.0)
    party = party_of(company, wanted, flat)
    staged = staged_at(_widened(spot, template), party.whole, template, wanted)
    near = _seen_by(staged, surface)
    party = party_of(company, wanted, near)
    staged = staged_at(_widened(spot, template), party.whole, template, wanted)
    return replace(staged, thickness_px=_thickness(staged, party, wanted)), party


def _settled(
    staged: Staged, party: Party, placed: Sequence[Placed], params: SceneParams
) -> tuple[Check, ...]:
    """What staging said of all as one, where that holds for each."""
    kept = [check for check in staged.checks if check.name != "on the surface"]
    if params.heights_cm:
        # Their sizes to each other hold even where the place is too small for their true ones.
        kept = [
            noted(check.name, f"{check.value}; {check.limit}") if check.outcome == "fail" else check
            for check in kept
        ]
    grounds = [_ground_of(staged, party, number, one) for number, one in enumerate(placed)]
    worst = min(grounds, key=lambda spot: carried(staged.template, spot[0], half_width=spot[1]))
    return (*kept, surface_check(staged.template, *worst))


def _ground_of(staged: Staged, party: Party, number: int, placed: Placed) -> tuple[Anchor, float]:
    """Where a product's foot is on the plate, and half of its width there as a share."""
    template, view = staged.template, staged.view
    subject = party.subjects[number]
    zoom = staged.size_px[0] / view.width_px
    own = party.scales(staged.scale)[number]
    x = placed.left_px + (subject.foot_x - subject.box.left) * own
    y = placed.ground_px - (subject.box.height_px - subject.pivot) * own
    spot = replace(
        staged.spot,
        x=(view.left + x / zoom) / template.width_px,
        y=(view.top + y / zoom) / template.height_px,
    )
    return spot, subject.foot_px * own / zoom / template.width_px / 2


def _widened(spot: Anchor, template: Template) -> Anchor:
    """A place is meant for one product: take as much of the surface beside it as is there."""
    most = min(_WIDEST, 2 * min(spot.x, 1 - spot.x) * _INSIDE)
    for step in range(_STEPS):
        width = most - (most - spot.max_width) * step / _STEPS
        if width > spot.max_width and carried(template, spot, half_width=width / 2) >= _CARRIED:
            return replace(spot, max_width=width)
    return spot


def _seen_by(staged: Staged, surface: Surface) -> Surface:
    """The surface in px of the first product's photo, from the middle of the party."""
    party_x = staged.corner_px[0] + staged.whole_px[0] / 2
    return replace(
        surface,
        distance_px=staged.surface.distance_px / staged.scale,
        axis_px=(staged.surface.axis_px - party_x) / staged.scale,
    )


def _thickness(staged: Staged, party: Party, params: SceneParams) -> float | None:
    """Of products that lie flat, by the first one's own size and not by that of all."""
    if staged.thickness_px is None or params.thickness_cm:
        return staged.thickness_px
    own = max(party.subjects[0].cutout.box.width_px, party.subjects[0].cutout.box.height_px)
    return staged.thickness_px * own / max(party.extent.width_px, party.extent.height_px)


def _composed(staged: Staged, together: Together, blur: float) -> Raster:
    scene = backdrop(staged, blur)
    return all_in_scene(
        together.painted(),
        scene.rgb,
        light=staged.template.light,
        surface=staged.surface,
        receiving=scene.receiving,
        finish=Finish(grain=scene.grain, thickness_px=staged.thickness_px),
    )
