from dataclasses import replace

import numpy as np
import pytest

from pipelines.person.hollow import hollowed
from tests.pipelines.person.bodies import pose_standing
from tests.pipelines.person.drawn import drawn_person
from tests.pipelines.person.undressed import BLUE, body_of


def test_the_neck_shows_the_inside_of_the_back_in_darker_cloth() -> None:
    drawn = drawn_person(cloth=BLUE)
    made = hollowed(drawn.rgb, drawn.garment, body_of(drawn), drawn.person)
    assert made.neck_closed
    assert "inside of the back" in made.neck
    collar = int(drawn.garment[:, 150].argmax())
    assert made.alpha[collar - 3, 150] == pytest.approx(1, abs=0.02)
    inside = made.rgb[collar - 4 : collar - 1, 146:154].reshape(-1, 3).mean(axis=0)
    assert inside[2] > 1.5 * inside[0]  # blue as the shirt is
    assert 0.3 < inside.mean() / np.mean(BLUE) < 0.95
    assert not made.alpha[: collar - 25].any()  # nobody's neck is left


def test_a_collar_that_is_closed_needs_no_back() -> None:
    drawn = drawn_person()
    garment = drawn.garment.copy()
    top = int(np.nonzero(garment.any(axis=1))[0][0])
    garment[top : top + 60, 140:160] = 1
    garment[top : top + 60, 100:200] = 1
    made = hollowed(drawn.rgb, garment, body_of(drawn), drawn.person)
    assert made.neck_closed
    assert "closed" in made.neck


def test_hair_over_the_collar_is_told() -> None:
    drawn = drawn_person()
    garment = drawn.garment.copy()
    garment[:330, 120:180] = 0
    made = hollowed(drawn.rgb, garment, body_of(drawn), drawn.person)
    assert not made.neck_closed


@pytest.mark.parametrize("x", [-240.0, -150.0, 700.0])
def test_a_neck_outside_the_picture_has_no_collar(x: float) -> None:
    drawn = drawn_person()
    pose = pose_standing(x, 72, head=84)
    made = hollowed(drawn.rgb, drawn.garment, body_of(drawn), replace(drawn.person, pose=pose))
    assert not made.neck_closed
    assert "no collar found" in made.neck


def test_a_sliver_of_a_picture_beside_the_neck_has_no_collar() -> None:
    """Two columns are too few to tell a dip by."""
    drawn = drawn_person()
    pose = pose_standing(-79, 72, head=84)
    garment = np.ones_like(drawn.garment)
    made = hollowed(drawn.rgb, garment, body_of(drawn), replace(drawn.person, pose=pose))
    assert "no collar found" in made.neck


def test_without_a_person_the_garments_own_middle_is_the_neck() -> None:
    drawn = drawn_person()
    made = hollowed(drawn.rgb, drawn.garment, np.zeros_like(drawn.garment), None)
    assert made.openings == 0
    bare = replace(drawn.person, face=None)
    assert hollowed(drawn.rgb, drawn.garment, body_of(drawn), bare).neck_closed
