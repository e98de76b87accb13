"""Which part of a cut-out figure is garment, and which is the person who wears it.

What is known for certain (face, hands, the middle of the torso) gives two palettes; every other
pixel is judged by its colour and by where on the body it lies, and the line between the two is
then drawn along the picture's own edges.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.band import distance_to
from pipelines.matting.random_walk import random_walk
from pipelines.person.body import Person
from pipelines.person.line import LEAST_SPECK, beyond, garment_alpha, reduced
from pipelines.person.palette import GENERAL_SKIN, Palette, lab_of, palette_of, skin_palette
from pipelines.person.pieces import Piece, piece_of
from pipelines.person.zones import Zones

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Rgb = npt.NDArray[np.uint8]

_HEAD, _NECK, _TORSO, _ELSEWHERE = 0.02, 0.35, 0.93, 0.6
"""How likely garment is, by where on the body a pixel lies, before its colour is known."""
_WALK_PRIOR = 0.15
_RIM = 0.06
"""Of a head: garment thinner than this along the outline of a bare limb is the limb's own shade;
straps are as thin, but lie within the figure."""
_LONG_RIM, _ON_LIMB = 5, 0.5
_LEAST_ON_BODY = 0.3
"""Share of a piece that lies on head, throat or hands; a print there is taken for skin."""
_MOSTLY, _LIMB = 0.8, 0.5
"""Share of a piece on a limb, and its least area over the face's: smaller is shine on a sleeve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """A figure, parted.

    Attributes
    ----------
    garment, person
        float32 (H, W) within [0, 1]: together they are the figure's alpha.
    """

    garment: Floats
    person: Floats


def part(rgb: Rgb, figure: Floats, person: Person, *, piece: Piece = "all") -> Regions:
    """Part a figure into garment and person.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
    figure : float32 (H, W), alpha of person and garment together
    piece
        Which of what is worn is the garment; the rest counts as person.
    """
    small, inside, zoom = reduced(rgb, figure)
    zones = Zones.of(person, small.shape[1::-1], zoom)
    likely = _walked(small, inside, zones)
    likely = _without_rims(likely, inside, zones, reach_px=_RIM * person.scale_px * zoom)
    likely = _without_specks(likely, inside, zones)
    worn = (likely > 0.5) & inside
    sold = piece_of(small, worn, person.pose, piece, zoom=zoom)
    likely = np.where(worn & ~sold, np.float32(0), likely)
    garment = garment_alpha(rgb, figure, beyond(likely, inside), zoom=zoom)
    return Regions(garment=garment, person=np.asarray(figure - garment, np.float32))


def as_drawn(figure: Floats, garment: Floats) -> Regions:
    """A user's mask is the garment, whatever the models say; the rest of the figure is person."""
    return Regions(garment=garment, person=np.asarray(figure * (1 - garment), np.float32))


def _walked(rgb: Rgb, inside: Mask, zones: Zones) -> Floats:
    """How likely each pixel of the figure is garment, its line on the picture's edges."""
    evidence, sure = _evidence(rgb, inside, zones)
    evidence = np.where(inside, evidence, 0).astype(np.float32)
    return random_walk(rgb, evidence, inside & ~sure, prior_weight=_WALK_PRIOR)


def _evidence(rgb: Rgb, inside: Mask, zones: Zones) -> tuple[Floats, Mask]:
    lab = lab_of(rgb)
    skin = skin_palette(lab, zones.face & inside) or GENERAL_SKIN
    to_skin = skin.distance(lab)
    hair = palette_of(lab, zones.hair & inside & (to_skin > 2), colours=3)
    cloth = palette_of(lab, zones.torso & inside, colours=6)
    to_person = to_skin if hair is None else np.minimum(to_skin, hair.distance(lab))
    if cloth is None:
        to_cloth: Floats = np.full(inside.shape, 4.0, np.float32)
    else:
        to_cloth = cloth.distance(lab)
    odds = np.log(_prior(zones) / (1 - _prior(zones))) + (to_person - to_cloth) / 2
    likely = np.asarray(1 / (1 + np.exp(-odds)), np.float32)
    bare = zones.torso & (to_skin < 2) & _is_bare(cloth, skin)
    person, garment = zones.face | zones.hands, zones.torso & ~bare
    likely[garment], likely[person] = 1, 0
    return likely, (person | garment) & inside


def _prior(zones: Zones) -> Floats:
    prior = np.full(zones.head.shape, _ELSEWHERE, np.float32)
    prior[zones.limbs] = 0.5
    prior[zones.neck] = _NECK
    prior[zones.torso] = _TORSO
    prior[zones.head] = _HEAD
    return prior


def _is_bare(cloth: Palette | None, skin: Palette) -> bool:
    """Whether the torso has colours besides skin: then what is skin-coloured there may be skin."""
    if cloth is None:
        return False
    away = np.abs((cloth.middles[:, None] - skin.middles[None]) / skin.spreads[None]).max(axis=2)
    return bool((away.min(axis=1) > 2).sum() >= 2)


def _without_specks(likely: Floats, inside: Mask, zones: Zones) -> Floats:
    """Give small pieces of either side back to the other, and prints back to the garment.

    What has a person's colours in the midst of garment, far from head and hands, is a print.
    """
    least = LEAST_SPECK * float(inside.sum())
    beside = cv2.dilate((~inside).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    result = likely.copy()
    for garment in (False, True):
        side = inside & ((result > 0.5) == garment)
        number, labels, stats, _ = cv2.connectedComponentsWithStats(side.astype(np.uint8))
        for one in range(1, number):
            piece = labels == one
            stray = not garment and _is_print(piece, zones, beside)
            # A little skin at the outline is a shoulder beside a strap; within, it is a stain.
            bare = not garment and bool((piece & beside).any())
            if stray or stats[one, cv2.CC_STAT_AREA] < (least / 10 if bare else least):
                result[piece] = 0.0 if garment else 1.0
    return result


def _is_print(piece: Mask, zones: Zones, beside: Mask) -> bool:
    """Whether a piece with a person's colours lies neither on head, hands or limbs nor at the edge.

    A bare arm before the body reaches the figure's edge, or a hand, or lies along its bone.
    """
    on_body = float(zones.known[piece].mean()) >= _LEAST_ON_BODY
    on_limb = float(zones.limbs[piece].mean()) >= _MOSTLY and piece.sum() > _LIMB * zones.face.sum()
    return not (on_body or on_limb or (piece & beside).any())


def _without_rims(likely: Floats, inside: Mask, zones: Zones, *, reach_px: float) -> Floats:
    radius = max(1, round(reach_px))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    garment = (likely > 0.5) & inside
    thick = cv2.morphologyEx(garment.astype(np.uint8), cv2.MORPH_OPEN, disc) > 0
    thin = garment & ~thick & (distance_to(~inside) <= 2 * radius)
    beside = distance_to(inside & ~garment) <= 3
    result = likely.copy()
    number, labels, stats, _ = cv2.connectedComponentsWithStats(thin.astype(np.uint8))
    for one in range(1, number):
        strip = labels == one
        # What is short is the corner of a hem, which the disc does not fill.
        long = max(stats[one, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1]) > _LONG_RIM * radius
        bare = (zones.limbs | beside)[strip].mean() >= _ON_LIMB
        if long and bare:
            result[strip] = 0
    return result
