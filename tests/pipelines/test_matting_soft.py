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
