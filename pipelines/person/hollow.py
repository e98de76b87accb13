"""A garment without the person in it: the openings that the body filled, seen from inside.

Photographers shoot the inside of the back once more and put it behind the neckline. Here the
inside is reckoned: the cloth's own colour and weave from beside the neckline, paler in its print
and darker the deeper it lies.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE
from pipelines.matting.band import distance_to
from pipelines.person.body import ANKLES, ELBOWS, HIPS, KNEES, SHOULDERS, WRISTS, Person

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Rgb = npt.NDArray[np.uint8]

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
_CHAINS = tuple(
    tuple(pair[side] for pair in chain)
    for chain in ((SHOULDERS, ELBOWS, WRISTS), (HIPS, KNEES, ANKLES))
    for side in (0, 1)
)
_SLEEVE, _HEM, _LEAST_SLEEVE = 0.55, 0.2, 0.08
"""Of a head: how far from a limb's middle the sleeve's edge may lie, across and along the limb, and
half the least width."""
_SLEEVE_DEPTH, _SLEEVE_LIGHT = 0.07, 0.42
"""How far one looks into a sleeve, over its width, and how light it is there."""
_PRINT_KEPT = 0.45
"""Of the cloth's pattern: a print shows through on its wrong side, but paler."""
_MOST_HIDDEN = 0.25
"""Of the hollow's own size: holes left by hands and hair up to here are closed with cloth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hollowed:
    """A garment with its openings closed.

    Attributes
    ----------
    rgb, alpha
        uint8 (H, W, 3) and float32 (H, W); where the garment is, its own pixels.
    neck
        How the neck was closed, in words.
    neck_closed
        False where a back should show, but the photo does not tell where.
    openings
        Number of sleeves, legs and hems into which one now looks.
    hidden
        Share of the garment that hands or hair hid, and that was closed with its cloth.
    """

    rgb: Rgb
    alpha: Floats
    neck: str
    neck_closed: bool
    openings: int
    hidden: float


@dataclass(frozen=True, slots=True)
class _Neckline:
    """Columns between the collar's ends, the front's edge and the back's in each, in px."""

    first: int
    front: Floats
    back: Floats


def hollowed(rgb: Rgb, garment: Floats, body: Floats, person: Person | None) -> Hollowed:
    """Take the person out of a garment and close its openings.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB, clean colour where the garment's alpha is partial
    garment, body : float32 (H, W), alpha of the garment, and of the person
    """
    head = person.scale_px if person is not None else 0.18 * float(np.count_nonzero(garment.any(1)))
    picture, alpha = rgb.astype(np.float32), garment.copy()
    cloth = (garment > 0.98) & (distance_to(garment <= 0.98) > 2)
    neckline, words, closed = _neckline(garment, person, head)
    if neckline is not None:
        _paint_back(picture, alpha, cloth, neckline, head)
    openings = _paint_openings(_Canvas(picture, alpha, cloth), garment, body, person, head)
    hidden = _close_holes(picture, alpha, cloth, body)
    solid = garment >= OPAQUE
    picture[solid] = rgb[solid]
    return Hollowed(
        rgb=np.clip(picture + 0.5, 0, 255).astype(np.uint8),
        alpha=np.clip(alpha, 0, 1),
        neck=words,
        neck_closed=closed,
        openings=openings,
        hidden=hidden,
    )


def _neckline(
    garment: Floats, person: Person | None, head: float
) -> tuple[_Neckline | None, str, bool]:
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
    return _Neckline(first + left, front, np.asarray(back, np.float32)), words, True


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


