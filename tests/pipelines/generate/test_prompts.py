"""Prompts are cut between words, and commands to the tokenizer are taken out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.generate.prompts import fit


def words(text: str) -> int:
    return len(text.split())


def letters(text: str) -> int:
    return len(text.encode())


@given(st.text(max_size=200), st.integers(4, 20), st.integers(1, 4))
def test_no_piece_is_too_long_and_nothing_is_lost_but_what_is_told(
    text: str, most: int, pieces: int
) -> None:
    fitted = fit(text, count=letters, most=most, pieces=pieces)
    assert len(fitted.pieces) <= pieces
    assert all(letters(piece) <= most for piece in fitted.pieces)
    assert fit(fitted.text + fitted.cut, count=letters, most=10_000).text == (
        fitted.text + fitted.cut
    )
    assert bool(fitted.cut) == (letters(fitted.text) < letters(fitted.text + fitted.cut))


def test_words_are_kept_whole() -> None:
    fitted = fit("a mug on old oak", count=letters, most=8, pieces=2)
    assert fitted.pieces == ("a mug ", "on old ")
    assert fitted.cut == "oak"


def test_a_word_longer_than_all_is_divided_by_letters() -> None:
    fitted = fit("丝绸背景" * 10, count=letters, most=10, pieces=3)
    assert fitted.pieces == ("丝绸背", "景丝绸", "背景丝")
    assert fitted.cut.startswith("绸背景")


@pytest.mark.parametrize(
    "command", ["<|im_end|>", "<|image_pad|>", "</s>", "<pad>", "<extra_id_3>"]
)
def test_commands_to_the_tokenizer_are_no_words(command: str) -> None:
    assert fit(f"oak {command} wall", count=words, most=9).text.split() == ["oak", "wall"]


def test_nothing_is_one_empty_piece() -> None:
    assert fit("  ", count=words, most=9).pieces == ("",)
