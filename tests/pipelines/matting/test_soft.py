"""Fur is solved softly, hard edges are left alone."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box
from pipelines.matting.consensus import Consensus
from pipelines.matting.edge import free_edges
from pipelines.matting.soft import soft_outline

Floats = npt.NDArray[np.float32]
SIDE = 160


def _consensus(picture: npt.NDArray[np.uint8], probability: Floats) -> Consensus:
    return Consensus(
        crop=Box(left=0, top=0, right=SIDE, bottom=SIDE), picture=picture, probability=probability,
        outline=probability, agreement=1.0, doubt=np.zeros((SIDE, SIDE), np.float32), model_px=1.5,
    )  # fmt: skip


def _furry() -> tuple[npt.NDArray[np.uint8], Floats]:
    """A ball whose hairs of random length stand on a plain wall, and its alpha."""
    rng = np.random.default_rng(2)
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    angle = ((np.arctan2(rows, columns) + np.pi) / (2 * np.pi) * 700).astype(int)
    length = 38 + 14 * rng.random(701)[angle]
    alpha = np.clip(length - np.hypot(rows, columns), 0, 1).astype(np.float32)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 0.8)
    rgb = alpha[..., None] * np.array([110, 60, 30]) + (1 - alpha[..., None]) * 215
    return (rgb + 0.5).astype(np.uint8), np.asarray(alpha, dtype=np.float32)


def test_a_wide_transition_is_soft_and_a_narrow_one_is_not() -> None:
    picture, alpha = _furry()
    assert soft_outline(_consensus(picture, cv2.GaussianBlur(alpha, (0, 0), 5))) is not None
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    hard = (np.hypot(rows, columns) < 44).astype(np.float32)
    assert soft_outline(_consensus(picture, cv2.GaussianBlur(hard, (0, 0), 1))) is None


def test_hairs_are_freed_one_by_one() -> None:
    picture, truth = _furry()
    blurred = np.asarray(cv2.GaussianBlur(truth, (0, 0), 5), dtype=np.float32)
    cutout = free_edges(picture, _consensus(picture, blurred))
    partial = (truth > 0.1) & (truth < 0.9)
    assert np.abs(cutout.alpha - truth).mean() < 0.5 * np.abs(blurred - truth).mean()
    assert np.abs(cutout.alpha - truth)[partial].mean() < 0.15
    assert np.abs(cutout.rgb[partial].astype(int) - [110, 60, 30]).mean() < 12


def _fuzzy_ball(middle: tuple[int, int] = (0, 0)) -> Floats:
    """What models say of a furry ball: sure inside, less and less so over 26 px."""
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    away = np.hypot(rows - middle[0], columns - middle[1])
    return np.asarray(np.clip((57 - away) / 26, 0, 1), dtype=np.float32)


def _plain() -> npt.NDArray[np.uint8]:
    return np.full((SIDE, SIDE, 3), 128, np.uint8)


def test_tufts_are_as_soft_as_the_fur_they_stick_out_of() -> None:
    probability = _fuzzy_ball()
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    tuft = (np.abs(columns) < 2) & (rows < -40) & (rows > -50)
    probability[tuft] = 0.7
    soft = soft_outline(_consensus(_plain(), probability))
    assert soft is not None
    assert soft[tuft].all()


def test_a_strap_beside_fur_keeps_its_hard_edge() -> None:
    probability = _fuzzy_ball()
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    strap = (np.abs(columns) < 2) & (rows < -40) & (rows > -75)
    probability[strap] = 1
    soft = soft_outline(_consensus(_plain(), probability))
    assert soft is not None
    assert not soft[strap & (rows < -50)].any()


def test_fur_that_a_model_is_sure_of_here_and_there_is_soft_all_round() -> None:
    sure = (_fuzzy_ball() > 0.5).astype(np.float32)
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    gap = (np.abs(rows) < 16) & (columns > 0)
    probability = np.where(gap, sure, _fuzzy_ball()).astype(np.float32)
    soft = soft_outline(_consensus(_plain(), probability))
    assert soft is not None
    assert soft[SIDE // 2, SIDE // 2 + 38 : SIDE // 2 + 50].all()


def test_hairs_longer_than_models_see_them_are_freed_too() -> None:
    picture, truth = _furry()
    short = np.asarray(cv2.GaussianBlur(truth, (0, 0), 5), dtype=np.float32) ** 2
    cutout = free_edges(picture, _consensus(picture, short))
    assert np.abs(cutout.alpha - truth).mean() < 0.4 * np.abs(short - truth).mean()


def test_what_is_as_vague_as_fur_but_far_from_the_product_stays_out() -> None:
    picture, truth = _furry()
    blurred = np.asarray(cv2.GaussianBlur(truth, (0, 0), 5), dtype=np.float32)
    plant = np.s_[4:26, 4:26]
    picture[plant] = [20, 120, 30]
    blurred[plant] = 0.45
    cutout = free_edges(picture, _consensus(picture, blurred))
    assert cutout.alpha[plant].max() == 0
