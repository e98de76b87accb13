"""Numbers in sentences: short, never in powers of ten, and never rounded onto a limit."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest.told_numbers import (
    chance_words,
    evidence_words,
    percent_words,
    share_words,
    sure_words,
)

few = settings(derandomize=True, max_examples=200, deadline=None, database=None)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (1e-320, "under 0.0001"),
        (0.3, "0.3"),
        (1.0, "1"),
        (6.37, "6.37"),
        (19.999, "19.9"),
        (20.0, "20"),
        (999.9, "999"),
        (123_456.0, "123,000"),
        (1e6, "a million"),
        (1.3e25, "over a million"),
    ],
)
def test_evidence_reads_as_a_person_writes_it(value: float, words: str) -> None:
    assert evidence_words(value) == words


@few
@given(st.floats(0.0, 1e300), st.floats(0.01, 1e5))
def test_what_is_short_of_a_limit_never_reads_as_if_it_reached_it(
    share: float, limit: float
) -> None:
    told = evidence_words(min(share, limit * 0.99999))
    assert re.fullmatch(r"[0-9,.]+|under 0\.0001|over a million", told)
    if told[0].isdigit():
        assert float(told.replace(",", "")) < limit


@few
@given(st.floats(0.0, 1.0))
def test_chances_are_told_without_powers_of_ten(p_value: float) -> None:
    told = chance_words(p_value)
    assert "e" not in told.removeprefix("under ")
    assert told == "under 0.0001" or 0.0 < float(told) <= p_value * (1.0 + 1e-5)


def test_a_loss_is_nothing_only_where_it_is_nothing() -> None:
    assert [percent_words(share) for share in (0.0, 1e-9, 0.0001, 0.25)] == [
        "0.00%", "under 0.01%", "0.01%", "25.00%"
    ]  # fmt: skip


@few
@given(st.floats(0.0, 1.0), st.sampled_from([0.01, 0.02, 0.0137]))
def test_a_loss_beyond_its_limit_never_reads_as_if_it_were_not(share: float, limit: float) -> None:
    told = percent_words(share, limit=limit)
    if share > limit:
        assert float(told.removesuffix("%")) > limit * 100.0
    else:
        assert told == percent_words(share)


@few
@given(st.floats(0.0, 1.0))
def test_a_chance_reads_as_no_more_than_it_is(probability: float) -> None:
    told = float(sure_words(probability).removesuffix("%")) / 100.0
    assert min(probability, 0.999) - 0.00101 < told <= min(probability, 0.999) * (1.0 + 1e-8)


def test_a_share_is_told_as_it_was_asked_for() -> None:
    assert [share_words(share) for share in (0.05, 0.025, 0.005, 0.29, 1.0)] == [
        "5%", "2.5%", "0.5%", "29%", "100%"
    ]  # fmt: skip
