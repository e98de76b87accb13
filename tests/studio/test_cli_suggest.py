"""`packshot test suggest`: the answer in a sentence."""

import pytest

from abtest import Suggestion
from studio.cli.suggest import sentence


@pytest.mark.parametrize(("tests", "noun"), [(1, "1 test taught"), (12, "12 tests taught")])
def test_the_best_choice_is_told_with_its_reason(tests: int, noun: str) -> None:
    best = Suggestion(feature="scene", word="raw-wood", effect=0.083, interval=(0.01, 0.16),
                      prob_better=0.97, tests=tests, drawn=0.083)  # fmt: skip
    told = sentence(best, explored=False)
    assert told.startswith("Make raw-wood next: better than the average scene")
    assert "with a probability of 97%, by about +8.3%" in told
    assert told.endswith(f"as {noun}.")
    assert sentence(best, explored=True).startswith("Try raw-wood next: drawn from what is known;")
