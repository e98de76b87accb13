"""Check the finished picture, and the marketplace's rules on the very bytes that are kept."""

from dataclasses import dataclass, replace

import numpy as np

from pipelines.checks.detail import detail_check
from pipelines.checks.edge import halo, halo_check
from pipelines.checks.lock import placed_lock, source_lock
from pipelines.checks.purity import purity_check
from pipelines.imaging.encode import SUFFIX
from pipelines.presets import preset
from pipelines.report import Check
from pipelines.rules import rule_checks
from pipelines.spec import SceneParams, WhiteParams
from pipelines.stages.shot import Shot, Studio, present

_WHITE = 255.0


@dataclass(frozen=True, slots=True)
class Verify:
    """Product lock, edge, detail, white purity, and the marketplace's rules."""

    name: str = "check"

    def run(self, shot: Shot, studio: Studio) -> Shot:  # noqa: ARG002 - every stage's signature
        """Add what was checked to the report."""
        checks = [*_product(shot), *_white(shot)]
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
    if params.spec:
        encoded = present(shot.encoded)
        name = f"result{SUFFIX[encoded.format]}"
        checks += rule_checks(encoded.data, preset(params.spec), name=name)
    return checks
