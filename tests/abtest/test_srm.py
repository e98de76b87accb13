import numpy as np
import pytest
from scipy import stats

from abtest import Cell, Counts, Period
from abtest.srm import sample_ratio_overall, sample_ratios, sample_ratios_by_segment


def counts(weights: dict[str, float], shown: dict[str, int]) -> Counts:
    return Counts(
        variants=tuple(weights),
        periods=(Period(id="1", weights=weights),),
        cells={("everyone", name, "1"): Cell(impressions=n) for name, n in shown.items()},
    )


def test_against_scipy() -> None:
    (found,) = sample_ratios(counts({"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 520, "b": 300, "c": 180}))
    expected = stats.chisquare([520, 300, 180], [500, 300, 200])
    assert found.chi_square == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)


def test_a_pinned_arm_is_caught() -> None:
    (found,) = sample_ratios(counts({"a": 0.5, "b": 0.5}, {"a": 5400, "b": 4600}))
    assert found.p_value < 1e-10


def test_strays_of_a_dropped_arm_and_little_traffic_are_no_mismatch() -> None:
    (found,) = sample_ratios(counts({"a": 0.5, "b": 0.5, "c": 0.0}, {"a": 50, "b": 50, "c": 3}))
    assert found.p_value == pytest.approx(1.0)
    (found,) = sample_ratios(counts({"a": 0.5, "b": 0.5}, {"a": 7, "b": 0}))
    assert found.p_value == 1.0


def test_segments_of_their_own_weights_are_held_to_them() -> None:
    period = Period(
        id="1", weights={"a": 0.5, "b": 0.5}, segment_weights={"x": {"a": 0.9, "b": 0.1}}
    )
    cells = {
        ("x", "a", "1"): Cell(impressions=900),
        ("x", "b", "1"): Cell(impressions=100),
        ("y", "a", "1"): Cell(impressions=500),
        ("y", "b", "1"): Cell(impressions=500),
    }
    (found,) = sample_ratios(Counts(variants=("a", "b"), periods=(period,), cells=cells))
    assert found.chi_square == pytest.approx(0.0)
    assert found.impressions == 2000


def test_sound_traffic_is_flagged_as_often_as_promised() -> None:
    generator = np.random.default_rng(2)
    weights = {"a": 0.6, "b": 0.3, "c": 0.1}
    flagged = 0
    for _ in range(2000):
        shown = generator.multinomial(3000, list(weights.values()))
        table = counts(weights, dict(zip(weights, map(int, shown), strict=True)))
        flagged += sample_ratios(table)[0].p_value <= 0.01
    assert 8 <= flagged <= 36


def test_a_fault_of_one_segment_is_found_in_it() -> None:
    """Two segments err in opposite ways, so that all together look sound."""
    periods = tuple(
        Period(id=str(n), weights={"a": share, "b": 1 - share})
        for n, share in enumerate((0.5, 0.4, 0.6))
    )
    cells = {
        (segment, name, period.id): Cell(
            impressions=round(5000 * period.weights[name] + (sign if name == "a" else -sign))
        )
        for segment, sign in (("de", 90), ("at", -90), ("ch", 3))
        for period in periods
        for name in "ab"
    }
    table = Counts(variants=("a", "b"), periods=periods, cells=cells)
    assert sample_ratio_overall(table).p_value > 0.5
    found = {ratio.segment: ratio for ratio in sample_ratios_by_segment(table)}
    assert found["de"].p_value < 1e-4
    assert found["at"].p_value < 1e-4
    assert found["ch"].p_value > 0.5
    assert found["de"].where == "segment de"
    assert found["de"].impressions == 15_000


def test_a_segment_of_one_period_is_the_plain_chi_square() -> None:
    weights = {"a": 0.5, "b": 0.3, "c": 0.2}
    cells = {
        (segment, name, "1"): Cell(impressions=n)
        for segment, row in (("x", (520, 300, 180)), ("y", (3, 1, 0)))
        for name, n in zip(weights, row, strict=True)
    }
    period = Period(id="1", weights=weights)
    found = sample_ratios_by_segment(
        Counts(variants=tuple(weights), periods=(period,), cells=cells)
    )
    expected = stats.chisquare([520, 300, 180], [500, 300, 200])
    assert found[0].p_value == pytest.approx(expected.pvalue)
    assert found[1].p_value == 1.0


def test_one_segment_is_all_of_them() -> None:
    assert sample_ratios_by_segment(counts({"a": 0.5, "b": 0.5}, {"a": 50, "b": 90})) == ()
