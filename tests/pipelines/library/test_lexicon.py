"""Prompts are cut into what they name, in either language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.library.search.lexicon import LITERAL, lexicon


def texts(prompt: str, *literals: str) -> list[str]:
    return [slot.text for slot in lexicon().slots(prompt, literals=literals)]


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("浴室 清新 绿色", ["浴室", "清新", "绿色"]),
        ("浴室清新绿色背景", ["浴室", "清新", "绿色"]),
        ("白色大理石台面上的护肤品", ["白色", "大理石", "台面", "护肤品"]),
        ("warm wooden tables, in autumn", ["warm", "wooden", "table", "autumn"]),
        ("a home-office for the New Year", ["home office", "new year"]),
        ("t恤 3C数码", ["t恤", "3c", "数码"]),
        ("ＷＯＯＤ　原木", ["wood", "原木"]),
        ("...  !!", []),
    ],
)
def test_the_longest_known_words_are_found(prompt: str, words: list[str]) -> None:
    assert texts(prompt) == words


def test_a_phrase_ends_at_a_comma() -> None:
    assert texts("new, year") == ["year"]  # "new" says nothing by itself


def test_a_word_that_only_a_template_knows_is_known() -> None:
    (slot,) = lexicon().slots("zellige2000", literals=["zellige2000"])
    assert slot.known
    (slot,) = lexicon().slots("zellige2000")
    assert not slot.known
    assert slot.terms == {LITERAL + "zellige2000": 1.0}


def test_words_of_both_languages_are_one_concept() -> None:
    (english,), (chinese,) = lexicon().slots("bathroom"), lexicon().slots("浴室")
    assert english.terms["bathroom"] == chinese.terms["bathroom"] == 1.0
    assert chinese.english == "bathroom"
    assert english.terms["spa"] < 1.0


@pytest.mark.parametrize(
    "prompt", ["marble, no flowers", "大理石 不要鲜花", "marble without flowers"]
)
def test_what_is_not_wanted_is_marked(prompt: str) -> None:
    wanted, unwanted = lexicon().slots(prompt)
    assert not wanted.excluded
    assert unwanted.excluded
    assert "flowers" in unwanted.terms


def test_every_neighbour_is_a_concept() -> None:
    for concept in lexicon().concepts.values():
        assert set(concept.near) <= set(lexicon().concepts), concept.name
        assert all(0 < degree < 1 for degree in concept.near.values()), concept.name
        assert concept.name not in concept.near


@given(st.text(max_size=60))
def test_any_text_can_be_cut(text: str) -> None:
    for slot in lexicon().slots(text):
        assert slot.text
        assert 0 < slot.weight <= 1
