"""Which surfaces of a product are clear, judged one surface at a time.

Refraction moves what is seen through glass, and a lens of liquid turns it round, so that no pixel
need look like what lies straight behind it. A surface as a whole still does, less its tint.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipelines.matting.backdrop import Backdrop
from pipelines.matting.lattice import Floats, Mask

_FLAT, _EDGE = 0.018, 0.05
"""Of gradients, per pixel: a surface is flatter, and an edge between surfaces is steeper."""
_BUSIER = 1.5
"""Glass before a busy background is as busy, and its edges are this much steeper still."""
_LEAST_SHARE = 0.004
"""Of the product: smaller surfaces are judged as details of what is around them."""
REFLECTED = 1 - 0.96**4
"""Light that clear glass keeps back: two walls of two faces, each mirroring 4%."""
_LIGHT = 2.2
"""Codes of colour to this power are light."""
LEAST_TINT = 0.05
_GLOSS = 4.0
"""Glass darkens, paper and paint do not: brighter than behind counts this much more than darker."""
_CHROMA = 0.6
"""How much of the judgement is about the channel that is dimmed most: paint has more colour."""
_CLEAR, _SOLID = 0.5, 0.6
"""Cover up to which a surface is clear, and from which it is solid: caps, and dark glass."""
_TOUCH = 0.025
"""Of the picture's longer side: surfaces nearer than this touch."""
_LEAST_LABEL = 0.03
"""Of the product: what is brighter and smaller is a highlight, or the room bent into view."""
_BRIGHTER = 0.03
"""Than the glass around: less is the fall of the light."""
_WITHIN = 0.4
"""Share of a surface that what is around it encloses, when it lies on that and not beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """A surface, and what its colour says about it.

    Attributes
    ----------
    core, area
        bool (H, W): where it is flat, and up to the edges around it.
    colour, behind
        float32 (3,): its own median, and that of what lies straight behind.
    alpha
        Cover that explains it, 1 where nothing else does.
    tint
        float32 (3,): what it lets through of each channel, as a ratio of codes.
    """

    core: Mask
    area: Mask
    colour: Floats
    behind: Floats
    alpha: float = 1.0
    tint: Floats
    bright: float = 0.0

    @property
    def clear(self) -> bool:
        """Whether anything shines through."""
        return self.alpha < 0.95


def gradient_of(picture: Floats) -> Floats:
    """Steepest channel's change per pixel, of a float32 (H, W, 3) picture freed from grain."""
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
    across, down = (cv2.Sobel(soft, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    return np.asarray(np.sqrt(across**2 + down**2).max(axis=-1))


def panes(picture: Floats, inside: Mask, gradient: Floats, backdrop: Backdrop) -> list[Pane]:
    """All surfaces of any size within ``inside``, judged."""
    found = [
        _explained(pane, pane.behind) for pane in _surfaces(picture, inside, gradient, backdrop)
    ]
    clear = _union([pane.area for pane in found if pane.clear], inside)
    # Beside clear glass, brightness may be the room's, bent into view.
    bent = [
        _explained(pane, np.maximum(pane.behind, backdrop.brightest))
        if pane.bright > 0 and _touches(pane, clear)
        else pane
        for pane in found
    ]
    return [replace(pane, alpha=1.0) if _is_label(pane, bent, inside) else pane for pane in bent]


def _surfaces(
    picture: Floats, inside: Mask, gradient: Floats, backdrop: Backdrop
) -> Iterator[Pane]:
    """Flat parts, grown up to the edges between them.

    References
    ----------
    Vincent, Soille 1991, "Watersheds in Digital Spaces".
    """
    from scipy.ndimage import watershed_ift  # slow to import

    busy = _BUSIER * backdrop.busyness
    flat = ((gradient < max(_FLAT, busy)) & inside).astype(np.uint8)
    cores = cv2.erode(flat, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cores, connectivity=4)
    least = _LEAST_SHARE * np.count_nonzero(inside)
    large = [k for k in range(1, len(stats)) if stats[k, cv2.CC_STAT_AREA] >= least]
    markers = np.where(np.isin(labels, large), labels + 1, 0).astype(np.int32)
    markers[(gradient > max(_EDGE, _BUSIER * busy)) | ~inside] = 1
    steepness = np.clip(gradient * (255 / 0.15), 0, 255).astype(np.uint8)
    grown = watershed_ift(steepness, markers)
    for k in large:
        core = labels == k
        colour = np.median(picture[core], axis=0)
        ratio = np.median(picture[core] / np.maximum(backdrop.behind[core], 0.02), axis=0)
        behind = np.clip(colour / np.maximum(ratio, 1e-3), 0, 1)
        yield Pane(core=core, area=grown == k + 1, colour=colour, behind=behind, tint=ratio)


def _explained(pane: Pane, brightest: Floats) -> Pane:
    """The least alpha with which glass has the pane's colour, before what is as bright as that."""
    tint = np.clip(pane.colour / np.maximum(pane.behind, 0.02), LEAST_TINT, 1)
    excess = (pane.colour - brightest) / np.maximum(1 - brightest, 0.05)
    bright = float(np.clip(_GLOSS * excess, 0, 1).max())
    through = (1 - REFLECTED) * (1 - bright)
    alpha = 1 - through * float((tint**_LIGHT).mean())
    dimmed = 1 - through * float((1 - _CHROMA) * tint.mean() + _CHROMA * tint.min())
    solid = float(ramp(np.asarray(max(alpha, dimmed), np.float32), _CLEAR, _SOLID))
    alpha += (1 - alpha) * solid
    return replace(pane, alpha=alpha, tint=np.asarray(tint, np.float32), bright=bright)


def _is_label(pane: Pane, others: Sequence[Pane], product: Mask) -> bool:
    """Whether it lies on others: were it clear, it could only dim what is seen around it.

    Air above a liquid is brighter than that, too, but the liquid does not enclose it.
    """
    if np.count_nonzero(pane.core) < _LEAST_LABEL * np.count_nonzero(product):
        return False
    darker = [
        other
        for other in others
        if other.clear
        and float((pane.colour - other.colour).max()) > _BRIGHTER
        and _touches(pane, other.area)
    ]
    points = cv2.findNonZero(_union([other.core for other in darker], pane.core).astype(np.uint8))
    if points is None:
        return False
    hull = np.zeros(pane.core.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
    return float(hull[pane.core].mean()) > _WITHIN


def _touches(pane: Pane, others: Mask) -> bool:
    reach = 2 * max(1, round(_TOUCH * max(others.shape))) + 1
    near = cv2.dilate(pane.area.astype(np.uint8), np.ones((reach, reach), np.uint8))
    return bool((near.astype(bool) & others).any())


def _union(masks: Sequence[Mask], like: Mask) -> Mask:
    return np.asarray(np.logical_or.reduce([np.zeros_like(like), *masks]))


def ramp(values: Floats, low: float, high: float) -> Floats:
    """0 up to ``low``, 1 from ``high``, smooth between."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
