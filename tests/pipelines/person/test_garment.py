from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.person.garment import as_drawn, part
from tests.pipelines.person.bodies import hand_at
from tests.pipelines.person.drawn import drawn_person


def overlap(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    first, second = one > 0.5, other > 0.5
    return float((first & second).sum() / (first | second).sum())


@pytest.mark.parametrize(
    "cloth", [(30, 70, 160), (20, 20, 22), (235, 235, 230), (190, 30, 40), (120, 160, 90)]
)
def test_a_shirt_is_told_from_the_person_in_it(cloth: tuple[int, int, int]) -> None:
    drawn = drawn_person(cloth=cloth)
    found = part(drawn.rgb, drawn.figure, drawn.person)
    assert overlap(found.garment, drawn.garment) > 0.96
    assert overlap(found.person, drawn.figure - drawn.garment) > 0.85


@settings(deadline=None, max_examples=6)
@given(
    cloth=st.tuples(*[st.integers(0, 255)] * 3).filter(
        lambda one: abs(one[0] - 214) + abs(one[1] - 168) + abs(one[2] - 142) > 160
    ),
    seed=st.integers(0, 9),
)
def test_the_two_parts_are_the_whole_figure(cloth: tuple[int, int, int], seed: int) -> None:
    drawn = drawn_person(width=200, height=260, cloth=cloth, seed=seed)
    found = part(drawn.rgb, drawn.figure, drawn.person)
    assert np.allclose(found.garment + found.person, drawn.figure, atol=1e-6)
    assert found.garment.min() >= 0
    assert found.person.min() >= 0


def test_a_print_in_the_colour_of_skin_stays_on_the_shirt() -> None:
    drawn = drawn_person()
    rgb = drawn.rgb.copy()
    rgb[270:300, 120:180] = (214, 168, 142)
    found = part(rgb, drawn.figure, drawn.person)
    assert found.garment[272:298, 122:178].min() == 1


def test_a_hand_before_the_shirt_is_the_persons() -> None:
    drawn = drawn_person()
    rgb = drawn.rgb.copy()
    rgb[260:310, 130:170] = (214, 168, 142)
    hand = hand_at(150, 308, palm=22)
    found = part(rgb, drawn.figure, replace(drawn.person, hands=(hand,)))
    assert found.person[270:300, 140:160].mean() > 0.9


def test_a_users_mask_wins_over_everything() -> None:
    drawn = drawn_person()
    mask = np.zeros_like(drawn.figure)
    mask[200:300, 100:200] = 1
    found = as_drawn(drawn.figure, mask)
    assert np.array_equal(found.garment, mask)
    assert np.array_equal(found.person, drawn.figure * (1 - mask))


def test_without_a_face_or_a_pose_colours_alone_still_part_it() -> None:
    drawn = drawn_person()
    bare = replace(drawn.person, face=None)
    assert overlap(part(drawn.rgb, drawn.figure, bare).garment, drawn.garment) > 0.85
