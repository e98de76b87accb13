"""Clear glass: what is behind it is taken out, what is its own stays."""

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.imaging.cutout import Cutout
from pipelines.matting.glass import see_through

Picture = npt.NDArray[np.float64]

TINT = np.array([0.85, 0.75, 0.8])
SIZE = (260, 300)
BODY, CAP, LABEL = np.s_[80:220, 100:200], np.s_[40:80, 125:175], np.s_[130:180, 120:180]
CLEAR, INSIDE = np.s_[95:120, 115:185], np.s_[90:210, 110:190]


def _wall() -> Picture:
    """A wall that darkens downwards."""
    light = np.linspace(220, 150, SIZE[0])[:, None, None] * np.array([1.0, 0.97, 0.92])
    return np.broadcast_to(light, (*SIZE, 3)).copy()


def _photo(picture: Picture, *, cap: bool = True) -> tuple[npt.NDArray[np.uint8], Cutout]:
    """The picture, with a cap on the body if asked, and the whole bottle's cutout."""
    alpha = np.zeros(SIZE, np.float32)
    alpha[BODY] = 1
    if cap:
        picture[CAP] = 20
        alpha[CAP] = 1
    rgb = (np.clip(picture, 0, 255) + 0.5).astype(np.uint8)
    return rgb, Cutout(rgb=rgb, alpha=alpha)


def _bottle(label: float = 252) -> tuple[npt.NDArray[np.uint8], Cutout]:
    """A tinted body with a label under a black cap."""
    picture = _wall()
    picture[BODY] *= TINT
    picture[LABEL] = label
    return _photo(picture)


def _pattern() -> Picture:
    """Cloth: soft spots of two colours."""
    rows, columns = np.indices(SIZE)
    light = (0.5 + 0.5 * np.sin(rows / 3) * np.sin(columns / 3))[..., None]
    return light * [215.0, 212.0, 205.0] + (1 - light) * [100.0, 120.0, 165.0]


def _over(freed: Cutout, behind: Picture) -> Picture:
    share = freed.alpha[..., None]
    return np.asarray(freed.rgb * share + behind * (1 - share))


@pytest.mark.parametrize("label", [252, 190])
def test_the_body_is_clear_and_cap_and_label_are_solid(label: float) -> None:
    rgb, cutout = _bottle(label)
    freed = see_through(rgb, cutout)
    assert freed.alpha[CLEAR].max() < 0.55
    assert freed.alpha[45:75, 130:170].min() > 0.98
    assert freed.alpha[135:175, 125:175].min() > 0.98
    assert freed.alpha[:, :95].max() == 0


def test_a_label_no_brighter_than_the_wall_is_seen_by_the_glass_around_it() -> None:
    picture = _wall()
    picture[BODY] *= TINT
    picture[LABEL] = _wall()[LABEL]
    freed = see_through(*_photo(picture))
    assert freed.alpha[135:175, 125:175].min() > 0.98
    assert freed.alpha[CLEAR].max() < 0.55


def test_over_what_was_behind_it_the_glass_looks_as_it_was_photographed() -> None:
    rgb, cutout = _bottle()
    freed = see_through(rgb, cutout)
    assert np.abs(_over(freed, _wall()) - rgb)[CLEAR].max() < 8


def test_on_white_the_glass_shows_its_tint() -> None:
    freed = see_through(*_bottle())
    shown = _over(freed, np.full((*SIZE, 3), 255.0))[CLEAR].mean(axis=(0, 1))
    assert shown.min() > 150
    assert np.argsort(shown).tolist() == np.argsort(TINT).tolist()


def test_what_refraction_bends_into_view_leaves_no_blotches() -> None:
    picture = _wall()
    bent = 1 + 0.16 * np.sin(np.linspace(0, 2 * np.pi, 100))[None, :, None]
    picture[BODY] *= TINT * bent * [1.0, 0.98, 1.06]
    alpha = see_through(*_photo(picture)).alpha[INSIDE]
    assert alpha.max() < 0.6
    assert alpha.max() - alpha.min() < 0.12