def _paint_back(
    picture: Floats, alpha: Floats, cloth: Mask, neckline: _Neckline, head: float
) -> None:
    """Paint the inside of the back between its neckline and the front's."""
    width = len(neckline.front)
    columns = slice(neckline.first, neckline.first + width)
    low = int(np.ceil(neckline.front.max())) + 2
    top = max(0, int(neckline.back.min()) - 2)
    rows = np.arange(top, low, dtype=np.float32)[:, None]
    above = neckline.front[None] - rows
    below = rows - neckline.back[None]
    shown = np.clip(below + 0.5, 0, 1) * np.clip(above + 2.5, 0, 1)
    plain = _plain(picture, cloth, neckline, head)
    weave = _mirrored(picture, cloth, neckline, rows, plain)
    inside = plain + _PRINT_KEPT * (weave - plain)
    inside = inside * _light(above, below, width, head)[..., None]
    own = alpha[top:low, columns]
    under = picture[top:low, columns]
    beneath = shown * (1 - own)
    total = own + beneath
    safe = np.maximum(total, 1e-6)[..., None]
    mixed = (under * own[..., None] + inside * beneath[..., None]) / safe
    picture[top:low, columns] = np.where((beneath > 0)[..., None], mixed, under)
    alpha[top:low, columns] = total


def _plain(picture: Floats, cloth: Mask, neckline: _Neckline, head: float) -> Floats:
    """The colour of the cloth along the neckline, without seams, prints and buttons."""
    near = np.zeros_like(cloth)
    for number, row in enumerate(neckline.front):
        start = max(0, round(float(row)))
        near[start : start + max(3, round(0.25 * head)), neckline.first + number] = True
    pixels = picture[near & cloth]
    if len(pixels) < 16:
        pixels = picture[cloth]
    if len(pixels) == 0:
        return np.full(3, 128, np.float32)
    return np.asarray(np.median(pixels, axis=0), np.float32)


def _mirrored(
    picture: Floats, cloth: Mask, neckline: _Neckline, rows: Floats, plain: Floats
) -> Floats:
    """The cloth below the neckline, upside down: its weave and folds, where there is cloth."""
    height = picture.shape[0]
    skip = 3  # the edge itself is seam and shade
    there = np.clip(2 * neckline.front[None] - rows + skip, 0, height - 1).astype(np.int32)
    columns = neckline.first + np.arange(len(neckline.front))[None].repeat(len(rows), axis=0)
    seen = picture[there, columns]
    return np.where(cloth[there, columns][..., None], seen, plain).astype(np.float32)


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


def _paint_openings(
    canvas: "_Canvas", garment: Floats, body: Floats, person: Person | None, head: float
) -> int:
    """Show a little of the inside where arms and legs came out."""
    if person is None or person.pose is None:
        return 0
    solid, skin = garment > 0.5, body > 0.5
    near = np.ones((5, 5), np.uint8)
    contact = (cv2.dilate(skin.astype(np.uint8), near) > 0) & solid
    exits = [_exit(person.pose.points[list(chain)], solid, skin) for chain in _CHAINS]
    if _is_skirt(exits[2:], solid, head):
        exits = exits[:2]
    found = [one for one in exits if one is not None]
    return sum(_look_into(canvas, contact, middle, out, head) for middle, out in found)


def _is_skirt(legs: list[tuple[Floats, Floats] | None], solid: Mask, head: float) -> bool:
    """Whether both legs come out of one hem, into which nobody looks from the front."""
    ends = [one[0] for one in legs if one is not None]
    if len(ends) < 2:
        return False
    between = np.asarray((ends[0] + ends[1]) / 2 - (0, 0.06 * head), np.float32)
    return _at(solid, between)


def _exit(joints: Floats, solid: Mask, skin: Mask) -> tuple[Floats, Floats] | None:
    """Where a limb leaves the garment, and where it points to there; None if it does not."""
    for start, end in pairwise(joints):
        steps = max(2, int(np.linalg.norm(end - start)))
        along = np.linspace(start, end, steps, dtype=np.float32)
        sides = [1 if _at(solid, one) else -1 if _at(skin, one) else 0 for one in along]
        for number in range(1, steps):
            if sides[number] == -1 and 1 in sides[max(0, number - 4) : number]:
                direction = (end - start) / max(1e-6, float(np.linalg.norm(end - start)))
                return along[number], np.asarray(direction, np.float32)
    return None


