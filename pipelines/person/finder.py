"""Find people with MediaPipe's networks: face mesh, pose, hands and silhouette of one picture.

Each landmark network looks at a turned square that a detector, or another network's landmarks,
gave. The hands are looked for where the pose has its wrists, with more pixels than the whole
picture leaves them.

References  Lugaresi et al. 2019, "MediaPipe: A Framework for Building Perception Pipelines"; the
            squares' sizes and shifts are those of its graphs
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipelines.person.body import ELBOWS, WRISTS, Face, Hand, Person, Pose
from pipelines.person.detect import (
    FACES,
    NEAR_FACES,
    PALMS,
    POSES,
    Detection,
    detect,
    sigmoid,
)
from pipelines.person.network import Network
from pipelines.person.window import Window, whole
from pipelines.weights import ModelCard

Floats = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]

_LEAST_FACE, _LEAST_POSE, _LEAST_HAND = 0.5, 0.5, 0.5
_FACE_ROOM, _POSE_ROOM, _HAND_ROOM, _HAND_UP = 1.5, 1.25, 2.6, -0.5
_WRIST_ROOM = 2.6
"""Side of the square in which a palm is looked for, in lengths of the forearm."""
_SAME_HAND = 0.6
"""Hands whose middles are nearer than this, in palm lengths, are one."""
_DISTINCT_FACE = 0.3
"""Of the largest face's size: smaller faces are posters and passers-by, and are not counted."""


class PersonFinder(Protocol):
    """What finds people."""

    @property
    def key(self) -> str:
        """``name@revision``."""
        ...

    def find(self, rgb: Rgb) -> Person | None:
        """The largest person of a picture, or None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class _Networks:
    poses: Network
    pose: Network
    faces: Network
    near_faces: Network
    face: Network
    palms: Network
    hand: Network
    silhouette: Network


class LitePersonFinder:
    """MediaPipe's networks in LiteRT; safe to call from several threads."""

    def __init__(self, card: ModelCard, files: Sequence[Path]) -> None:
        """Load the networks, in the order of the card's files.

        Raises
        ------
        ExtraMissing, ModelCorrupt
        """
        self.key = f"{card.name}@{card.revision}"
        self._run = _Networks(*(Network(file, name=card.name) for file in files))

    def find(self, rgb: Rgb) -> Person | None:
        """The largest person of a picture, or None if there is none."""
        faces = self.faces(rgb)
        poses = self._poses(rgb)
        pose = poses[0] if poses else None
        if not faces and pose is not None:
            faces = self._face_on(rgb, pose)
        if not faces and pose is None:
            return None
        face = faces[0] if faces else None
        hands = self.hands(rgb, pose)
        window = whole(rgb)
        (seen,) = self._run.silhouette.answer(window.cut(rgb, self._run.silhouette.input_px))
        silhouette = window.paste(seen[..., 0], (rgb.shape[1], rgb.shape[0]))
        others = max(0, max(len(faces), len(poses)) - 1)
        return Person(face=face, pose=pose, hands=hands, silhouette=silhouette, others=others)

    def faces(self, rgb: Rgb) -> list[Face]:
        """Faces of a size that counts, the largest first."""
        window = whole(rgb)
        found = self._meshes(rgb, detect(self._run.faces, FACES, rgb, window))
        if not found:
            found = self._meshes(rgb, detect(self._run.near_faces, NEAR_FACES, rgb, window))
        found.sort(key=lambda one: -one.height_px)
        return [one for one in found if one.height_px >= _DISTINCT_FACE * found[0].height_px]

    def hands(self, rgb: Rgb, pose: Pose | None) -> tuple[Hand, ...]:
        """Hands: where the pose has wrists, and in the whole picture."""
        windows = [whole(rgb), *(_wrist_windows(pose) if pose is not None else ())]
        found: list[Hand] = []
        for window in windows:
            for palm in detect(self._run.palms, PALMS, rgb, window):
                hand = self._hand(rgb, palm)
                if hand is not None and not any(_same(hand, other) for other in found):
                    found.append(hand)
        return tuple(found)

    def _meshes(self, rgb: Rgb, detections: Sequence[Detection]) -> list[Face]:
        found = (self._mesh(rgb, _face_window(one)) for one in detections)
        return [one for one in found if one is not None]

    def _mesh(self, rgb: Rgb, window: Window) -> Face | None:
        side = self._run.face.input_px
        points, score = self._run.face.answer(window.cut(rgb, side))
        likely = float(sigmoid(score.reshape(1))[0])
        if likely < _LEAST_FACE:
            return None
        shares = points.reshape(-1, 3)[:, :2] / np.float32(side)
        return Face(mesh=window.back(shares), score=likely)

    def _face_on(self, rgb: Rgb, pose: Pose) -> list[Face]:
        """Look again at the head alone, where the whole picture shows it too small."""
        nose, span = pose.points[0], pose.span_px((12, 11))
        window = Window(x=float(nose[0]), y=float(nose[1]), side=max(32.0, 1.6 * span))
        return self._meshes(rgb, detect(self._run.near_faces, NEAR_FACES, rgb, window))

    def _poses(self, rgb: Rgb) -> list[Pose]:
        """Poses of all bodies, the largest first."""
        detections = detect(self._run.poses, POSES, rgb, whole(rgb))
        detections.sort(key=lambda one: -_pose_window(one).side)
        found = (self._pose(rgb, _pose_window(one)) for one in detections)
        return [one for one in found if one is not None]

    def _pose(self, rgb: Rgb, window: Window) -> Pose | None:
        """Look twice: the detector's square is coarse, the first answer names a better one."""
        side, pose = self._run.pose.input_px, None
        for _ in range(2):
            points, score, *_ = self._run.pose.answer(window.cut(rgb, side))
            if float(score[0]) < _LEAST_POSE:
                return pose
            rows = points.reshape(-1, 5)
            there = window.back(rows[:, :2] / np.float32(side))
            window = _square(there[33], there[34])
            pose = Pose(
                points=there[:33],
                seen=sigmoid(rows[:33, 3]) * sigmoid(rows[:33, 4]),
                score=float(score[0]),
            )
        return pose

    def _hand(self, rgb: Rgb, palm: Detection) -> Hand | None:
        side = self._run.hand.input_px
        window = _hand_window(palm)
        points, score, right, _ = self._run.hand.answer(window.cut(rgb, side))
        if float(score[0]) < _LEAST_HAND:
            return None
        shares = points.reshape(-1, 3)[:, :2] / np.float32(side)
        return Hand(
            points=window.back(shares),
            score=float(score[0]),
            # The network was trained on mirrored pictures, as front cameras show them.
            side="left" if float(right[0]) > 0.5 else "right",
        )


