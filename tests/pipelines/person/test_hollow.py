import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.imaging.cutout import OPAQUE
from pipelines.person.hollow import hollowed
from tests.pipelines.person.drawn import drawn_person
from tests.pipelines.person.undressed import BLUE


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
