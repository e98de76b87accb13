"""What is seen of people in a picture: faces, poses, hands, in the picture's own pixels."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]

NOSE = 0
SHOULDERS, ELBOWS, WRISTS = (12, 11), (14, 13), (16, 15)
HIPS, KNEES, ANKLES = (24, 23), (26, 25), (28, 27)
"""In `Pose.points`; of each pair the subject's right one first."""

MESH_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The face's outline in `Face.mesh`, from the top of the forehead round by the subject's left."""
MESH_CHIN, MESH_FOREHEAD, MESH_NOSE_TIP, MESH_UPPER_LIP = 152, 10, 1, 0
MESH_EYES = ((33, 133), (362, 263))
"""Outer and inner corner of the subject's right eye, inner and outer of the left."""
MESH_UNDER_NOSE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One face.

    Attributes
    ----------
    mesh
        float32 (468, 2): points of the face mesh, x and y in px.
    score
        How sure the mesh is that it lies on a face, 0 to 1.
    """

    mesh: Floats
    score: float

    @property
    def outline(self) -> Floats:
        """float32 (36, 2): forehead, temples, cheeks and chin, in order."""
        return np.asarray(self.mesh[list(MESH_OVAL)], dtype=np.float32)

    @property
    def height_px(self) -> float:
        """From the chin to the top of the forehead."""
        return float(np.linalg.norm(self.mesh[MESH_CHIN] - self.mesh[MESH_FOREHEAD]))

    @property
    def up(self) -> Floats:
        """Unit vector from the chin to the forehead."""
        along = self.mesh[MESH_FOREHEAD] - self.mesh[MESH_CHIN]
        return np.asarray(along / max(1e-6, float(np.linalg.norm(along))), dtype=np.float32)

    @property
    def centre(self) -> Floats:
        """Middle of the outline."""
        return np.asarray(self.outline.mean(axis=0), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How a body stands.

    Attributes
    ----------
    points
        float32 (33, 2): BlazePose's landmarks, x and y in px; they may lie out of the picture.
    seen
        float32 (33,) within [0, 1]: how likely each is in the picture and not hidden.
    score
        How sure the network is that a body is there, 0 to 1.

    References  Bazarevsky et al. 2020, "BlazePose: On-device Real-time Body Pose Tracking"
    """

    points: Floats
    seen: Floats
    score: float

    def middle(self, pair: tuple[int, int]) -> Floats:
        """Midpoint of a pair such as `SHOULDERS`."""
        return np.asarray(self.points[list(pair)].mean(axis=0), dtype=np.float32)

    def span_px(self, pair: tuple[int, int]) -> float:
        """Distance between the two of a pair."""
        return float(np.linalg.norm(self.points[pair[0]] - self.points[pair[1]]))

    @property
    def from_behind(self) -> bool:
        """Whether the right shoulder lies to the right, as on somebody seen from behind."""
        right, left = self.points[list(SHOULDERS)]
        return bool(right[0] > left[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """One hand.

    Attributes
    ----------
    points
        float32 (21, 2): wrist, then four joints of each finger from the thumb on, in px.
    score
        How sure the network is that a hand is there, 0 to 1.
    """

    points: Floats
    score: float
    side: Literal["left", "right"]

    @property
    def plausible(self) -> bool:
        """Whether its bones have a hand's proportions: five fingers, none of them far too long.

        Lengths are over the palm's; a real finger is within 0.4 to 1.7 in every view but end on.
        """
        palm = float(np.linalg.norm(self.points[9] - self.points[0]))
        if palm < 1:
            return False
        fingers = self.points[1:].reshape(5, 4, 2)
        lengths = np.linalg.norm(np.diff(fingers, axis=1), axis=2).sum(axis=1) / palm
        return bool(lengths.max() <= _LONGEST_FINGER and np.median(lengths) >= _SHORTEST_FINGER)


_LONGEST_FINGER, _SHORTEST_FINGER = 2.0, 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person, or a mannequin, as far as seen.

    Attributes
    ----------
    silhouette
        float32 (H, W) within [0, 1]: likelihood that a pixel shows a person.
    others
        How many further people are in the picture.
    """

    face: Face | None
    pose: Pose | None
    hands: tuple[Hand, ...]
    silhouette: Floats
    others: int = 0

    @property
    def scale_px(self) -> float:
        """Length of a head, from face or shoulders: what distances on a body are measured by."""
        if self.face is not None:
            return _HEAD_PER_FACE * self.face.height_px
        if self.pose is not None:
            return self.pose.span_px(SHOULDERS) / _SHOULDERS_PER_HEAD
        return 0.15 * math.hypot(*self.silhouette.shape)

    @property
    def from_behind(self) -> bool:
        """Whether no face is seen on a body whose shoulders are the other way round."""
        return self.face is None and self.pose is not None and self.pose.from_behind


_HEAD_PER_FACE = 1.35
_SHOULDERS_PER_HEAD = 1.7
"""Widths between shoulder joints; with clothes a figure is two heads wide, its joints less."""