def _face_window(face: Detection) -> Window:
    right, left = face.points[0], face.points[1]
    across = left - right
    x, y = face.middle
    turned = math.atan2(float(across[1]), float(across[0]))
    return Window(x=x, y=y, side=face.side * _FACE_ROOM, turned=turned)


def _pose_window(pose: Detection) -> Window:
    return _square(pose.points[0], pose.points[1])


def _square(hips: Floats, reach: Floats) -> Window:
    """The square around a body: its middle, and a point on the circle around it, overhead."""
    across, down = (reach - hips).tolist()
    return Window(
        x=float(hips[0]),
        y=float(hips[1]),
        side=2 * math.hypot(across, down) * _POSE_ROOM,
        turned=math.atan2(across, -down),
    )


def _hand_window(palm: Detection) -> Window:
    wrist, middle = palm.points[0], palm.points[2]
    across, down = (middle - wrist).tolist()
    x, y = palm.middle
    flat = Window(x=x, y=y, side=palm.side, turned=math.atan2(across, -down))
    return flat.scaled(_HAND_ROOM, down=_HAND_UP)


def _wrist_windows(pose: Pose) -> list[Window]:
    windows = []
    for wrist, elbow in zip(WRISTS, ELBOWS, strict=True):
        end, forearm = pose.points[wrist], pose.points[wrist] - pose.points[elbow]
        x, y = (end + 0.3 * forearm).tolist()
        side = _WRIST_ROOM * float(np.linalg.norm(forearm))
        if side >= _LEAST_WRIST_PX:
            windows.append(Window(x=x, y=y, side=side))
    return windows


_LEAST_WRIST_PX = 24.0


def _same(one: Hand, other: Hand) -> bool:
    palm = float(np.linalg.norm(other.points[9] - other.points[0]))
    apart = float(np.linalg.norm(one.points.mean(axis=0) - other.points.mean(axis=0)))
    return apart < _SAME_HAND * max(palm, 1.0)
