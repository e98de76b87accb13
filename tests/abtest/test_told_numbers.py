"""Numbers in sentences: short, never in powers of ten, and never rounded onto a limit."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest.told_numbers import chance_words, evidence_words, percent_words

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
