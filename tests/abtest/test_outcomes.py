"""Outcomes: by segment, of images whose features are known, and possible ones only."""

import pytest

from abtest import Cell, Counts, InvalidCounts, Outcome, Period, outcomes_of


def test_outcomes_come_from_counts_by_segment() -> None:
    counts = Counts(
        variants=("a", "b", "c"),
        periods=(Period(id="1", weights={"a": 0.4, "b": 0.4, "c": 0.2}),),
        cells={
            ("de", "a", "1"): Cell(impressions=400, clicks=8),
            ("de", "b", "1"): Cell(impressions=400, clicks=12),
            ("fr", "a", "1"): Cell(impressions=100, clicks=1),
        },
    )
    found = outcomes_of(counts, {"a": {"scene": "wood"}, "b": {"scene": "snow"}}, test="t1")
    rows = [(one.segment, one.features["scene"], one.successes, one.trials) for one in found]
    assert rows == [("de", "wood", 8, 400), ("de", "snow", 12, 400), ("fr", "wood", 1, 100)]
    assert outcomes_of(counts, {"a": {"scene": "wood"}}, test="t1") == ()


def test_impossible_outcomes_are_refused() -> None:
    with pytest.raises(InvalidCounts, match="9 successes of 3 trials"):
        Outcome(test="t", features={}, successes=9, trials=3)
