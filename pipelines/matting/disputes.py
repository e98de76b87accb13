"""Parts that one look calls product and another background: decided by what the picture shows.

Models fail in regions, not in pixels: one fills the holes of a basket, another drops a plain panel.
A vote cannot tell which of them is right. Colours can: the wrong look has the same colours on
both sides of its outline.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Window = tuple[slice, slice]

_LEAST_WIDTH = 1.0
"""In model pixels: narrower disputes are the same edge seen at two sharpnesses."""
_REACH = 8.0
"""In model pixels: how far around a region colours count."""
_MOST_REGIONS = 24
_DECISIVE = 0.82
"""A look overrules the vote if product and background share at most this much of what they share
after the vote: 0.33 where a lemur's body was dropped, 0.78 where a chain's hole was filled, 0.92
where steel is as grey as its wall and the look is wrong."""
_LEVELS = 12
"""Steps of each Lab channel in a colour histogram: 8 ΔE, wider than noise and shading."""

_STEPS = np.arange(256)
_LIGHTNESS_LEVEL = (_STEPS * _LEVELS // 256).astype(np.int32)
# Chroma fills only the middle of its range: it gets twice the steps of lightness there.
_CHROMA_LEVEL = (np.clip((_STEPS - 128) * 2 + 128, 0, 255) * _LEVELS // 256).astype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Colours:
    """The colours in a window of the picture, counted on a grid.

    Attributes
    ----------
    cell
        int32 (h, w): each pixel's cell in the flattened grid.
    """

    cell: npt.NDArray[np.int32]

    def shared(self, product: Mask) -> float:
        """Bhattacharyya coefficient of the colours of product and background, 0 to 1."""
        inside, outside = _histogram(self.cell[product]), _histogram(self.cell[~product])
        return float(np.sqrt(inside * outside).sum())


def settled(rgb: Rgb, stack: Floats, vote: Floats, *, model_px: float) -> Floats:
    """Settle each disputed region by the look whose outline parts the colours best.

    Parameters
    ----------
    rgb : uint8 (h, w, 3), sRGB, at the working resolution
    stack : float32 (looks, h, w)
    vote : float32 (h, w), what the looks say together
    model_px : size of one model pixel in working pixels
    """
    regions = _regions(stack, model_px)
    if not regions:
        return vote
    result = vote.copy()
    reach = max(4, round(_REACH * model_px))
    for region in regions:
        window = _window(region, reach)
        colours = _Colours(cell=_cells(rgb, window))
        chosen = _best(region[window], [look[window] for look in stack], result[window], colours)
        result[window] = np.where(region[window], chosen, result[window])
    return result


def _regions(stack: Floats, model_px: float) -> list[Mask]:
    """Disputed regions, largest first, with the narrow disputes beside them."""
    product = stack > 0.5
    disputed = np.asarray(product.any(axis=0) & ~product.all(axis=0)).astype(np.uint8)
    side = 2 * max(1, round(_LEAST_WIDTH * model_px)) + 1
    window = np.ones((side, side), np.uint8)
    wide = cv2.morphologyEx(disputed, cv2.MORPH_OPEN, window)
    if not wide.any():
        return []
    # Neighbours across a wire or a strap are one question: they get one answer.
    joined = cv2.dilate(wide, np.ones((2 * side + 1, 2 * side + 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    order = 1 + np.argsort(stats[1:, cv2.CC_STAT_AREA])[::-1][:_MOST_REGIONS]
    return [np.asarray(labels == label) for label in order] if count > 1 else []


def _best(region: Mask, looks: Sequence[Floats], vote: Floats, colours: _Colours) -> Floats:
    """Return what parts the colours best in a window: the vote, or one look in the region."""
    best, least = vote, colours.shared(vote > 0.5) * _DECISIVE
    for look in looks:
        candidate = np.where(region, look, vote)
        shared = colours.shared(candidate > 0.5)
        if shared < least:
            best, least = candidate, shared
    return best


def _cells(rgb: Rgb, window: Window) -> npt.NDArray[np.int32]:
    """Each pixel's cell in a window: its colour is blurred with its neighbours', beyond it too."""
    around = tuple(slice(max(0, one.start - 1), one.stop + 1) for one in window)
    inside = tuple(
        slice(one.start - out.start, one.stop - out.start)
        for one, out in zip(window, around, strict=True)
    )
    smooth = cv2.GaussianBlur(rgb[around], (3, 3), 0)
    lab = cv2.cvtColor(np.ascontiguousarray(smooth[inside]), cv2.COLOR_RGB2LAB)
    lightness, *chroma = cv2.split(lab)
    cell = _LIGHTNESS_LEVEL[lightness]
    for each in chroma:
        cell *= _LEVELS
        cell += _CHROMA_LEVEL[each]
    return np.asarray(cell)


def _histogram(cells: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Shares of the grid's cells, softened so that neighbouring cells count as near."""
    counts = np.bincount(cells, minlength=_LEVELS**3).reshape((_LEVELS,) * 3).astype(np.float64)
    for axis in range(3):
        before, after = np.roll(counts, 1, axis), np.roll(counts, -1, axis)
        counts = counts / 2 + (before + after) / 4
    return np.asarray(counts.ravel() / max(counts.sum(), 1))


def _window(region: Mask, reach_px: int) -> Window:
    left, top, width, height = cv2.boundingRect(region.astype(np.uint8))
    return (
        slice(max(0, top - reach_px), top + height + reach_px),
        slice(max(0, left - reach_px), left + width + reach_px),
    )
