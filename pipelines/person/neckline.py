"""The back of a garment as one sees it through its neckline, once nobody wears it.

Photographers shoot the inside of the back once more and put it behind the neckline. Here the
inside is reckoned: the cloth's own colour and weave from beside the neckline, paler in its print
and darker the deeper it lies.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.person.body import SHOULDERS, Person
from pipelines.person.canvas import Canvas

Floats = npt.NDArray[np.float32]

_REACH = 0.95
"""Of a head: how far from the neck's middle a collar's end may lie, to either side."""
_LEAST_DIP, _MOST_DIP = 0.05, 1.6
"""Of a head: a neckline that dips less is closed; one that dips more is hidden by hair, not cut."""
_BACK_SAG, _MOST_SAG = 0.2, 0.14
"""How deep the back's neckline hangs, over the front's depth, and at most over the width."""
_COLLAR_BAND = 0.055
"""Of a head: height of the band along the back's neckline."""
_DEEP, _NEAR = 0.66, 0.92
"""Light that the inside gets, behind the front's neckline and up at the back's."""
_PRINT_KEPT = 0.45
"""Of the cloth's pattern: a print shows through on its wrong side, but paler."""


@dataclass(frozen=True, slots=True)
class Neckline:
    """Columns between the collar's ends, the front's edge and the back's in each, in px."""

    first: int
    front: Floats
    back: Floats


def neckline_of(
    garment: Floats, person: Person | None, head: float
) -> tuple[Neckline | None, str, bool]:
    """Where a garment's collar runs, in words how it is closed, and whether it can be.

    Parameters
    ----------
    garment : float32 (H, W), its alpha
    head : the person's head, in px
    """
    middle = _neck_middle(garment, person)
    reach = _REACH * head
    first = max(0, round(middle - reach))
    last = max(0, min(garment.shape[1], round(middle + reach)))
    mask = garment[:, first:last] > 0.5
    there = np.asarray(mask.any(axis=0))
    if last - first < 3 or not there.any():
        return None, "no collar found where the neck is", False
    top = np.where(there, mask.argmax(axis=0), garment.shape[0]).astype(np.float32)
    top = _median(top, max(3, round(0.02 * head) | 1))
    centre = min(max(round(middle - first), 1), len(top) - 2)
    left = int(np.argmin(top[: centre + 1][::-1]))
    left = centre - left
    right = centre + int(np.argmin(top[centre:]))
    if right - left < 3:
        return None, "closed: the collar hides the inside of the back", True
    ends = np.linspace(top[left], top[right], right - left + 1, dtype=np.float32)
    front = top[left : right + 1]
    dip = float((front - ends).max())
    if dip < _LEAST_DIP * head:
        return None, "closed: the collar hides the inside of the back", True
    if dip > _MOST_DIP * head or not there[left : right + 1].all():
        return None, "hair or a hand hides where the collar runs", False
    across = np.linspace(-1, 1, len(ends), dtype=np.float32)
    sag = min(_BACK_SAG * dip, _MOST_SAG * len(ends))
    back = np.minimum(ends + sag * (1 - across**2), front)
    words = f"the inside of the back, {len(ends)} px wide and {dip - sag:.0f} px deep, was reckoned"
    return Neckline(first + left, front, np.asarray(back, np.float32)), words, True


def _neck_middle(garment: Floats, person: Person | None) -> float:
    if person is not None and person.pose is not None:
        return float(person.pose.middle(SHOULDERS)[0])
    if person is not None and person.face is not None:
        return float(person.face.centre[0])
    columns = np.flatnonzero((garment > 0.5).any(axis=0))
    return float(columns.mean()) if columns.size else garment.shape[1] / 2


def _median(values: Floats, window: int) -> Floats:
    padded = np.pad(values, window // 2, mode="edge")
    return np.asarray(
        np.median(np.lib.stride_tricks.sliding_window_view(padded, window), axis=1), np.float32
    )


def paint_back(canvas: Canvas, neckline: Neckline, head: float) -> None:
    """Paint the inside of the back between its neckline and the front's."""
    width = len(neckline.front)
    columns = slice(neckline.first, neckline.first + width)
    low = int(np.ceil(neckline.front.max())) + 2
    top = max(0, int(neckline.back.min()) - 2)
    rows = np.arange(top, low, dtype=np.float32)[:, None]
    above = neckline.front[None] - rows
    below = rows - neckline.back[None]
    shown = np.clip(below + 0.5, 0, 1) * np.clip(above + 2.5, 0, 1)
    plain = _plain(canvas, neckline, head)
    weave = _mirrored(canvas, neckline, rows, plain)
    inside = plain + _PRINT_KEPT * (weave - plain)
    inside = inside * _light(above, below, width, head)[..., None]
    canvas.paint_beneath(inside, shown, at=(slice(top, low), columns))


def _plain(canvas: Canvas, neckline: Neckline, head: float) -> Floats:
    """The colour of the cloth along the neckline, without seams, prints and buttons."""
    near = np.zeros_like(canvas.cloth)
    for number, row in enumerate(neckline.front):
        start = max(0, round(float(row)))
        near[start : start + max(3, round(0.25 * head)), neckline.first + number] = True
    pixels = canvas.picture[near & canvas.cloth]
    if len(pixels) < 16:
        pixels = canvas.picture[canvas.cloth]
    if len(pixels) == 0:
        return np.full(3, 128, np.float32)
    return np.asarray(np.median(pixels, axis=0), np.float32)


def _mirrored(canvas: Canvas, neckline: Neckline, rows: Floats, plain: Floats) -> Floats:
    """The cloth below the neckline, upside down: its weave and folds, where there is cloth."""
    height = canvas.picture.shape[0]
    skip = 3  # the edge itself is seam and shade
    there = np.clip(2 * neckline.front[None] - rows + skip, 0, height - 1).astype(np.int32)
    columns = neckline.first + np.arange(len(neckline.front))[None].repeat(len(rows), axis=0)
    seen = canvas.picture[there, columns]
    return np.where(canvas.cloth[there, columns][..., None], seen, plain).astype(np.float32)


def _light(above: Floats, below: Floats, width: int, head: float) -> Floats:
    """Light inside: dim behind the front's edge, brighter at the back's, with a band along it."""
    depth = np.maximum(above + below, 1)
    rise = np.clip(below / depth, 0, 1)
    light = _NEAR + (_DEEP - _NEAR) * rise**0.8
    side = np.abs(np.linspace(-1, 1, width, dtype=np.float32))[None]
    light = light * (1 - 0.22 * side**3)
    band = max(3.0, _COLLAR_BAND * head)
    seam = np.exp(-(((below - band) / max(1.0, 0.12 * band)) ** 2))
    light = np.where(below < band, np.minimum(light * 1.08, 0.95), light) * (1 - 0.16 * seam)
    return np.asarray(
        light * (1 - 0.35 * np.exp(-np.maximum(above, 0) / (0.05 * head))), np.float32
    )
