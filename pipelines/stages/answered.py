"""What a painter gave back: put in place where it moved a little, and looked at."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipelines.checks.drift import Drift, DriftLimits, drift_check, find_drift, register
from pipelines.checks.painted import (
    Painting,
    blank_check,
    change_check,
    noise_check,
    repainted_check,
)
from pipelines.checks.similarity import Similarity
from pipelines.generate import Profile
from pipelines.report import Check
from pipelines.stages.painted_cast import without_cast

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_IN_PLACE = DriftLimits(shift=0.005, zoom=0.01, turn_deg=0.5)
"""For models that paint inside a mask: what they keep has no reason to move."""
_FREE = DriftLimits()
"""For models that paint the whole picture anew: what moved a little is put back."""
_UNSEEN_PX = 2.0
"""Of the farthest corner: as much is measured where a decoder only blurs, by 2 px."""


def answered(
    painting: Painting, profile: Profile, *, stays: Mask, strength: float, plate: bool = False
) -> tuple[Rgb, tuple[Check, ...]]:
    """Put a painting back over what it was painted from, take its colour cast out, and check it.

    Parameters
    ----------
    stays
        bool (H, W): where both must show the same; a drift and a cast are told by it.
    strength
        Within [0, 1]: how much was to be painted anew.
    plate
        Whether it was painted over a template's plate, which then tells a cast as well.
    """
    drift = _seen(find_drift(painting.before, painting.after, stays))
    limits = _IN_PLACE if "inpaint" in profile.abilities else _FREE
    if drift.told and not limits.refuse(drift):
        painting = replace(painting, after=register(painting.after, drift).rgb)
    after, cast = without_cast(painting, stays=stays, strength=strength, plate=plate)
    return after, (
        blank_check(painting),
        noise_check(painting),
        drift_check(drift, limits=limits),
        repainted_check(painting),
        cast,
        change_check(painting, strength=strength),
    )


def _seen(drift: Drift) -> Drift:
    """A drift that nobody sees is none: to put it back would only soften the picture."""
    if drift.reach_px > _UNSEEN_PX:
        return drift
    return replace(drift, mapping=Similarity(), reach_px=0.0)