def test_before_a_busy_background_the_glass_is_as_clear_in_dark_as_in_light() -> None:
    picture = _pattern()
    picture[BODY] = np.roll(_pattern(), 5, axis=1)[BODY] * 0.95
    rgb, cutout = _photo(picture, cap=False)
    alpha = see_through(rgb, cutout).alpha[INSIDE]
    dark = rgb[INSIDE].mean(axis=-1) < 165
    assert np.percentile(alpha, 90) < 0.5
    assert abs(alpha[dark].mean() - alpha[~dark].mean()) < 0.25


def test_print_on_glass_is_solid_and_keeps_its_bytes() -> None:
    picture = _wall()
    picture[BODY] *= TINT
    strokes = np.s_[100:200, 140:143]
    picture[strokes] = 30
    rgb, cutout = _photo(picture)
    freed = see_through(rgb, cutout)
    assert freed.alpha[strokes][3:-3, 1].min() > 0.98
    assert np.array_equal(freed.rgb[105:195, 141], rgb[105:195, 141])
    assert freed.alpha[105:195, 130:135].max() < 0.6


def test_a_highlight_stays_bright() -> None:
    picture = _wall()
    picture[BODY] *= TINT
    picture[100:200, 115:119] = 250
    freed = see_through(*_photo(picture))
    assert _over(freed, np.zeros((*SIZE, 3)))[105:195, 116:118].min() > 235


def test_glass_shows_more_of_itself_towards_its_outline() -> None:
    alpha = see_through(*_bottle()).alpha[100:120]
    assert (np.diff(alpha[:, 103:150].mean(axis=0)) <= 1e-3).all()
    assert alpha[:, 104].mean() > alpha[:, 150].mean() + 0.08


def test_a_dark_cap_is_no_glass_where_one_side_of_the_background_is_dark() -> None:
    picture = _wall()
    picture[BODY] *= TINT
    picture[:80, :150] *= 0.4
    rgb, cutout = _photo(picture)
    rgb[40:80, 125:147] = 95
    assert see_through(rgb, cutout).alpha[45:75, 130:143].min() > 0.98


def test_what_is_seen_through_a_letter_is_glass() -> None:
    picture = _wall()
    picture[BODY] *= TINT
    picture[120:138, 140:158] = 30
    picture[125:133, 145:153] = (_wall()[BODY] * TINT)[45:53, 45:53]
    assert see_through(*_photo(picture)).alpha[128:130, 148:150].max() < 0.6


def test_a_brighter_part_of_the_room_bent_into_view_is_clear() -> None:
    picture = _wall()
    picture[BODY] *= TINT
    picture[80:220, 100:120] = [200, 194, 184]
    assert see_through(*_photo(picture)).alpha[100:200, 108:116].max() < 0.6


@pytest.mark.parametrize("grey", [20, 90])
def test_a_product_without_a_clear_part_is_left_as_it_is(grey: float) -> None:
    picture = _wall()
    picture[BODY] = grey
    rgb, cutout = _photo(picture)
    freed = see_through(rgb, cutout)
    assert np.array_equal(freed.alpha, cutout.alpha)
    assert np.array_equal(freed.rgb, cutout.rgb)


def test_a_product_that_hides_the_whole_background_is_left_as_it_is() -> None:
    rgb = np.full((80, 80, 3), 128, np.uint8)
    cutout = Cutout(rgb=rgb, alpha=np.ones((80, 80), np.float32))
    assert np.array_equal(see_through(rgb, cutout).alpha, cutout.alpha)


def test_solid_parts_keep_their_bytes() -> None:
    rgb, cutout = _bottle()
    solid = np.zeros(rgb.shape[:2], bool)
    solid[BODY] = True
    freed = see_through(rgb, cutout, solid)
    assert freed.alpha[82:218, 102:198].min() == 1
    assert np.array_equal(freed.rgb[BODY], rgb[BODY])
