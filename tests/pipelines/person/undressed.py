"""What tests of garments without their person share."""

import numpy as np
import numpy.typing as npt

from pipelines.person.hollow import Hollowed
from tests.pipelines.person.drawn import Drawn

BLUE = (30, 70, 160)


def body_of(drawn: Drawn) -> npt.NDArray[np.float32]:
    """Alpha of the person, without the garment."""
    return np.asarray(drawn.figure - drawn.garment, np.float32)


def filled(made: Hollowed, garment: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Where something was painted that the garment did not cover."""
    return np.asarray(made.alpha > garment + 1e-3)
