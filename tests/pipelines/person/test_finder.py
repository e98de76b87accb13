import numpy as np
import numpy.typing as npt

from pipelines.person import LitePersonFinder
from pipelines.person.body import (
    MESH_CHIN,
    MESH_EYES,
    MESH_NOSE_TIP,
    NOSE,
    SHOULDERS,
    WRISTS,
)

Rgb = npt.NDArray[np.uint8]


def near(point: npt.NDArray[np.float32], place: tuple[float, float], within: float) -> bool:
    return float(np.hypot(*(point - place))) <= within


def test_the_astronaut_is_found_where_she_stands(finder: LitePersonFinder, astronaut: Rgb) -> None:
    """Places read off the photo by hand, in px."""
    person = finder.find(astronaut)
    assert person is not None
    assert person.face is not None
    assert person.pose is not None
    mesh = person.face.mesh
    assert near(mesh[MESH_CHIN], (226, 177), 6)
    assert near(mesh[MESH_NOSE_TIP], (224, 128), 6)
    assert near(mesh[list(MESH_EYES[0])].mean(axis=0), (203, 101), 6)
    assert near(mesh[list(MESH_EYES[1])].mean(axis=0), (247, 103), 6)
    assert near(person.pose.points[NOSE], (222, 126), 10)
    assert near(person.pose.points[SHOULDERS[0]], (100, 242), 25)
    assert near(person.pose.points[SHOULDERS[1]], (310, 245), 25)
    assert near(person.pose.points[WRISTS[0]], (147, 475), 25)
    assert not person.pose.from_behind
    assert person.others == 0
    assert person.hands == ()  # gloves and helmet hide them


def test_her_silhouette_holds_head_and_suit_and_not_the_wall(
    finder: LitePersonFinder, astronaut: Rgb
) -> None:
    person = finder.find(astronaut)
    assert person is not None
    seen = person.silhouette > 0.5
    assert seen.shape == astronaut.shape[:2]
    assert seen[60, 225]
    assert seen[400, 100]
    assert not seen[100, 320]
    assert not seen[30, 100]


def test_a_tilted_face_under_a_hat_is_found(finder: LitePersonFinder, hat: Rgb) -> None:
    (face,) = finder.faces(hat)
    assert near(face.mesh[MESH_CHIN], (245, 562), 20)
    assert near(face.mesh[list(MESH_EYES[0])].mean(axis=0), (231, 333), 10)
    assert near(face.mesh[list(MESH_EYES[1])].mean(axis=0), (357, 357), 10)
    assert face.up[0] > 0.1  # she leans her head


def test_finding_is_the_same_each_time_and_turns_with_the_mirror(
    finder: LitePersonFinder, astronaut: Rgb
) -> None:
    once, again = finder.find(astronaut), finder.find(astronaut)
    mirrored = finder.find(np.ascontiguousarray(astronaut[:, ::-1]))
    assert once is not None
    assert again is not None
    assert mirrored is not None
    assert once.face is not None
    assert again.face is not None
    assert mirrored.face is not None
    assert np.array_equal(once.face.mesh, again.face.mesh)
    width = astronaut.shape[1]
    assert near(mirrored.face.mesh[MESH_CHIN] * (-1, 1) + (width, 0), (226, 177), 8)
    assert mirrored.pose is not None
    assert not mirrored.pose.from_behind
    right, left = mirrored.pose.points[list(SHOULDERS)]
    assert right[0] < left[0]


def test_two_people_beside_each_other_are_counted(finder: LitePersonFinder, astronaut: Rgb) -> None:
    pair = np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)
    person = finder.find(pair)
    assert person is not None
    assert person.others == 1


def test_nobody_is_found_in_plain_and_noisy_pictures(finder: LitePersonFinder) -> None:
    assert finder.find(np.full((300, 200, 3), 230, np.uint8)) is None
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    assert finder.find(noise) is None
