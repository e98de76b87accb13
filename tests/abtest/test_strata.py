import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import Cell, Counts, Period
from abtest.strata import effective_arms


def table(weights: list[dict[str, float]], cells: list[dict[str, tuple[int, int]]]) -> Counts:
    """One period a list item, cells as variant to (impressions, clicks)."""
    periods = tuple(Period(id=str(i), weights=w) for i, w in enumerate(weights))
    return Counts(
        variants=tuple(weights[0]),
        periods=periods,
        cells={
            ("everyone", variant, str(i)): Cell(impressions=n, clicks=c)
            for i, row in enumerate(cells)
            for variant, (n, c) in row.items()
        },
    )


def rates(counts: Counts) -> dict[str, float | None]:
    arms = effective_arms(counts, counts.variants, segments=counts.segments, metric="click_rate")
    return {arm.variant: arm.rate for arm in arms}


def test_the_pooled_answer_is_wrong_and_ours_is_right(simpson: Counts) -> None:
    pooled = {name: simpson.total(name).clicks / 10_000 for name in "ab"}
    assert pooled["a"] > pooled["b"]
    found = rates(simpson)
    assert found["a"] is not None
    assert found["b"] is not None
    assert found["b"] / found["a"] == pytest.approx(1.1, abs=0.005)


def test_periods_of_the_same_weights_are_pooled_exactly() -> None:
    even = {"a": 0.5, "b": 0.5}
    counts = table([even, even], [{"a": (100, 7), "b": (90, 3)}, {"a": (60, 1), "b": (80, 9)}])
    arms = effective_arms(counts, ("a", "b"), segments=("everyone",), metric="click_rate")
    assert [(arm.trials_effective, arm.successes_effective) for arm in arms] == [
        (160, 8),
        (170, 12),
    ]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(200, 3000), st.integers(200, 3000)), min_size=2, max_size=5),
    st.floats(0.005, 0.05),
    st.floats(0.7, 1.4),
)
def test_a_common_ratio_is_recovered_whatever_the_days_do(
    sizes: list[tuple[int, int]], rate: float, ratio: float
) -> None:
    """With expected counts instead of drawn ones the estimate is the truth, up to rounding."""
    scale = 10_000
    weights, cells = [], []
    for day, (n_a, n_b) in enumerate(sizes):
        level = rate * (1 + day)
        share = n_a / (n_a + n_b)
        weights.append({"a": share, "b": 1 - share})
        a, b = n_a * scale, n_b * scale
        cells.append({"a": (a, round(a * level)), "b": (b, round(b * level * ratio))})
    found = rates(table(weights, cells))
    assert found["a"] is not None
    assert found["b"] is not None
    assert found["b"] / found["a"] == pytest.approx(ratio, rel=1e-4)


def test_the_effective_variance_is_that_of_the_stratified_log_ratio(simpson: Counts) -> None:
    arms = effective_arms(simpson, ("a", "b"), segments=("everyone",), metric="click_rate")
    found = sum(1 / arm.successes_effective for arm in arms)
    # Information about the log ratio from stratum s is e_a e_b / (e_a + e_b), with expected clicks.
    ratio = arms[1].rate / arms[0].rate  # type: ignore[operator]
    information = 0.0
    for a, b, clicks in ((8000, 2000, 612), (2000, 8000, 216)):
        share = a / (a + b * ratio)
        information += clicks * share * (1 - share)
    assert found == pytest.approx(1 / information, rel=0.01)


def test_arms_that_never_met_cannot_be_compared() -> None:
    counts = table(
        [{"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 1.0}], [{"a": (999, 90)}, {"b": (999, 9)}]
    )
    arms = effective_arms(counts, ("a", "b"), segments=("everyone",), metric="click_rate")
    assert [arm.successes_effective for arm in arms] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert [arm.successes for arm in arms] == [90, 9]


def test_a_dropped_arm_leaves_the_rest_in_one_stratum() -> None:
    third = {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}
    counts = table(
        [third, {"a": 0.5, "b": 0.5, "c": 0.0}],
        [{"a": (100, 5), "b": (100, 6), "c": (100, 1)}, {"a": (150, 9), "b": (150, 8)}],
    )
    arms = effective_arms(counts, ("a", "b"), segments=("everyone",), metric="click_rate")
    assert [arm.trials_effective for arm in arms] == [250, 250]
    assert [arm.successes_effective for arm in arms] == [14, 14]


def test_segments_of_different_weights_and_rates_are_kept_apart() -> None:
    """Simpson across segments: phones click more and were sent to `a` more often."""
    period = Period(
        id="1",
        weights={"a": 0.5, "b": 0.5},
        segment_weights={"phone": {"a": 0.8, "b": 0.2}, "desk": {"a": 0.2, "b": 0.8}},
    )
    cells = {
        ("phone", "a", "1"): Cell(impressions=8000, clicks=400),
        ("phone", "b", "1"): Cell(impressions=2000, clicks=100),
        ("desk", "a", "1"): Cell(impressions=2000, clicks=20),
        ("desk", "b", "1"): Cell(impressions=8000, clicks=80),
    }
    found = rates(Counts(variants=("a", "b"), periods=(period,), cells=cells))
    assert found["a"] == pytest.approx(found["b"], rel=1e-9)
    assert found["a"] == pytest.approx(0.03, rel=1e-9)


@pytest.mark.parametrize("clicks", [0, 1])
def test_few_or_no_clicks_are_no_trouble(clicks: int) -> None:
    counts = table(
        [{"a": 0.5, "b": 0.5}, {"a": 0.9, "b": 0.1}],
        [{"a": (10, clicks), "b": (10, 0)}, {"a": (90, 0), "b": (10, 0)}],
    )
    arms = effective_arms(counts, ("a", "b"), segments=("everyone",), metric="click_rate")
    for arm in arms:
        assert np.isfinite([arm.trials_effective, arm.successes_effective]).all()
        assert 0 <= arm.successes_effective <= arm.trials_effective


def test_no_traffic_has_no_rate() -> None:
    assert set(rates(table([{"a": 0.5, "b": 0.5}], [{}])).values()) == {None}
