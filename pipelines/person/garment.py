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
from pipelines.person.body import ELBOWS, HIPS, SHOULDERS, WRISTS, Person
from pipelines.person.line import LEAST_SPECK, beyond, garment_alpha, reduced
from pipelines.person.palette import GENERAL_SKIN, Palette, lab_of, palette_of, skin_palette
from pipelines.person.pieces import Piece, piece_of

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
_HAND_ROOM = 0.3
"""In palm lengths: how far a hand reaches beyond the lines of its joints."""

_UPWARDS: Floats = np.array([0, -1], np.float32)


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
    zones = _Zones.of(person, small.shape[1::-1], zoom)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Zones:
    """Parts of a working picture, by where the person's landmarks lie; bool (h, w) each."""

    face: Mask
    head: Mask
    hair: Mask
    neck: Mask
    throat: Mask
    torso: Mask
    hands: Mask
    limbs: Mask

    @property
    def known(self) -> Mask:
        """Where a person shows within the garment's outline."""
        return self.face | self.head | self.throat | self.hands

    @classmethod
    def of(cls, person: Person, size: tuple[int, int], zoom: float) -> "_Zones":
        width, height = size
        draw = _Drawing(width, height, zoom)
        scale = person.scale_px
        face, head, hair = draw.nothing(), draw.nothing(), draw.nothing()
        neck, throat, torso, limbs = (draw.nothing() for _ in range(4))
        if person.face is not None:
            outline, up = person.face.outline, person.face.up
            middle, tall = person.face.centre, person.face.height_px
            face = draw.polygon(middle + (outline - middle) * 0.92)
            # Down to the chin only: what lies beside the jaw is judged by its colour.
            head = draw.turned_oval(middle + up * 0.27 * tall, up, 0.66 * tall, 0.78 * tall)
            hair = head & ~draw.polygon(middle + (outline - middle) * 1.08)
            hair &= draw.above(middle, up)
        if person.pose is not None:
            shoulders, hips = person.pose.points[list(SHOULDERS)], person.pose.points[list(HIPS)]
            torso = draw.polygon(_narrowed(shoulders, hips))
            neck = draw.oval(shoulders.mean(axis=0) - (0, 0.25 * scale), 0.42 * scale, 0.5 * scale)
            throat = neck & draw.above(shoulders.mean(axis=0) - (0, 0.1 * scale), _UPWARDS)
            limbs = draw.limbs(person)
            if person.face is None:
                nose = person.pose.points[0]
                head = draw.oval(nose - (0, 0.1 * scale), 0.5 * scale, 0.68 * scale)
        hands = draw.nothing()
        for hand in person.hands:
            palm = float(np.linalg.norm(hand.points[9] - hand.points[0]))
            hands |= draw.hull(hand.points, room=_HAND_ROOM * palm)
        return cls(face=face, head=head, hair=hair, neck=neck & ~torso, throat=throat,
                   torso=torso, hands=hands, limbs=limbs)  # fmt: skip


def _narrowed(shoulders: Floats, hips: Floats) -> Floats:
    """The middle of the torso, where a dressed body shows nothing but garment."""
    down = hips.mean(axis=0) - shoulders.mean(axis=0)
    across = (shoulders[1] - shoulders[0]) * 0.32
    top, end = shoulders.mean(axis=0) + 0.38 * down, shoulders.mean(axis=0) + 0.92 * down
    corners = [top - across, top + across, end + across * 0.9, end - across * 0.9]
    return np.asarray(corners, np.float32)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Shapes in a working picture, given in the photo's pixels."""

    width: int
    height: int
    zoom: float

    def nothing(self) -> Mask:
        return np.zeros((self.height, self.width), bool)

    def polygon(self, corners: Floats) -> Mask:
        canvas = np.zeros((self.height, self.width), np.uint8)
        cv2.fillPoly(canvas, [np.round(corners * self.zoom).astype(np.int32)], (1,))
        return canvas > 0

    def hull(self, points: Floats, *, room: float) -> Mask:
        mask = self.polygon(np.asarray(cv2.convexHull(points.astype(np.float32))[:, 0]))
        return np.asarray(distance_to(mask) <= room * self.zoom) if mask.any() else mask

    def oval(self, middle: npt.NDArray[np.floating], across: float, down: float) -> Mask:
        return self.turned_oval(middle, _UPWARDS, across, down)

    def turned_oval(
        self, middle: npt.NDArray[np.floating], up: Floats, across: float, along: float
    ) -> Mask:
        x, y = self._from(middle)
        rising = (x * up[0] + y * up[1]) / along
        sideways = (y * up[0] - x * up[1]) / across
        return np.asarray(rising**2 + sideways**2 <= 1)

    def above(self, middle: npt.NDArray[np.floating], up: Floats) -> Mask:
        x, y = self._from(middle)
        return np.asarray(x * up[0] + y * up[1] > 0)

    def limbs(self, person: Person) -> Mask:
        """Where arms and legs lie that may be bare, as far as they are in the picture."""
        canvas = np.zeros((self.height, self.width), np.uint8)
        pose = person.pose
        if pose is None:
            return canvas > 0
        thick = max(1, round(0.7 * person.scale_px * self.zoom))
        bones = [(one, one + 2) for one in (*SHOULDERS, *ELBOWS)]
        bones += [(one, one + 4) for one in WRISTS]  # to the first finger
        bones += [(one, one + 2) for one in (*HIPS, *(hip + 2 for hip in HIPS))]
        for start, end in bones:
            if min(pose.seen[start], pose.seen[end]) < 0.3:
                continue
            ends = np.round(pose.points[[start, end]] * self.zoom).astype(int).tolist()
            cv2.line(canvas, ends[0], ends[1], (1,), thick)
        return canvas > 0

    def _from(self, middle: npt.NDArray[np.floating]) -> tuple[Floats, Floats]:
        rows, columns = np.mgrid[: self.height, : self.width].astype(np.float32)
        return (
            columns / np.float32(self.zoom) - np.float32(middle[0]),
            rows / np.float32(self.zoom) - np.float32(middle[1]),
        )


def _walked(rgb: Rgb, inside: Mask, zones: _Zones) -> Floats:
    """How likely each pixel of the figure is garment, its line on the picture's edges."""
    evidence, sure = _evidence(rgb, inside, zones)
    evidence = np.where(inside, evidence, 0).astype(np.float32)
    return random_walk(rgb, evidence, inside & ~sure, prior_weight=_WALK_PRIOR)


def _evidence(rgb: Rgb, inside: Mask, zones: _Zones) -> tuple[Floats, Mask]:
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


def _prior(zones: _Zones) -> Floats:
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


def _without_specks(likely: Floats, inside: Mask, zones: _Zones) -> Floats:
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


def _is_print(piece: Mask, zones: _Zones, beside: Mask) -> bool:
    """Whether a piece with a person's colours lies neither on head, hands or limbs nor at the edge.

    A bare arm before the body reaches the figure's edge, or a hand, or lies along its bone.
    """
    on_body = float(zones.known[piece].mean()) >= _LEAST_ON_BODY
    on_limb = float(zones.limbs[piece].mean()) >= _MOSTLY and piece.sum() > _LIMB * zones.face.sum()
    return not (on_body or on_limb or (piece & beside).any())


def _without_rims(likely: Floats, inside: Mask, zones: _Zones, *, reach_px: float) -> Floats:
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
