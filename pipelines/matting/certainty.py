"""Where a cutout's outline is not sure: there the models' looks disagree by more than blur."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.consensus import Consensus

_APART = 0.5
"""Looks this far apart at a pixel say different things about it."""
_MOSTLY = 0.4
"""Share of the unsure outline in one ninth of the product that is worth naming."""
_ROWS, _COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """The unsure part of an outline.

    Attributes
    ----------
    share
        Of the outline's length, 0 to 1.
    where
        The ninth of the product's box that holds most of it, such as ``bottom left``; "" if it
        is spread out or nothing.
    """

    share: float
    where: str


def unsure_outline(consensus: Consensus) -> Unsure:
    """Measure the outline on which looks disagree by more than the blur of one model pixel."""
    product = (consensus.outline > 0.5).astype(np.uint8)
    outline = product != cv2.erode(product, np.ones((3, 3), np.uint8), borderValue=1)
    if not outline.any():
        return Unsure(share=0.0, where="")
    unsure = outline & _disputed(consensus)
    return Unsure(share=float(unsure.sum() / outline.sum()), where=_where(unsure, product))


def _disputed(consensus: Consensus) -> npt.NDArray[np.bool_]:
    """Dispute that is wider than two model pixels, not a mere shift of the same edge."""
    apart = (consensus.doubt > _APART).astype(np.uint8)
    side = 2 * max(1, round(consensus.model_px)) + 1
    window = np.ones((side, side), np.uint8)
    wide = cv2.morphologyEx(apart, cv2.MORPH_OPEN, window)
    return np.asarray(cv2.dilate(wide, np.ones((3, 3), np.uint8)) > 0)


def _where(unsure: npt.NDArray[np.bool_], product: npt.NDArray[np.uint8]) -> str:
    rows, columns = np.nonzero(unsure)
    if rows.size == 0:
        return ""
    left, top, width, height = cv2.boundingRect(product)
    down = np.clip((rows - top) * 3 // max(1, height), 0, 2)
    across = np.clip((columns - left) * 3 // max(1, width), 0, 2)
    counts = np.bincount(down * 3 + across, minlength=9)
    most = int(counts.argmax())
    if counts[most] < _MOSTLY * rows.size:
        return ""
    return f"{_ROWS[most // 3]} {_COLUMNS[most % 3]}"
