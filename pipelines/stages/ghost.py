"""Ghost mannequin: the garment alone, as if an invisible body filled it."""

import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Cutout
from pipelines.person import PersonFinder
from pipelines.person.hollow import hollowed
from pipelines.report import Check, judged, noted
from pipelines.stages.worn import Worn, garment_check

Rgb = npt.NDArray[np.uint8]

_MOST_HIDDEN = 0.03
"""Of the garment: what hands and hair hid beyond it is guessed, not shown."""
_WHITE = 255.0


def ghost(worn: Worn, finder: PersonFinder) -> tuple[Cutout, tuple[Check, ...]]:
    """The garment with its neck, sleeves and legs closed, and what was checked."""
    person, regions = worn.person, worn.regions
    made = hollowed(worn.garment.rgb, regions.garment, regions.person, person)
    behind = person is not None and person.from_behind
    cutout = Cutout(rgb=made.rgb, alpha=made.alpha)
    return cutout, (
        garment_check(worn, made.rgb),
        judged(
            "neck closed",
            passed=made.neck_closed or behind,
            value="seen from behind: the back is the garment's own" if behind else made.neck,
            limit="the inside of the back shows behind the neckline",
            fix="use a photo on which the collar is free, or draw the garment with --garment",
        ),
        judged(
            "garment hidden",
            passed=made.hidden <= _MOST_HIDDEN,
            value=f"{made.hidden:.1%} was behind hands or hair",
            limit=f"at most {_MOST_HIDDEN:.0%}, which is closed with the cloth around it",
            fix="use a photo with free arms",
        ),
        nobody_check(_on_white(cutout), finder),
        noted("inside", f"reckoned, not photographed: {made.neck}; {made.openings} openings"),
    )


def nobody_check(shown: Rgb, finder: PersonFinder) -> Check:
    """Look for a face in what is left."""
    found = finder.find(shown)
    face = found is not None and found.face is not None
    return judged(
        "nobody recognisable",
        passed=not face,
        value="a face is found" if face else "no face is found",
        limit="none",
        fix="draw the garment with --garment, or use --faceless chin",
    )


def _on_white(cutout: Cutout) -> Rgb:
    alpha = cutout.alpha[..., None]
    return np.asarray(cutout.rgb * alpha + _WHITE * (1 - alpha) + 0.5, np.uint8)
