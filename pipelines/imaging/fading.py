"""How a shadow ends that the frame does not hold: the frame's own edge stays white."""

import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import VISIBLE
from pipelines.imaging.placement import Placed

Plane = npt.NDArray[np.float32]

_LEAST_SHARE = 0.07
"""Share of the frame over which any shadow fades before it meets the frame's edge."""
_CUT = 0.5
"""Share of its greatest darkness that a shadow has at the edge, from which it fades all the way."""
_FOOT_SHARE = 0.1
"""Share of the product's height, from below, that is its foot."""


def fading(placed: Placed, lost: Plane | None = None) -> Plane:
    """1 inside, falling to 0 at the frame, so that no shadow is cut off.

    A shadow that leaves the frame by its side fades from the product's foot on: one that stays
    dark and then ends beside the edge looks like a board on the floor.

    Parameters
    ----------
    lost : float32 of the frame's size, share of light lost; None: nothing that leaves the frame
    """
    height, width = placed.frame_height_px, placed.frame_width_px
    left, right = _sides(placed, lost)
    down = _along(height, _LEAST_SHARE * height, _LEAST_SHARE * height)
    return np.minimum(down[:, None], _along(width, left, right)[None, :])


def _sides(placed: Placed, lost: Plane | None) -> tuple[float, float]:
    """Pixels over which a shadow fades at the frame's left and right."""
    least = _LEAST_SHARE * placed.frame_width_px
    rows = max(1, round(_FOOT_SHARE * placed.alpha.shape[0]))
    foot = np.flatnonzero((placed.alpha[-rows:] > VISIBLE).any(axis=0)) + placed.left_px
    most = 0.0 if lost is None else float(lost.max())
    if lost is None or not most or not foot.size:
        return least, least
    room = float(foot[0]), float(placed.frame_width_px - 1 - foot[-1])
    left, right = (
        least + min(1.0, float(lost[:, edge].max()) / (_CUT * most)) * max(0.0, free - least)
        for edge, free in zip((0, -1), room, strict=True)
    )
    return left, right


def _along(length: int, before: float, behind: float) -> Plane:
    """The same along one side: a step that rises steadily may be taken before the minimum."""
    places = np.arange(length)
    nearest = np.clip(np.minimum(places / before, places[::-1] / behind), 0, 1)
    return np.asarray(nearest * nearest * (3 - 2 * nearest), dtype=np.float32)
