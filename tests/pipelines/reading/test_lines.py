"""How much of one reading is left in another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.reading.lines import Line, letters_kept


def line(text: str) -> Line:
    corners = np.array([[10, 10], [30, 10], [30, 20], [10, 20]], np.float32)
    return Line(text=text, score=0.9, corners=corners)


@given(st.lists(st.text(min_size=1, max_size=12), max_size=6))
def test_the_same_reading_keeps_everything(texts: list[str]) -> None:
    lines = [line(text) for text in texts]
    assert letters_kept(lines, lines[::-1]) == pytest.approx(1)


def test_a_lost_line_and_a_misread_letter_are_counted() -> None:
    before = [line("NIGHT SERUM"), line("净含量 50ml")]
    assert letters_kept(before, []) == 0
    assert letters_kept(before, [line("净含量５０ＭＬ")]) == pytest.approx(7 / 17)
    assert 0.9 < letters_kept(before, [line("NlGHT SERUM"), line("净含量 50ml")]) < 1


def test_a_line_is_used_once() -> None:
    assert letters_kept([line("AAAA"), line("AAAA")], [line("AAAA")]) == 0.5


def test_how_much_of_a_line_lies_on_the_product() -> None:
    alpha = np.zeros((40, 40), np.float32)
    alpha[:, :20] = 1
    assert line("a").covered(alpha) == 0.5
    outside = Line(text="a", score=1, corners=np.full((4, 2), 90, np.float32))
    assert outside.covered(alpha) == 0
