from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.imaging.cutout import OPAQUE
from pipelines.person import Person
from pipelines.person.hollow import Hollowed, hollowed
from tests.pipelines.person.bodies import pose_standing
from tests.pipelines.person.drawn import Drawn, drawn_person

BLUE = (30, 70, 160)


def body_of(drawn: Drawn) -> npt.NDArray[np.float32]:
    return np.asarray(drawn.figure - drawn.garment, np.float32)


def filled(made: Hollowed, garment: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    return np.asarray(made.alpha > garment + 1e-3)


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


@settings(deadline=None, max_examples=8)
@given(cloth=st.tuples(*[st.integers(0, 255)] * 3), seed=st.integers(0, 5))
def test_the_garments_own_pixels_are_never_touched(cloth: tuple[int, int, int], seed: int) -> None:
    drawn = drawn_person(width=200, height=260, cloth=cloth, seed=seed)
    soft = cv2.GaussianBlur(drawn.garment, (0, 0), 1.0)
    body = np.clip(drawn.figure - soft, 0, 1).astype(np.float32)
    made = hollowed(drawn.rgb, soft, body, drawn.person)
    own = soft >= OPAQUE
    assert np.array_equal(made.rgb[own], drawn.rgb[own])
    assert np.all(made.alpha >= soft - 1e-6)
    assert made.alpha.max() <= 1


def test_sleeves_are_looked_into_and_nothing_of_the_arms_is_left() -> None:
    drawn = drawn_person()
    made = hollowed(drawn.rgb, drawn.garment, body_of(drawn), drawn.person)
    assert made.openings >= 1
    # Slivers at necks and sleeves, not arms: a few percent of the garment.
    assert 0 < filled(made, drawn.garment).sum() < 0.08 * drawn.garment.sum()
    skin = np.abs(made.rgb[made.alpha > 0.9].astype(int) - (214, 168, 142)).max(axis=1) < 20
    assert skin.mean() < 0.01


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


def test_a_hole_that_a_hand_left_is_closed_with_the_cloth_and_told() -> None:
    drawn = drawn_person(cloth=BLUE)
    garment = drawn.garment.copy()
    garment[280:296, 140:160] = 0
    made = hollowed(drawn.rgb, garment, drawn.figure - garment, drawn.person)
    assert made.alpha[282:294, 142:158].min() == 1
    assert 0.003 < made.hidden < 0.03
    assert np.abs(made.rgb[285:291, 145:155].reshape(-1, 3).mean(axis=0) - BLUE).max() < 15


def test_background_seen_between_arm_and_torso_stays_open() -> None:
    """A long sleeve whose hand is in a pocket encloses plain background, which nobody hid."""
    drawn = drawn_person(cloth=BLUE)
    garment, figure = drawn.garment.copy(), drawn.figure.copy()
    for plane in (garment, figure):
        plane[280:310, 120:135] = 0
    garment[280:296, 165:180] = 0  # a hand
    made = hollowed(drawn.rgb, garment, figure - garment, drawn.person)
    assert made.alpha[280:310, 120:135].max() == 0
    assert made.alpha[282:294, 167:178].min() == 1
    assert made.hidden == pytest.approx(16 * 15 / garment.sum(), rel=0.2)


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


def test_nobody_looks_into_a_skirt_from_the_front() -> None:
    """Both legs come out of one hem: two dark ovals under it would be feet of nobody."""
    pose = pose_standing(150, 40, head=40)
    garment, body = np.zeros((400, 300), np.float32), np.zeros((400, 300), np.float32)
    garment[90:220, 90:210] = 1
    body[220:390, 115:145] = 1
    body[220:390, 155:185] = 1
    rgb = np.full((400, 300, 3), BLUE, np.uint8)
    person = Person(face=None, pose=pose, hands=(), silhouette=garment)
    skirt = hollowed(rgb, garment, body, person)
    assert not filled(skirt, garment)[222:].any()
    shorts = garment.copy()
    shorts[190:, 146:154] = 0
    assert hollowed(rgb, shorts, body, person).openings == 2
