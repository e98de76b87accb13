"""The product in its painted scene: not continued, not doubled, standing, and alone with its words.

Measured on the finished picture, with the product put back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_lab
from pipelines.matting.consensus import Matter
from pipelines.matting.quick import find_product
from pipelines.reading.lines import Line
from pipelines.reading.reader import TextReader
from pipelines.report import Check, judged, noted

Rgb = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_WORK_PX = 512
_EDGE = 0.012
"""Of the longer side of the picture: what is found so close to the product's edge is its edge."""
_LEAST_PART = 0.03
"""Of the product's area: smaller pieces are blades of grass and lights, not products."""
_LIKE_PRODUCT = 0.5
"""Overlap of colour histograms: what continues a product has 0.7 and more."""
_DOUBLE_COLOURS, _DOUBLE_SHAPE, _DOUBLE_AREA = 0.6, 0.7, 0.12
"""Overlap of colours, overlap of silhouettes at one size, and least area over the product's. A
product painted twice has 0.94 to 0.98 and 0.94 to 0.99. Of what stands out beside products in 26
scenes, the likest were a terracotta block (0.50, 0.80) and pumpkins (0.49, 0.56) beside leather."""
_MOST_STRETCHED = 1.7
_SHAPE_PX = 48
_MOST_EXTENDED = 0.05
_BINS = (10, 18, 18)
_SURE = 0.8
_LEAST_LETTERS = 3
_OFF_PRODUCT = 0.3
_SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What looks like more of the product than there is.

    Attributes
    ----------
    extended
        Area that continues the product in its own colours, over the product's.
    doubles
        Pieces apart from it that have its colours and something of its size.
    overlap
        Intersection over union of what is found in the picture and what was placed.
    """

    extended: float
    doubles: int
    overlap: float


def grown_product(
    raster: Rgb, background: Rgb, alpha: Plane, matters: Sequence[Matter]
) -> Grown | None:
    """Find the product in the finished picture again and compare; None where nothing is found.

    Models of what stands out often see one thing only: another one shows once the product is away.

    Parameters
    ----------
    raster, background : uint8 (H, W, 3), with the product and without it
    alpha : float32 (H, W), of the product as it was placed
    matters
        Which models look; what is none of the product's colour is scenery that stands out, not
        product.
    """
    small, product = _reduced(raster, alpha)
    found, left = _found(small, matters), _found(_reduced(background, alpha)[0], matters)
    if not (found.any() or left.any()):
        return None
    own = product > 0.5
    edge = _grown_by(own, max(2, round(_EDGE * max(own.shape))))
    lab = to_lab(small)
    pieces = _pieces(found & ~edge, _LEAST_PART * own.sum())
    touching = [one for one in pieces if (_grown_by(one, 3) & edge).any()]
    apart = _pieces((found | left) & ~_grown_by(edge, 3), _LEAST_PART * own.sum())
    return Grown(
        extended=sum(_continues(one, own, lab) for one in touching),
        doubles=sum(_is_double(one, own, lab) for one in apart),
        overlap=float((found & own).sum() / max(int((found | own).sum()), 1)),
    )


def _found(small: Rgb, matters: Sequence[Matter]) -> Mask:
    """What the models take for the product of a picture, bool (H, W)."""
    found = np.zeros(small.shape[:2], np.bool_)
    seen = find_product(small, matters)
    if seen is not None:
        crop = seen.crop
        likely = cv2.resize(seen.probability, (crop.width_px, crop.height_px))
        found[crop.top : crop.bottom, crop.left : crop.right] = likely > 0.5
    return found


def _continues(piece: Mask, own: Mask, lab: Plane) -> float:
    """Area of a piece beside the product over its own, where it has the colours of that side."""
    beside = own & _grown_by(piece, max(12, round(0.08 * max(own.shape))))
    like = _alike(lab[piece], lab[beside if beside.any() else own]) >= _LIKE_PRODUCT
    return float(piece.sum() / own.sum()) if like else 0.0


def _is_double(piece: Mask, own: Mask, lab: Plane) -> bool:
    """Whether a piece apart from the product has its colours, its shape and nearly its size."""
    area = float(piece.sum() / own.sum())
    if not _DOUBLE_AREA <= area <= 1 / _DOUBLE_AREA:
        return False
    first, second = _boxed(piece), _boxed(own)
    stretched = (first.shape[0] * second.shape[1]) / (first.shape[1] * second.shape[0])
    if not 1 / _MOST_STRETCHED <= stretched <= _MOST_STRETCHED:
        return False
    size = (_SHAPE_PX, _SHAPE_PX)
    shapes = [cv2.resize(one.astype(np.float32), size) > 0.5 for one in (first, second)]
    overlap = (shapes[0] & shapes[1]).sum() / max((shapes[0] | shapes[1]).sum(), 1)
    return bool(overlap >= _DOUBLE_SHAPE and _alike(lab[piece], lab[own]) >= _DOUBLE_COLOURS)


def _boxed(mask: Mask) -> Mask:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def grown_checks(grown: Grown | None) -> tuple[Check, ...]:
    """Judge what was found again."""
    if grown is None:
        return (noted("product found again", "not found: nothing stands out from the scene"),)
    fix = "try another --seed, a lower --strength, or --control depth"
    return (
        judged(
            "product extended",
            passed=grown.extended <= _MOST_EXTENDED,
            value=f"by {grown.extended:.0%} of its area",
            limit=f"at most {_MOST_EXTENDED:.0%}",
            fix=fix,
        ),
        judged(
            "product duplicated",
            passed=grown.doubles == 0,
            value=f"{grown.doubles} more like it" if grown.doubles else "none like it",
            limit="none",
            fix=f"{fix}; say --negative 'second product'",
        ),
        noted("product found again", f"{grown.overlap:.0%} of what stands out is the product"),
    )


def invented_text_check(raster: Rgb, alpha: Plane, reader: TextReader, *, asked: str) -> Check:
    """Judge whether words stand in the scene that nobody asked for.

    Parameters
    ----------
    alpha : float32 (H, W): words on the product are its own
    asked
        What the user wrote: words that it holds may be painted.
    """
    wanted = Line(text=asked, score=1.0, corners=np.zeros((4, 2), np.float32)).letters
    found = [
        one
        for one in reader.read(np.ascontiguousarray(raster))
        if one.score >= _SURE
        and len(one.letters) >= _LEAST_LETTERS
        and one.covered(alpha) <= _OFF_PRODUCT
        and one.letters not in wanted
    ]
    told = " / ".join(one.text for one in found)
    shown = told if len(told) <= _SHOWN_CHARS else f"{told[: _SHOWN_CHARS - 1]}…"
    return judged(
        "text invented",
        passed=not found,
        value=f"“{shown}”" if found else "none",
        limit="no words but those asked for",
        fix="try another --seed; say --negative 'text, letters'",
    )


def _reduced(raster: Rgb, alpha: Plane) -> tuple[Rgb, Plane]:
    zoom = min(1.0, 2 * _WORK_PX / max(alpha.shape))
    size = max(1, round(alpha.shape[1] * zoom)), max(1, round(alpha.shape[0] * zoom))
    return (
        np.asarray(cv2.resize(raster, size, interpolation=cv2.INTER_AREA), np.uint8),
        np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32),
    )


def _pieces(mask: Mask, least: float) -> list[Mask]:
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    return [labels == n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] >= max(least, 16)]


def _alike(first: Plane, second: Plane) -> float:
    """Overlap of two sets of CIELAB colours, 0 to 1: histograms, a little blurred."""
    return float(np.minimum(_histogram(first), _histogram(second)).sum())


def _histogram(lab: Plane) -> Plane:
    spans = [(0, 100), (-90, 90), (-90, 90)]
    counts, _ = np.histogramdd(lab, bins=_BINS, range=spans)
    for axis in range(3):
        counts = _softened(counts, axis)
    return np.asarray(counts / max(float(counts.sum()), 1e-9), np.float32)


def _softened(counts: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    """Give a quarter of each bin to either neighbour; beyond the ends lies what the ends hold."""
    sides = [(0, 0)] * 3
    sides[axis] = (1, 1)
    wide = np.moveaxis(np.pad(counts, sides, mode="edge"), axis, 0)
    return np.moveaxis(0.5 * wide[1:-1] + 0.25 * (wide[:-2] + wide[2:]), 0, axis)


def _grown_by(mask: Mask, reach: int) -> Mask:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0)
