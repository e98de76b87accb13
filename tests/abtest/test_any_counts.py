"""Whatever was counted and however it is compared: a clear refusal or finite numbers, never NaN."""

import json
import math
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import (
    FLAT,
    METRICS,
    AbtestError,
    Allocation,
    AnalysisOptions,
    Cell,
    Counts,
    Guardrail,
    Period,
    Spread,
    analyse,
    analysis_dict,
)

SIZES = st.sampled_from([0, 0, 1, 2, 30, 1000, 250_000, 10**9])
SHARES = st.sampled_from([0.0, 0.0, 1e-9, 0.001, 0.02, 0.3, 0.5, 1.0])
ORDERS = st.sampled_from([0.0, 1e-6, 0.01, 20.0, 1e6, -5.0])
few = settings(deadline=None, max_examples=30, derandomize=True)


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    impressions = draw(SIZES)
    conversions = round(impressions * draw(SHARES))
    value = conversions * draw(ORDERS)
    scatter = draw(st.sampled_from([None, 1.0, 1.0 + 1e-9, 40.0]))
    return Cell(
        impressions=impressions,
        clicks=round(impressions * draw(SHARES)),
        conversions=conversions,
        value=value,
        value_squares=None if scatter is None else value**2 / max(conversions, 1) * scatter,
        matured=draw(st.sampled_from([None, None, _young(impressions, conversions)])),
    )


def _young(impressions: int, conversions: int) -> float:
    """Some minutes old where there are few, some days where there are many."""
    if impressions <= 2:
        return 1e-6 * impressions
    return conversions + 0.3 * (impressions - conversions)


@st.composite
def tables(draw: st.DrawFn) -> Counts:
    """Two to five images, up to three segments and four days; any cell may be missing."""
    names = tuple("abcde"[: draw(st.integers(2, 5))])
    days, segments = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    periods = []
    for day in range(days):
        # An image of no share is out of the test on that day.
        shares = draw(st.lists(st.sampled_from([0.0, 0.01, 1.0, 1.0]), min_size=5, max_size=5))
        given_out = shares[: len(names)]
        total = math.fsum(given_out)
        weights = {
            name: share / total if total else 1.0 / len(names)
            for name, share in zip(names, given_out, strict=True)
        }
        length = draw(st.sampled_from([1.0, 1.0, 0.0, 40.0]))
        periods.append(Period(id=str(day), weights=weights, days=length))
    found = {
        (f"s{segment}", name, str(day)): draw(cells())
        for segment in range(segments)
        for name in names
        for day in range(days)
        if draw(st.integers(0, 3))
    }
    return Counts(variants=names, periods=tuple(periods), cells=found, segments=("s0",))


@st.composite
def options(draw: st.DrawFn) -> AnalysisOptions:
    metric = draw(st.sampled_from(METRICS))
    direction = "higher" if metric == "value_per_impression" else draw(
        st.sampled_from(["higher", "lower"])
    )  # fmt: skip
    guarded = draw(st.lists(st.sampled_from(METRICS), max_size=2, unique=True))
    return AnalysisOptions(
        metric=metric,
        direction=direction,  # type: ignore[arg-type]
        prior=draw(st.sampled_from(["auto", "auto", FLAT])),
        spread=draw(st.sampled_from([None, Spread(strengths=(1000.0, 4.0), shares=(0.8, 0.2))])),
        guardrails=tuple(
            Guardrail(metric=one, direction=draw(st.sampled_from(["higher", "lower"])))
            for one in guarded
        ),
        head_starts=draw(st.sampled_from([{}, {"a": 0.2, "b": -0.2}])),
        dropped=draw(st.sampled_from([frozenset(), frozenset("b"), frozenset("c")])),
        foresight=draw(st.sampled_from(["none", "overall", "all"])),
    )


def told(found: object) -> Iterator[float]:
    """All numbers of a JSON value."""
    if isinstance(found, dict):
        for value in found.values():
            yield from told(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from told(value)
    elif isinstance(found, float):
        yield found


@few
@given(tables(), options())
def test_numbers_are_finite_or_the_fault_is_named(table: Counts, wanted: AnalysisOptions) -> None:
    if wanted.dropped & set(table.variants) and len(table.variants) < 3:
        with pytest.raises(AbtestError, match="fewer than two variants are left"):
            analyse(table, options=wanted)
        return
    analysis = analyse(table, options=wanted)
    report = analysis_dict(analysis)
    json.dumps(report, allow_nan=False)
    assert all(math.isfinite(number) for number in told(report))
    for group in (analysis.overall, *analysis.segments.values()):
        assert sum(group.prob_best.values()) == pytest.approx(1.0, abs=1e-6)
        weights = group.next_weights(Allocation())
        assert sum(weights.values()) == pytest.approx(1.0, abs=1e-9)
        for one in group.variants:
            low, high = one.credible_interval
            assert 0.0 <= low <= high
            assert -1e-9 <= one.prob_best <= 1.0 + 1e-9
            assert one.expected_loss >= -1e-12 * max(one.unit, 1.0)
            if one.lift is not None:
                assert one.lift.interval[0] <= one.lift.interval[1]
