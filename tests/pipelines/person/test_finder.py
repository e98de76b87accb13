from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.checks.swapped import hands_check
from pipelines.person import LitePersonFinder
from pipelines.person.body import (
    MESH_CHIN,
    MESH_EYES,
    MESH_NOSE_TIP,
    NOSE,
    SHOULDERS,
    WRISTS,
)
from tests.pipelines.person.bodies import person_standing
from tests.pipelines.person.hands import TIPS, draw_hand, wall

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


def test_two_hands_are_counted_and_their_fingers_found(finder: LitePersonFinder) -> None:
    """Drawn, because no photo at hand shows any: the networks take these for hands."""
    rgb = wall(1320, 600)
    draw_hand(rgb, (330, 340))
    draw_hand(rgb, (990, 340), mirrored=True)
    one, other = sorted(finder.hands(rgb, None), key=lambda hand: float(hand.points[0, 0]))
    assert {one.side, other.side} == {"left", "right"}
    assert one.plausible
    assert other.plausible
    tips = list(range(4, 21, 4))
    for hand, middle, side in ((one, (330, 340), 1), (other, (990, 340), -1)):
        known = np.array(TIPS) * (side, 1) + middle
        assert np.linalg.norm(hand.points[tips] - known, axis=1).max() < 70  # two fingers' width


@pytest.mark.parametrize(("shown", "outcome"), [(2, "pass"), (1, "fail")])
def test_a_hand_that_was_not_painted_again_fails_the_check(
    finder: LitePersonFinder, shown: int, outcome: str
) -> None:
    before, after = wall(1320, 600), wall(1320, 600)
    for number, middle in enumerate([(330, 340), (990, 340)]):
        draw_hand(before, middle, mirrored=number == 1)
        if number < shown:
            draw_hand(after, middle, mirrored=number == 1)
    person = person_standing(width=1320, height=600)
    old, new = (replace(person, hands=finder.hands(one, None)) for one in (before, after))
    assert (len(old.hands), len(new.hands)) == (2, shown)
    assert hands_check(old, new).outcome == outcome
