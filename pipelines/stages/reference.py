"""A further picture that a painter is shown: a scene to be like, a person to be."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import RecipeInvalid
from pipelines.generate import Profile
from pipelines.imaging.decode import decode
from pipelines.stages.shot import Studio

Rgb = npt.NDArray[np.uint8]
_LONGEST_PX = 1024
"""Models look at a megapixel of it at most."""


def references(digest: str, profile: Profile, studio: Studio) -> tuple[Rgb, ...]:
    """Read the picture of that digest, no larger than models look at; "" gives none.

    Raises
    ------
    RecipeInvalid : the model takes none
    """
    if not digest:
        return ()
    if "references" not in profile.abilities:
        limit = f"model '{profile.name}' takes no reference pictures"
        raise RecipeInvalid(field="reference", value=digest[:12], limit=limit)
    rgb = decode(studio.asset(digest), name="reference").rgb
    height, width = rgb.shape[:2]
    zoom = min(1.0, _LONGEST_PX / max(height, width))
    size = max(1, round(width * zoom)), max(1, round(height * zoom))
    return (np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8),)
