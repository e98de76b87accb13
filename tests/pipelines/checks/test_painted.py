"""What a painter gave back, told from what it was given."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.checks.painted import (
    Painting,
    blank_check,
    change_check,
    noise_check,
    repainted_check,
    size_check,
)

SIDE = 96


def painting(*, softly: bool = True) -> Painting:
    """A blotched product on a plain wall, and a painter that made stripes of the wall."""
    draw = np.random.default_rng(0)
    before = np.full((SIDE, SIDE, 3), 210, np.uint8)
    product = np.zeros((SIDE, SIDE), np.bool_)
    product[20:70, 30:66] = True
    before[product] = draw.integers(30, 160, (int(product.sum()), 3))
    after = before.copy()
    rows = np.indices((SIDE, SIDE))[0]
    stripes = 120 + 60 * np.sin(rows / 6)
    after[~product] = stripes[~product, None] if softly else 210
    kept = np.zeros_like(product)
    kept[16:74, 26:70] = True
    return Painting(before=before, after=after, kept=kept, product=product)


def test_a_good_painting_passes() -> None:
    one = painting()
    checks = [blank_check(one), noise_check(one), repainted_check(one)]
    checks += [change_check(one, strength=1), size_check(one.before, one.after)]
    assert [check.outcome for check in checks] == ["pass"] * 5


@pytest.mark.parametrize(
    ("after", "value"),
    [
        (np.zeros((64, 64, 3), np.uint8), "64 x 64 px"),
        (np.zeros((SIDE, SIDE), np.uint8), f"{SIDE} x {SIDE} px"),
        (np.zeros((SIDE, SIDE, 3), np.float32), f"{SIDE} x {SIDE} px"),
        (np.zeros((SIDE,), np.uint8), "an array of shape (96,)"),
    ],
)
def test_only_a_picture_of_the_size_asked_for_is_one(after: np.ndarray, value: str) -> None:
    check = size_check(painting().before, after)
    assert (check.outcome, check.value) == ("fail", value)


def test_black_and_one_colour_are_blank_and_a_night_is_not() -> None:
    one = painting()
    black = replace(one, after=np.zeros_like(one.after))
    assert (blank_check(black).outcome, blank_check(black).value) == ("fail", "black")
    assert blank_check(painting(softly=False)).outcome == "fail"
    assert blank_check(replace(one, after=one.after // 6)).outcome == "pass"


def test_where_all_was_to_be_kept_a_painting_cannot_be_told() -> None:
    one = painting()
    whole = replace(one, after=np.zeros_like(one.after), kept=np.ones_like(one.kept))
    assert blank_check(whole).outcome == noise_check(whole).outcome == "note"
    assert blank_check(whole).value == "not to be told: nothing was to be painted"


def test_noise_is_told_from_texture() -> None:
    one = painting()
    draw = np.random.default_rng(1)
    noisy = draw.integers(0, 256, one.after.shape).astype(np.uint8)
    assert noise_check(replace(one, after=noisy)).outcome == "fail"
    grainy = np.clip(one.after + draw.normal(0, 8, one.after.shape), 0, 255).astype(np.uint8)
    assert noise_check(replace(one, after=grainy)).outcome == "pass"


def test_painting_over_is_told_apart_from_a_cast() -> None:
    one = painting()
    tinted = np.clip(one.after.astype(int) + np.array([25, 0, -25]), 0, 255).astype(np.uint8)
    assert repainted_check(replace(one, after=tinted)).outcome == "pass"
    over = one.after.copy()
    over[20:45, 30:66] = (250, 240, 20)
    assert repainted_check(replace(one, after=over)).outcome == "fail"


def test_a_product_too_small_to_tell_is_said_to_be() -> None:
    one = painting()
    small = replace(one, product=np.zeros_like(one.product))
    assert repainted_check(small).outcome == "note"


def test_change_is_wanted_only_where_it_was_asked_for() -> None:
    one = painting()
    same = replace(one, after=one.before)
    assert change_check(same, strength=1).outcome == "fail"
    assert change_check(same, strength=0.1).outcome == "note"
    assert change_check(same, strength=0.1).value == "ΔE 0.0 on average, at a strength of 0.1"
