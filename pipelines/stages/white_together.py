"""Put several products on pure white, side by side or as a group."""

from dataclasses import dataclass, replace

from pipelines.imaging.studio_shadow import StudioShadow, all_on_white
from pipelines.presets import Preset
from pipelines.report import Check, noted
from pipelines.stages.company import Together, named, party_of, put_together
from pipelines.stages.finer import finer_cutout, most_enlargement
from pipelines.stages.layout import Layout, lay_out
from pipelines.stages.sharpness import enlarged
from pipelines.stages.shot import Shot, Studio, present
from pipelines.stages.white import rules_of, shadow_of, white_params


@dataclass(frozen=True, slots=True)
class AllOnWhite:
    """Arrange the products, scale them to their fill as one, and put them on pure white."""

    name: str = "white"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Arrange by the recipe's parameters and its preset."""
        params = white_params(shot)
        rules = rules_of(params, studio)
        party = party_of(shot.company, params, StudioShadow().surface)
        layout = lay_out(
            shot.company[0].cutout,
            params,
            rules,
            most_enlargement=most_enlargement(params) / party.enlargement,
            among=party.extent,
        )
        scale, corner = layout.whole.scale, (layout.whole.left_px, layout.whole.top_px)
        finer = [
            finer_cutout(one.cutout, params, studio, scale=own)
            for one, own in zip(shot.company, party.scales(scale), strict=True)
        ]
        enlarged_by = [one.cutout for one in finer]
        placed = party.placed(layout.frame_px, scale, corner, finer=enlarged_by)
        together = put_together(shot.company, party, placed)
        shadows, told = _shadows(shot, together, layout, rules)
        sharpness = enlarged(together.whole, by=finer[0].by, most=min(one.most for one in finer))
        checks = (
            *shot.checks,
            *layout.notes,
            *told,
            *(check for one in finer for check in one.checks),
            sharpness,
            noted("product fill", f"{together.whole.fill:.3f}"),
            *together.checks,
        )
        return replace(
            shot,
            placed=together.whole,
            company=together.company,
            rules=rules,
            raster=all_on_white(
                tuple((present(together.company[one].placed), shadows[one])
                      for one in together.order),
                whole=together.whole,
            ),
            checks=checks,
        )  # fmt: skip


def _shadows(
    shot: Shot, together: Together, layout: Layout, rules: Preset | None
) -> tuple[list[StudioShadow], tuple[Check, ...]]:
    """Each product's shadow, and what was said of it; what is said of all is said once."""
    shadows: list[StudioShadow] = []
    told: list[Check] = []
    for one in together.company:
        alone = replace(shot, source=one.source, cutout=one.cutout)
        shadow, notes = shadow_of(alone, present(one.placed), layout, rules)
        shadows.append(shadow)
        told += named(notes, one)
    values = {check.value for check in told}
    if len(values) == 1 and len(told) == len(together.company):
        return shadows, (replace(told[0], name="shadow"),)
    return shadows, tuple(told)
