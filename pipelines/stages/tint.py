"""Products tinted to a scene's light, where that is asked for."""

from collections.abc import Sequence

from pipelines.imaging.colour_match import match_colour
from pipelines.imaging.cutout import Cutout
from pipelines.library import Template
from pipelines.report import Check, judged
from pipelines.spec import SceneParams


def tinted(
    cutouts: Sequence[Cutout], template: Template, params: SceneParams
) -> tuple[tuple[Cutout, ...], tuple[Check, ...]]:
    """Every product in the scene's light, and a check of the one that moved most."""
    limit = params.match_colour
    if not limit:
        return tuple(cutouts), ()
    found = [match_colour(one, template.light, limit=limit) for one in cutouts]
    worst = max(moved for _, moved in found)
    check = judged(
        "colour match",
        passed=worst <= limit,
        value=f"ΔE {worst:.2f}",
        limit=f"at most {limit:g}",
        fix="report this image",
    )
    return tuple(cutout for cutout, _ in found), (check,)
