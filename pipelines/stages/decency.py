"""Whether a picture may be shown to anybody, for those who ask."""

from pipelines.checks.decency import safety_check
from pipelines.report import Check, noted
from pipelines.spec import CheckParams
from pipelines.stages.shot import Shot, Studio, present


def decency(shot: Shot, studio: Studio, params: CheckParams) -> tuple[Check, ...]:
    """Score the picture; nothing where nobody asks."""
    if not params.check_safety:
        return ()
    if not params.safety_model:
        return (noted("safety", "not checked: packshot models pull safety"),)
    with studio.safety_judge(params.safety_model) as judge:
        return (safety_check(present(shot.raster), judge),)
