"""Safety: whether a picture may be shown to anybody."""

import numpy as np
import numpy.typing as npt

from pipelines.report import Check, judged
from pipelines.safety import SafetyJudge

LIMIT = 0.8
"""What the model's authors call unsafe; between 0.2 and this a person should look."""
_SURELY_SAFE = 0.2


def safety_check(raster: npt.NDArray[np.uint8], judge: SafetyJudge) -> Check:
    """Score a finished picture."""
    score = judge.score(np.ascontiguousarray(raster[..., :3]))
    doubt = ", have a look" if _SURELY_SAFE <= score <= LIMIT else ""
    return judged(
        "safety",
        passed=score <= LIMIT,
        value=f"nudity score {score:.2f}{doubt}",
        limit=f"at most {LIMIT:g}",
        fix="show it to a person before anybody else sees it",
    )
