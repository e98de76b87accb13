"""What is taken of an answer: the edit and nothing else, and nothing of a bad one."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.checks.similarity import Similarity
from pipelines.editing.answer import Question, Taken, take
from pipelines.imaging.cutout import Cutout
from tests.pipelines.editing.painters import (
    BOX,
    BUCKET,
    HEIGHT,
    SPOT,
    WIDTH,
    Painting,
    Rgb,
    another_world,
    moved,
    original,
    product_moved,
    repainted,
    retouched,
    texture,
    through_autoencoder,
    well,
)

NEAR = np.s_[SPOT[1] - 8 : SPOT[1] + 8, SPOT[0] - 8 : SPOT[0] + 8]


def answered(painting: Painting, **changes: object) -> Taken:
    question = Question.of(original(**changes), (BUCKET,))  # type: ignore[arg-type]
    return take(question, painting(question.picture))


def another_world_at(question: Question) -> Rgb:
    painted = texture(*question.picture.shape[:2], seed=30)
    painted[question.product] = question.picture[question.product]
    return painted


def failed(taken: Taken) -> set[str]:
    return {one.name for one in taken.failures}


def value_of(taken: Taken, name: str) -> str:
    return next(one.value for one in taken.checks if one.name == name)


def test_only_the_edit_is_taken_and_all_else_keeps_its_bytes() -> None:
    taken = answered(well)
    assert taken.passed, taken.failures
    before = original().rgb
    assert np.abs(taken.raster[NEAR].astype(int) - (200, 30, 40)).mean() < 8
    same = (taken.raster == before).all(axis=2)
    assert same[taken.share == 0].all()
    assert 0.95 < (taken.share == 0).mean() < 0.99
    assert value_of(taken, "edit made").endswith("% of the picture changed, mostly top left")


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (Similarity(right_px=8), "8.0 px right, put back"),
        (Similarity(zoom=1.02), "zoom 1.020, put back"),
    ],
)
def test_what_drifted_a_little_is_put_back(mapping: Similarity, words: str) -> None:
    taken = answered(lambda bucket: moved(bucket, mapping))
    assert taken.passed, taken.failures
    assert value_of(taken, "drift") == words
    assert np.abs(taken.raster[NEAR].astype(int) - (200, 30, 40)).mean() < 8
    assert (taken.share == 0).mean() > 0.93
    assert (taken.raster == original().rgb).all(axis=2)[taken.share == 0].all()


@pytest.mark.parametrize(
    ("painting", "name", "usable"),
    [
        (lambda bucket: moved(bucket, Similarity(right_px=40)), "drift", False),
        (lambda bucket: moved(bucket, Similarity(zoom=1.1)), "drift", False),
        (lambda bucket: texture(*bucket.shape[:2], seed=77), "drift", False),
        (np.zeros_like, "blank painting", False),
        (lambda bucket: np.full_like(bucket, 128), "blank painting", False),
        (lambda bucket: bucket[:-8], "painting's size", False),
        (lambda bucket: bucket[..., 0], "painting's size", False),
        (
            lambda bucket: np.random.default_rng(1).integers(0, 255, bucket.shape, np.uint8),
            "noise",
            False,
        ),
        (repainted, "product in place", True),
        (product_moved, "product in place", True),
        (lambda bucket: np.clip(well(bucket) * [1.3, 0.9, 0.6], 0, 255).astype(np.uint8),
         "colour cast", True),
        (lambda bucket: bucket, "edit made", True),
        (through_autoencoder, "edit made", True),
        (retouched, "edit made", True),
    ],
)  # fmt: skip
def test_a_painter_that_misbehaves_is_caught_by_name(
    painting: Painting, name: str, usable: bool
) -> None:
    taken = answered(painting)
    assert name in failed(taken), taken.checks
    assert taken.usable is usable
    assert all(one.fix for one in taken.failures)
    assert (taken.raster[BOX][4:-4, 4:-4] == original().rgb[BOX][4:-4, 4:-4]).all()
    if not usable:
        assert (taken.raster == original().rgb).all()


def test_a_change_of_the_locked_product_alone_says_how_to_allow_it() -> None:
    (failure,) = answered(retouched).failures
    assert "on the locked product" in failure.value
    assert "--allow-product-changes" in failure.fix


def test_where_the_product_may_change_it_is_told_how_much_and_where() -> None:
    taken = answered(retouched, locked=False)
    assert taken.passed
    assert "mostly top left" in value_of(taken, "product changed")
    inside = taken.raster[BOX][22:38, 22:38].astype(int)
    assert np.abs(inside - (240, 240, 30)).mean() < 12


def test_all_around_the_product_may_be_painted_anew_and_is_said() -> None:
    taken = answered(another_world)
    assert taken.passed, taken.failures
    assert "nearly all but the product" in value_of(taken, "edit made")
    assert value_of(taken, "product lock") == "largest difference 0"


def test_an_edit_stays_inside_its_area() -> None:
    area = np.zeros((HEIGHT, WIDTH), np.bool_)
    area[14:44, 20:74] = True
    taken = answered(another_world, area=area)
    assert taken.passed, taken.failures
    assert (taken.raster == original().rgb).all(axis=2)[~area].all()
    assert (taken.raster != original().rgb).any(axis=2)[area].mean() > 0.6
    elsewhere = np.zeros((HEIGHT, WIDTH), np.bool_)
    elsewhere[196:, 220:] = True
    (failure,) = answered(well, area=elsewhere).failures
    assert "outside the area" in failure.value


def test_an_edit_stays_inside_an_area_that_meets_the_product_aslant() -> None:
    rows, columns = np.indices((HEIGHT, WIDTH))
    area = (rows > columns + 20) & (rows < 190) & (columns > 30)
    question = Question.of(original(area=area), ((132, 120),))
    taken = take(question, another_world_at(question))
    assert (taken.raster != original().rgb).any(axis=2)[area].mean() > 0.3
    assert (taken.raster == original().rgb).all(axis=2)[~area].all()


def test_what_changed_too_near_the_locked_product_to_be_taken_is_no_edit() -> None:
    area = np.zeros((HEIGHT, WIDTH), np.bool_)
    area[80:150, 83:86] = True
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[4:-4, 4:-4] = 1
    filling = replace(original(), cutout=Cutout(rgb=original().rgb, alpha=alpha))
    for one, bucket in ((original(area=area), BUCKET), (filling, (132, 120))):
        question = Question.of(one, (bucket,))
        taken = take(question, another_world_at(question))
        (failure,) = taken.failures
        assert "too near the locked product" in failure.value
        assert "--allow-product-changes" in failure.fix
        assert (taken.raster == one.rgb).all()
        assert not taken.share.any()


def test_an_area_narrower_than_its_fade_is_painted_all_the_same() -> None:
    area = np.zeros((HEIGHT, WIDTH), np.bool_)
    area[20:26, 10:240] = True
    question = Question.of(original(area=area), ((132, 120),))
    painted = question.picture.copy()
    painted[question.mask > 0] = (200, 30, 40)
    taken = take(question, cv2.dilate(painted, np.ones((3, 3), np.uint8)))
    assert taken.share[22:24, 20:230].min() == 1
    assert not taken.share[~area].any()


def test_a_small_picture_and_a_large_one_keep_their_size() -> None:
    for bucket in ((132, 120), (528, 480)):
        question = Question.of(original(), (bucket,))
        painted = question.picture.copy()
        painted[bucket[1] // 8 : bucket[1] // 4, bucket[0] // 10 : bucket[0] // 5] = (200, 30, 40)
        taken = take(question, painted)
        assert taken.passed, taken.failures
        assert taken.raster.shape == (HEIGHT, WIDTH, 3)
        assert (taken.raster == original().rgb).all(axis=2)[taken.share == 0].all()
        assert (taken.share == 0).mean() > 0.9
