"""Boxes of lines: their place, their turn, and what is cut out of them."""

import cv2
import numpy as np
import pytest

from pipelines.reading.detect import boxes_in, network_size, straightened


def test_a_bright_bar_becomes_a_grown_box_in_the_pictures_own_pixels() -> None:
    likely = np.zeros((100, 200), np.float32)
    likely[40:50, 60:140] = 0.9
    (box,) = boxes_in(likely, width_px=400, height_px=200)
    left, top = box.min(axis=0)
    right, bottom = box.max(axis=0)
    grown = 1.6 * 80 * 10 / (2 * (80 + 10))  # area over outline, times the network's ratio
    assert left == pytest.approx(2 * (60 - grown), abs=5)
    assert right == pytest.approx(2 * (140 + grown), abs=5)
    assert top == pytest.approx(2 * (40 - grown), abs=5)
    assert bottom == pytest.approx(2 * (50 + grown), abs=5)


def test_specks_and_doubts_are_no_text() -> None:
    likely = np.zeros((100, 200), np.float32)
    likely[10, 10] = 0.99
    likely[40:50, 60:140] = 0.35
    assert boxes_in(likely, width_px=200, height_px=100) == []


def test_lines_come_from_top_to_bottom() -> None:
    likely = np.zeros((120, 120), np.float32)
    for top in (90, 10, 50):
        likely[top : top + 8, 20:100] = 1
    tops = [float(box[0, 1]) for box in boxes_in(likely, width_px=120, height_px=120)]
    assert tops == sorted(tops)
    assert len(tops) == 3


def test_a_tilted_line_is_cut_out_upright() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    centre, size, angle = (100.0, 100.0), (120.0, 24.0), 25.0
    corners = cv2.boxPoints((centre, size, angle))
    cv2.fillPoly(picture, [corners.astype(np.int32)], (255, 255, 255))
    by_x = corners[np.argsort(corners[:, 0])]
    left, right = (side[np.argsort(side[:, 1])] for side in (by_x[:2], by_x[2:]))
    box = np.array([left[0], right[0], right[1], left[1]], np.float32)
    cut = straightened(picture, box)
    assert cut.shape[:2] == (24, 120)
    assert cut.mean() > 240


def test_a_line_on_end_is_laid_down() -> None:
    box = np.array([[10, 10], [20, 10], [20, 90], [10, 90]], np.float32)
    assert straightened(np.zeros((100, 100, 3), np.uint8), box).shape[:2] == (10, 80)


@pytest.mark.parametrize("size", [(1, 1), (50, 5000), (8000, 20)])
def test_a_size_the_network_takes(size: tuple[int, int]) -> None:
    for side in network_size(*size, shortest_px=736, longest_px=1280):
        assert side % 32 == 0
        assert 32 <= side <= 1280
