"""Colour casts: measured where nothing changed, undone, and refused where they are strong."""

import cv2
import numpy as np
import pytest

from pipelines.editing.cast import cast_check, find_cast
from tests.pipelines.editing.painters import Rgb, texture

ALL = np.ones((200, 240), np.bool_)


def tinted(picture: Rgb, gain: tuple[float, ...], offset: tuple[float, ...]) -> Rgb:
    return np.asarray(np.clip(picture * np.array(gain) + offset, 0, 255), dtype=np.uint8)


@pytest.mark.parametrize("repaint", [False, True])
def test_a_cast_is_undone_though_half_is_repainted(repaint: bool) -> None:
    photo = texture(200, 240, seed=4)
    painted = tinted(photo, (1.06, 0.98, 0.9), (3, 0, 5))
    if repaint:
        painted[:, 120:] = texture(200, 240, seed=5)[:, 120:] // 2
    cast = find_cast(photo, painted, ALL)
    back = cast.undone(painted, photo)
    assert np.abs(back[:, :110].astype(int) - photo[:, :110]).mean() < 2
    assert cast_check(cast).outcome == "pass"
    assert "taken out" in cast_check(cast).value


def test_equal_pixels_have_none() -> None:
    photo = texture(200, 240, seed=4)
    cast = find_cast(photo, photo.copy(), ALL)
    assert cast.undone(photo, photo) is photo
    assert cast_check(cast).value == "ΔE 0.0"


def test_a_plain_wall_tells_its_cast_and_a_repainted_one_does_not() -> None:
    photo = np.full((200, 240, 3), 250, np.uint8)
    cv2.rectangle(photo, (80, 60), (160, 140), (90, 80, 70), -1)
    yellowish = tinted(photo, (1, 1, 0.96), (0, 0, 0))
    cast = find_cast(photo, yellowish, ALL)
    assert np.abs(cast.undone(yellowish, photo).astype(int) - photo).mean() < 1.5
    blue = photo.copy()
    blue[(photo == 250).all(axis=2)] = (60, 90, 200)
    inside = np.zeros((200, 240), np.bool_)
    inside[65:135, 85:155] = True
    kept = find_cast(photo, blue, ALL, inside).undone(blue, photo)
    assert np.abs(kept[5, 5].astype(int) - (60, 90, 200)).max() < 12


def test_white_that_a_cast_drove_beyond_white_stays_white() -> None:
    photo = np.full((200, 240, 3), 255, np.uint8)
    photo[50:150, 60:180] = texture(100, 120, seed=4)
    warm = tinted(photo, (1.05, 1.0, 0.96), (3, 0, 0))
    back = find_cast(photo, warm, ALL).undone(warm, photo)
    assert np.abs(back[:40].astype(int) - 255).max() <= 3


def test_a_strong_cast_is_refused() -> None:
    photo = texture(200, 240, seed=4)
    check = cast_check(find_cast(photo, tinted(photo, (1.3, 1, 0.7), (0, 0, 0)), ALL))
    assert check.outcome == "fail"


def test_nothing_is_told_where_nothing_is_left() -> None:
    photo, other = texture(200, 240, seed=4), texture(200, 240, seed=6)
    assert cast_check(find_cast(photo, other, ALL)).outcome == "note"
    none = find_cast(photo, other, ~ALL)
    assert cast_check(none).value == "not to be told: too little was left unchanged"
    assert none.undone(other, photo) is other
