"""Seams between a painted person and the garment: relit within bounds, the garment untouched."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.imaging.colour import to_linear
from pipelines.matting.band import distance_to
from pipelines.person.seams import MOST_LIT, MOST_SHADE, MOST_TONE, Blended, blend_seams
from tests.pipelines.person.drawn import HAIR, SKIN, Drawn, drawn_person

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
DARK = np.array((132, 86, 62), np.float32)


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return drawn_person(width=200, height=280)


def neck(drawn: Drawn, *, up_to_px: float = 5) -> Mask:
    """Skin right above the neckline."""
    mask = np.zeros(drawn.figure.shape, bool)
    mask[:, 90:110] = (drawn.figure - drawn.garment)[:, 90:110] > 0.5
    away = distance_to(drawn.garment > 0.5)
    return np.asarray(mask & (away > 1) & (away < up_to_px))


def shaded(drawn: Drawn, by: float) -> Rgb:
    """The photo with a collar's shade on the neck."""
    photo = drawn.rgb.astype(np.float32)
    away = distance_to(drawn.garment > 0.5)
    fall = 1 - by * np.clip(1 - away / 12, 0, 1) * (drawn.garment < 0.5)
    return np.asarray(photo * fall[..., None], np.uint8)


def painted(drawn: Drawn, *, tint: tuple[float, float, float] = (1, 1, 1)) -> Rgb:
    """Another skin without any shade; garment and wall as a painter repeats them."""
    picture = drawn.rgb.astype(np.float32)
    skin = np.abs(picture - SKIN).max(axis=2) < 30
    picture[skin] = DARK + (picture[skin] - SKIN)
    return np.asarray(np.clip(picture * tint, 0, 255), np.uint8)


def blended(drawn: Drawn, photo: Rgb, answer: Rgb) -> Blended:
    return blend_seams(
        photo, answer, garment=drawn.garment, body=drawn.figure - drawn.garment,
        locked=drawn.garment > 0.5, person=drawn.person,
    )  # fmt: skip


def change(drawn: Drawn, answer: Rgb, made: Blended) -> npt.NDArray[np.float32]:
    """Light of the neck after over before, by colour."""
    where = neck(drawn)
    after, before = (to_linear(one)[where].mean(axis=0) for one in (made.rgb, answer))
    return np.asarray(after / before, np.float32)


def test_a_neck_gets_the_shade_that_the_collar_throws_in_the_photo(drawn: Drawn) -> None:
    photo, answer = shaded(drawn, 0.25), painted(drawn)
    made = blended(drawn, photo, answer)
    assert 0.75 <= change(drawn, answer, made).mean() < 0.9
    assert made.check.name == "seams"
    assert made.check.outcome == "note"
    assert "neck darker by" in made.check.value


def test_the_deepest_shade_is_bounded(drawn: Drawn) -> None:
    answer = painted(drawn)
    made = blended(drawn, shaded(drawn, 0.45), answer)
    assert change(drawn, answer, made) == pytest.approx(1 - MOST_SHADE, abs=0.04)


def test_a_painter_that_lit_it_right_is_left_alone(drawn: Drawn) -> None:
    photo = shaded(drawn, 0.25)
    made = blended(drawn, photo, photo)
    assert np.abs(made.rgb.astype(int) - photo).max() <= 1
    assert "nothing had to be changed" in made.check.value


def test_hair_over_a_neck_is_no_shade(drawn: Drawn) -> None:
    photo, answer = drawn.rgb.copy(), painted(drawn)
    photo[neck(drawn, up_to_px=10)] = HAIR
    made = blended(drawn, photo, answer)
    assert change(drawn, answer, made) == pytest.approx(1, abs=0.04)


def test_the_skin_beside_a_garment_follows_its_tone_a_little(drawn: Drawn) -> None:
    warm = painted(drawn, tint=(1.06, 1.0, 0.94))
    made = blended(drawn, drawn.rgb, warm)
    red, green, blue = change(drawn, warm, made)
    assert 1 - MOST_TONE <= red < 0.97 < green < 1.03 < blue <= 1 + MOST_TONE
    assert "tone beside the garment moved by up to" in made.check.value


def test_a_garment_painted_in_another_colour_tells_no_tone(drawn: Drawn) -> None:
    answer = painted(drawn)
    answer[drawn.garment > 0.5] = (150, 60, 40)
    made = blended(drawn, drawn.rgb, answer)
    assert change(drawn, answer, made) == pytest.approx(1, abs=0.02)


@settings(deadline=None, max_examples=15)
@given(
    tint=st.tuples(*[st.floats(0.3, 2.5)] * 3),
    by=st.floats(0, 1),
    noise=st.integers(0, 60),
    seed=st.integers(0, 99),
)
def test_nothing_changes_in_the_garment_or_far_from_it_or_beyond_the_bounds(
    tint: tuple[float, float, float], by: float, noise: int, seed: int
) -> None:
    drawn = drawn_person(width=120, height=168)
    random = np.random.default_rng(seed).normal(0, noise, (168, 120, 3))
    answer = np.clip(painted(drawn, tint=tint) + random, 0, 255).astype(np.uint8)
    made = blended(drawn, shaded(drawn, by), answer)
    locked = drawn.garment > 0.5
    assert np.array_equal(made.rgb[locked], answer[locked])
    far = distance_to(locked) > 0.6 * drawn.person.scale_px
    assert np.array_equal(made.rgb[far], answer[far])
    after, before = to_linear(made.rgb), to_linear(answer)
    low, high = (1 - MOST_SHADE) * (1 - MOST_TONE), (1 + MOST_LIT) * (1 + MOST_TONE)
    step = 0.012  # of a rounded 8-bit value, in linear light
    assert (after >= low * before - step).all()
    assert (after <= high * before + step).all()


def test_a_garment_that_fills_the_picture_and_none_at_all_are_taken(drawn: Drawn) -> None:
    nothing = np.zeros_like(drawn.garment)
    answer = painted(drawn)
    for garment, body in ((nothing, drawn.figure), (drawn.figure, nothing)):
        made = blend_seams(drawn.rgb, answer, garment=garment, body=body,
                           locked=garment > 0.5, person=drawn.person)  # fmt: skip
        assert np.abs(made.rgb.astype(int) - answer).max() <= 1
