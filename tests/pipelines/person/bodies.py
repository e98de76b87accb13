"""Bodies of known shape: what a finder would say of a person who stands upright."""

import numpy as np
import numpy.typing as npt

from pipelines.person.body import MESH_EYES, MESH_OVAL, MESH_UNDER_NOSE, Face, Hand, Person, Pose


def face_at(x: float, y: float, *, height: float) -> Face:
    """An upright oval face with its eyes and nose where eyes and noses are."""
    turns = np.linspace(0, 2 * np.pi, len(MESH_OVAL), endpoint=False)
    mesh = np.tile(np.array([x, y], np.float32), (468, 1))
    # The outline starts at the forehead and runs by the subject's left: to the viewer's right.
    mesh[list(MESH_OVAL), 0] = x + 0.37 * height * np.sin(turns)
    mesh[list(MESH_OVAL), 1] = y - 0.5 * height * np.cos(turns)
    for (outer, inner), side in zip(MESH_EYES, (-1, 1), strict=True):
        first, last = (outer, inner) if side < 0 else (inner, outer)
        edges = (-0.26, -0.1) if side < 0 else (0.1, 0.26)
        mesh[first] = x + edges[0] * height, y - 0.1 * height
        mesh[last] = x + edges[1] * height, y - 0.1 * height
    mesh[MESH_UNDER_NOSE] = x, y + 0.15 * height
    return Face(mesh=mesh.astype(np.float32), score=1.0)


def hand_at(x: float, y: float, *, palm: float) -> Hand:
    """An open hand that points up, its wrist at a place."""
    points = np.zeros((21, 2), np.float32)
    for finger in range(5):
        spread = (finger - 2) * 0.2
        for joint in range(4):
            points[1 + 4 * finger + joint] = spread, -1 - 0.25 * joint
    return Hand(points=(points * palm + (x, y)).astype(np.float32), score=1.0, side="left")


def pose_standing(x: float, y: float, *, head: float) -> Pose:
    """Somebody who stands upright, arms hanging; `x`, `y` is the nose, `head` a head's length."""
    places = {
        0: (0, 0), 5: (-0.15, -0.12), 2: (0.15, -0.12), 8: (-0.3, -0.05), 7: (0.3, -0.05),
        10: (-0.1, 0.2), 9: (0.1, 0.2),
        12: (-0.8, 0.9), 11: (0.8, 0.9), 14: (-1.0, 2.2), 13: (1.0, 2.2),
        16: (-1.05, 3.3), 15: (1.05, 3.3), 18: (-1.05, 3.6), 17: (1.05, 3.6),
        20: (-1.05, 3.6), 19: (1.05, 3.6), 22: (-1.0, 3.5), 21: (1.0, 3.5),
        24: (-0.5, 3.2), 23: (0.5, 3.2), 26: (-0.5, 5.0), 25: (0.5, 5.0),
        28: (-0.5, 6.8), 27: (0.5, 6.8),
    }  # fmt: skip
    points = np.tile(np.array([x, y], np.float32), (33, 1))
    for number, (across, down) in places.items():
        points[number] = x + across * head, y + down * head
    return Pose(points=points.astype(np.float32), seen=np.ones(33, np.float32), score=1.0)


def person_standing(*, width: int, height: int, head: float = 0.0) -> Person:
    """A person in the middle of a picture, as large as it holds."""
    head = head or height / 8
    silhouette: npt.NDArray[np.float32] = np.zeros((height, width), np.float32)
    middle = width // 2
    silhouette[
        round(0.1 * head) :, max(0, round(middle - 1.2 * head)) : round(middle + 1.2 * head)
    ] = 1
    return Person(
        face=face_at(middle, 0.9 * head, height=0.75 * head),
        pose=pose_standing(middle, 0.9 * head, head=head),
        hands=(),
        silhouette=silhouette,
    )