def _look_into(canvas: "_Canvas", contact: Mask, middle: Floats, out: Floats, head: float) -> bool:
    """Paint half an oval beyond a sleeve's edge, as dark as the inside of a sleeve."""
    rows, columns = np.mgrid[: contact.shape[0], : contact.shape[1]].astype(np.float32)
    x, y = columns - middle[0], rows - middle[1]
    sideways = x * -out[1] + y * out[0]
    outwards = x * out[0] + y * out[1]
    # An arm that hangs beside the body touches it far down: that is no edge of the sleeve.
    edge = contact & (np.hypot(x, y) < _SLEEVE * head) & (np.abs(outwards) < _HEM * head)
    if np.count_nonzero(edge) < 8:
        return False
    low, high = np.percentile(sideways[edge], (10, 90))
    half, centre = (high - low) / 2, (high + low) / 2
    inner = edge & (np.abs(sideways - centre) <= 0.6 * half)
    base = float(np.percentile(outwards[inner if inner.any() else edge], 60))
    if half < _LEAST_SLEEVE * head:
        return False
    reach = max(3.0, _SLEEVE_DEPTH * 2 * half)
    oval = 1 - np.hypot((sideways - centre) / half, np.maximum(outwards - base, 0) / reach)
    shown = np.clip(oval * reach, 0, 1) * (outwards > base - reach)
    return canvas.beneath(np.asarray(shown, np.float32), np.hypot(x, y) < 2 * half)


@dataclass(frozen=True, slots=True)
class _Canvas:
    """A garment's colour and alpha, under which cloth seen from inside is painted."""

    picture: Floats
    alpha: Floats
    cloth: Mask

    def beneath(self, shown: Floats, near: Mask) -> bool:
        """Put the dark inside of the cloth that is near under what is there."""
        beneath = shown * (1 - self.alpha)
        pixels = self.picture[self.cloth & near]
        if len(pixels) == 0 or beneath.max() <= 0.5:
            return False
        inside = np.median(pixels, axis=0) * _SLEEVE_LIGHT
        total = np.maximum(self.alpha + beneath, 1e-6)[..., None]
        mixed = (self.picture * self.alpha[..., None] + inside * beneath[..., None]) / total
        self.picture[:] = np.where((beneath > 0)[..., None], mixed, self.picture)
        self.alpha[:] = self.alpha + beneath
        return True


def _at(mask: Mask, place: npt.NDArray[np.floating]) -> bool:
    x, y = round(float(place[0])), round(float(place[1]))
    return 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and bool(mask[y, x])


def _close_holes(picture: Floats, alpha: Floats, cloth: Mask, body: Floats) -> float:
    """Close what hands and hair hid within the garment's outline with the cloth around it.

    Where background shows between an arm and the torso, nothing was hidden: it stays open.
    """
    solid = (alpha > 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = cv2.drawContours(np.zeros_like(solid), contours, -1, (1,), cv2.FILLED)
    gaps = (whole > 0) & (solid == 0)
    holes = _mostly(gaps, body > 0.5)
    area = float(solid.sum())
    hidden = float(holes.sum()) / max(area, 1.0)
    if not holes.any() or hidden > _MOST_HIDDEN:
        return hidden
    shown = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    window = cv2.dilate(holes.astype(np.uint8), np.ones((5, 5), np.uint8))
    closed = cv2.inpaint(shown, window, 5, cv2.INPAINT_TELEA)
    repaired = (window > 0) & ~cloth & (holes | ~gaps)
    picture[repaired] = closed[repaired]
    alpha[repaired & (whole > 0)] = 1
    return hidden


def _mostly(mask: Mask, inside: Mask) -> Mask:
    """The connected parts of a mask that lie inside another by more than half."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    pixels = np.bincount(labels.ravel(), minlength=count)
    shared = np.bincount(labels[inside], minlength=count)
    chosen = 2 * shared > pixels
    chosen[0] = False
    return np.asarray(chosen[labels])
