"""The cells as arrays: some variants of a table are the table of these variants."""

import numpy as np

from abtest import Cell, Counts, Period
from abtest.tables import CountTable


def counts() -> Counts:
    rng = np.random.default_rng(2)
    variants, segments = ("a", "b", "c", "d"), ("phone", "desk", "tablet")
    return Counts(
        variants=variants,
        periods=(
            Period(id="1", weights=dict.fromkeys(variants, 0.25)),
            Period(id="2", weights={"a": 0.5, "b": 0.5, "c": 0.0, "d": 0.0}),
            Period(id="3", weights={"c": 0.5, "d": 0.5}),
        ),
        cells={
            (segment, variant, period): Cell(
                impressions=int(shown := rng.integers(10, 90)), clicks=int(rng.integers(0, shown))
            )
            for segment in segments
            for variant in variants
            for period in "123"
            if rng.random() < 0.8
        },
    )


def test_some_variants_of_a_table_are_the_table_of_these() -> None:
    whole = CountTable.of(counts(), ("a", "b", "c", "d"))
    assert whole.impressions.shape == (3, 3, 4)
    some = whole.only(("d", "b"))
    for i, name in enumerate(("d", "b")):
        for s, segment in enumerate(counts().segments):
            for p, period in enumerate("123"):
                cell = counts().cell(segment, name, period)
                assert some.impressions[s, p, i] == cell.impressions
                assert some.clicks[s, p, i] == cell.clicks
    assert np.array_equal(CountTable.of(counts(), ("d", "b")).impressions, some.impressions)


def test_an_allocation_is_one_among_the_variants_that_are_compared() -> None:
    """Of `a` and `b` the first two periods are split alike, and the third served none of them."""
    whole = CountTable.of(counts(), ("a", "b", "c", "d"))
    assert len(set(whole.stratum[0])) == 3
    first, second, third = whole.only(("a", "b")).stratum[0]
    assert first == second != third == -1
