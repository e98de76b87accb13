"""Edge halo: how much of the old background's colour is left along the product's edge.

Without a truth one can still ask where the edge's colour lies between two that are known: the
product's own, a pixel or two further in, and the old background's, a few pixels further out.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE, Cutout
from pipelines.report import Check, judged, noted

LIMIT = 0.35
"""Measured on 7 opaque samples and 5 rendered photos with exact alpha and true colours: the truth
itself gives -0.06 to 0.29 (edges mirror their surroundings), masks one pixel too fat 0.41 to 0.89,
two pixels 0.57 to 0.94. A perfect alpha whose colours were left uncleaned gives 0.18 to 0.51: of
those only the worse third fails."""
_SEEN = 30
"""Distance in 8-bit RGB below which a rim of another colour is not seen at 100%."""
_INSIDE_PX, _OUTSIDE_PX = 3, 6
_GLASS = 0.1
_LEAST_PIXELS = 2
_WIDEST_EDGE_PX = 12
"""What is partly covered farther inside is glass, not edge."""
_SAMPLED = 4000
"""Edge pixels looked at: more move the mean by less than 0.01."""
_LEAST_SEEN = 0.1
"""Share of the edge that must stand out from the old background for a judgement."""

_EVEN_BYTES, _LOWEST_BYTE = np.uint32(0x00FF00FF), np.uint32(0xFF)

Colours = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Halo:
    """What was measured along the outline.

    Attributes
    ----------
    share
        0: the edge has the product's own colour; 1: the old background's.
    seen
        Share of the outline where product, old and new background differ enough to tell.
    glass
        Share of the product that is partly covered far from any edge: what lies behind shines
        through, and its colour in the edge is no fault.
    """

    share: float
    seen: float
    glass: float = 0.0


def halo(cutout: Cutout, source_rgb: npt.NDArray[np.uint8], *, onto: float | None = None) -> Halo:
    """Measure the halo of a cutout against the photo that it was cut from.

    Parameters
    ----------
    onto : 8-bit grey of the new background; an old background of that colour leaves no visible
        rim. None: any background.
    """
    box, reach = cutout.box, 3 * _OUTSIDE_PX
    inside = np.s_[
        max(0, box.top - reach) : box.bottom + reach, max(0, box.left - reach) : box.right + reach
    ]
    alpha, rgb, source = cutout.alpha[inside], cutout.rgb[inside], source_rgb[inside]
    product, solid = (alpha > 0.1).view(np.uint8), (alpha >= OPAQUE).view(np.uint8)
    clear, core, band = _zones(alpha, product, solid)
    rows, columns = _sample(band)
    if rows.size == 0:
        return Halo(share=0.0, seen=0.0)
    deep = cv2.subtract(cv2.subtract(product, solid), band)
    glass_share = cv2.countNonZero(deep) / cv2.countNonZero(product)
    own, own_known = _colour_near(rgb, core, rows, columns, reach_px=_INSIDE_PX, step=1)
    old, old_known = _colour_near(source, clear, rows, columns, reach_px=_OUTSIDE_PX, step=2)
    apart = old - own
    distance = np.linalg.norm(apart, axis=1)
    told = own_known & old_known & (distance > _SEEN)
    if onto is not None:
        told &= np.linalg.norm(old - np.float32(onto), axis=1) > _SEEN
    if not told.any():
        return Halo(share=0.0, seen=0.0, glass=glass_share)
    along = ((rgb[rows, columns] - own) * apart).sum(axis=1)[told] / distance[told] ** 2
    weight = alpha[rows, columns][told]
    share = float((np.clip(along, -0.5, 1.5) * weight).sum() / weight.sum())
    return Halo(share=share, seen=float(told.mean()), glass=glass_share)


def halo_check(measured: Halo) -> Check:
    """Judge a measured halo; say so where nothing could be told."""
    if measured.seen < _LEAST_SEEN:
        value = "not to be seen: the old background has the product's or the new one's colour"
        return noted("edge halo", value)
    if measured.glass > _GLASS:
        value = f"{measured.share:.2f}, not judged: what lies behind glass colours its edge"
        return noted("edge halo", value)
    return judged(
        "edge halo",
        passed=measured.share <= LIMIT,
        value=f"{max(measured.share, 0):.2f} of the old background's colour in the edge",
        limit=f"at most {LIMIT:g}",
        fix="try --quality best, or a photo whose background is plainer or nearer in colour",
    )


def _zones(
    alpha: Colours, product: npt.NDArray[np.uint8], solid: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint8], ...]:
    """Old background, product inside, and the edge: outermost two pixels, or partly covered."""
    square = np.ones((3, 3), np.uint8)
    nothing = (alpha < 0.01).view(np.uint8)
    clear = cv2.erode(nothing, square, iterations=2)
    core = cv2.erode(solid, square)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    outermost = cv2.dilate(nothing, disc)
    wide = cv2.dilate(nothing, np.ones((2 * _WIDEST_EDGE_PX + 1,) * 2, np.uint8))
    edge = cv2.bitwise_or(outermost, cv2.subtract(wide, solid))
    band = np.asarray(cv2.bitwise_and(edge, product), np.uint8)
    return clear, core, band


def _sample(
    band: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    found = np.flatnonzero(band.view(np.bool_))  # of bytes it takes ten times as long
    chosen = found[:: max(1, found.size // _SAMPLED)]
    return chosen // band.shape[1], chosen % band.shape[1]


def _colour_near(
    rgb: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.uint8],
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    *,
    reach_px: int,
    step: int,
) -> tuple[Colours, npt.NDArray[np.bool_]]:
    """Mean colour of a mask's nearest pixels; farther off where the edge is wide, as fur's is."""
    # Four bytes a pixel are gathered as one number.
    pixels = cv2.cvtColor(rgb, cv2.COLOR_RGB2RGBA).view(np.uint32)[..., 0]
    colour, count = _mean_around(pixels, mask, rows, columns, reach_px=reach_px, step=step)
    lacking = np.flatnonzero(count < _LEAST_PIXELS)
    if lacking.size:
        colour[lacking], count[lacking] = _mean_around(
            pixels, mask, rows[lacking], columns[lacking], reach_px=4 * reach_px, step=4 * step
        )
    return colour, count >= _LEAST_PIXELS


def _mean_around(
    pixels: npt.NDArray[np.uint32],
    mask: npt.NDArray[np.uint8],
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    *,
    reach_px: int,
    step: int,
) -> tuple[Colours, Colours]:
    """Mean colour of a mask's pixels around each place, and how many there are."""
    height, width = mask.shape
    # Two channels in one number: sums of 49 bytes fit into sixteen bits.
    red_blue, green, count = (np.zeros(rows.size, np.uint32) for _ in range(3))
    flat, shown = pixels.ravel(), mask.ravel()
    steps = range(-reach_px, reach_px + 1, step)
    asides = [np.clip(columns + right, 0, width - 1) for right in steps]
    for down in steps:
        there = np.clip(rows + down, 0, height - 1) * width
        for aside in asides:
            place = there + aside
            seen = shown[place]
            colour = flat[place] * seen
            count += seen
            red_blue += colour & _EVEN_BYTES
            green += (colour >> 8) & _LOWEST_BYTE
    total = np.stack([red_blue & 0xFFFF, green, red_blue >> 16], axis=1)
    mean = total / np.maximum(count, 1).astype(np.float32)[:, None]
    return np.asarray(mean, dtype=np.float32), count.astype(np.float32)
