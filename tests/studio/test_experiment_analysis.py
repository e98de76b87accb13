"""Whatever a running test has counted: numbers that are all sound, and never a refusal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import METRICS, Metric, Observed, TestState, analysis_dict
from studio.db.exposures import MOST_MICROS
from studio.db.records import CountRecord, PeriodRecord, SegmentRecord, TestRecord, VariantRecord
from studio.services.experiment_analysis import analysis_of, cells_of, counts_table
from studio.services.experiment_options import TestOptions

DAY_S = 86_400.0
NAMES = ("white", "oak", "marble")


def record(*, days: int, dropped: bool) -> TestRecord:
    """Three images in two segments, each period a day; one image may be out at the end."""
    return TestRecord(
        id="t",
        item="mug",
        default_image="0" * 64,
        state=TestState.RUNNING,
        salt="s",
        control="white",
        options={},
        created_s=0.0,
        started_s=0.0,
        ended_s=None,
        variants=tuple(
            VariantRecord(
                name=name,
                image="0" * 64,
                dropped_s=DAY_S if dropped and name == "marble" else None,
            )
            for name in NAMES
        ),
        segments=(SegmentRecord(name="phone", rule={}),),
        periods=tuple(
            PeriodRecord(
                number=day,
                started_s=(day - 1) * DAY_S,
                ended_s=None if day == days else day * DAY_S,
                weights=dict.fromkeys(NAMES, 1 / 3),
                segment_weights={},
            )
            for day in range(1, days + 1)
        ),
        promotions=(),
    )


@st.composite
def counted(draw: st.DrawFn) -> list[CountRecord]:
    """Rows of the table of counts; money may be as much as the table holds, or taken back."""
    rows = []
    for _ in range(draw(st.integers(0, 12))):
        shown = draw(st.sampled_from([0, 1, 40, 2000, 10**9]))
        bought = draw(st.integers(0, min(shown, 9)))
        micros = (
            draw(st.sampled_from([0, 1, 20_000_000, MOST_MICROS, -MOST_MICROS])) if bought else 0
        )
        least = (micros * 1e-6) ** 2 / max(bought, 1)
        rows.append(
            CountRecord(
                segment=draw(st.sampled_from(["phone", "everyone"])),
                variant=draw(st.sampled_from(NAMES)),
                period=draw(st.integers(1, 3)),
                impressions=shown,
                clicks=draw(st.integers(0, shown)),
                conversions=bought,
                value_micros=micros,
                value_squares=draw(st.sampled_from([None, 0.0, least, 3.0 * least])),
            )
        )
    return rows


@settings(deadline=None, max_examples=25, derandomize=True, database=None)
@given(counted(), st.sampled_from(METRICS), st.integers(1, 3), st.booleans())
def test_whatever_was_counted_gives_sound_numbers(
    rows: list[CountRecord], metric: Metric, days: int, dropped: bool
) -> None:
    test = record(days=days, dropped=dropped)
    options = TestOptions(metric=metric)
    table = counts_table(test, cells_of(rows), now_s=days * DAY_S)
    analysis = analysis_of(test, table, options, observed=Observed())
    assert analysis is not None
    json.dumps(analysis_dict(analysis), allow_nan=False)
    for group in (analysis.overall, *analysis.segments.values()):
        assert sum(group.prob_best.values()) == pytest.approx(1.0, abs=1e-6)
        assert sum(group.next_weights(options.allocation).values()) == pytest.approx(1.0)
