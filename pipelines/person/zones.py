"""Where on the body a pixel lies: zones drawn around a person's landmarks."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.band import distance_to
from pipelines.person.body import ELBOWS, HIPS, SHOULDERS, WRISTS, Person

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_HAND_ROOM = 0.3
"""In palm lengths: how far a hand reaches beyond the lines of its joints."""

_UPWARDS: Floats = np.array([0, -1], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
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
    def of(cls, person: Person, size: tuple[int, int], zoom: float) -> "Zones":
        """The zones of a person in a picture of a width and height, `zoom` of the photo's."""
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
