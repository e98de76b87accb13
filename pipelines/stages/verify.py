"""Check the finished picture, and the marketplace's rules on the very bytes that are kept."""

from dataclasses import dataclass, replace

import numpy as np

from pipelines.checks.decency import safety_check
from pipelines.checks.detail import detail_check
from pipelines.checks.edge import halo, halo_check
from pipelines.checks.lock import placed_lock, source_lock
from pipelines.checks.purity import purity_check
from pipelines.checks.text import overlaid_text_check, text_check, views
from pipelines.imaging.encode import SUFFIX
from pipelines.report import Check, noted
from pipelines.rules import rule_checks
from pipelines.spec import CheckParams, SceneParams, WhiteParams
from pipelines.stages.shot import Shot, Studio, present

_WHITE = 255.0


@dataclass(frozen=True, slots=True)
class Verify:
    """Product lock, edge, detail, white purity, and the marketplace's rules."""

    name: str = "check"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Add what was checked to the report."""
        checks = [*_product(shot), *_white(shot), *_on_request(shot, studio)]
        return replace(shot, checks=(*shot.checks, *checks))


def _product(shot: Shot) -> list[Check]:
    """What became of the merchant's product on the way into the picture."""
    source, cutout, raster = present(shot.source), present(shot.cutout), present(shot.raster)
    same_size = cutout.rgb.shape == source.rgb.shape
    checks: list[Check] = []
    if shot.placed is not None:
        checks.append(placed_lock(shot.placed, raster))
    if same_size and not _tinted(shot):
        checks.append(source_lock(cutout, source.rgb))
    if same_size and source.alpha is None:
        onto = _WHITE if isinstance(shot.recipe.params, WhiteParams) else None
        checks.append(halo_check(halo(cutout, source.rgb, onto=onto)))
    if shot.placed is not None:
        detail = detail_check(cutout, shot.placed, raster, source.rgb)
        checks += [detail] if detail is not None else []
    return checks


def _tinted(shot: Shot) -> bool:
    """Whether the product's colours were changed on request: that is bounded and judged apart."""
    params = shot.recipe.params
    return isinstance(params, SceneParams) and params.match_colour > 0


def _white(shot: Shot) -> list[Check]:
    params = shot.recipe.params
    if not isinstance(params, WhiteParams):
        return []
    covered = present(shot.placed).alpha_in_frame()
    if shot.lettering is not None:
        covered = np.maximum(covered, shot.lettering.astype(np.float32))
    checks = [purity_check(covered, present(shot.raster), shadow=params.shadow != "none")]
    if shot.rules is not None:
        encoded = present(shot.encoded)
        name = f"result{SUFFIX[encoded.format]}"
        checks += rule_checks(encoded.data, shot.rules, name=name)
    return checks


def _on_request(shot: Shot, studio: Studio) -> list[Check]:
    """What costs seconds, and is looked at only for those who ask."""
    params = shot.recipe.params
    if not isinstance(params, CheckParams):
        return []
    checks: list[Check] = []
    if params.check_text:
        checks += _text(shot, studio, params.text_models)
    if params.check_safety and params.safety_model:
        with studio.safety_judge(params.safety_model) as judge:
            checks.append(safety_check(present(shot.raster), judge))
    elif params.check_safety:
        checks.append(noted("safety", "not checked: packshot models pull safety"))
    return checks


def _text(shot: Shot, studio: Studio, models: str) -> list[Check]:
    if not models:
        return [noted("text on the product", "not checked: packshot models pull text-reader")]
    placed, raster = present(shot.placed), present(shot.raster)
    pair = views(present(shot.source).rgb, present(shot.cutout), placed, raster)
    with studio.text_reader(models) as reader:
        beside = overlaid_text_check(raster, placed.alpha_in_frame(), shot.rules, reader)
        if pair is None:
            return [noted("text on the product", "not compared: the frame cuts it off"), beside]
        return [text_check(*pair, reader), beside]
