"""What the counts of a test are, and what they say, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from abtest import TestState, aftermath_dict, analysis_dict
from studio.api.schemas.analysis import GroupOut, HealthOut, VerdictOut, WatchOut
from studio.api.schemas.traffic import LeftOutOut
from studio.db.records import CountRecord
from studio.services.attribution import Correction
from studio.services.counted_days import CountedDay
from studio.services.experiment_analysis import MICRO
from studio.services.tests import Results


class DayOut(BaseModel):
    """What was counted of the trials that began on a day."""

    date: str = Field(examples=["2026-03-04"], description="In the test's time zone.")
    variant: str
    segment: str
    impressions: int
    clicks: int
    conversions: int
    value: float
    closed: bool = Field(
        description="False while its attribution window is open: it is not analysed yet, or in "
        "part, see `correction`."
    )


class FreshOut(BaseModel):
    """How far the counts follow what was sent."""

    counted_to_s: float = Field(description="All that was received before is counted.")
    waiting: int = Field(description="Events that were received and are not counted yet.")
    streamed: int | None = Field(
        description="Batches in the stream that are not in the database yet; 0 where there is no "
        "stream, null where it does not answer: then nobody knows how far the counts go."
    )


class CorrectionOut(BaseModel):
    """How young impressions count in a test that corrects for conversions still to come."""

    state: Literal["corrected", "closed"] = Field(
        description="closed while it is not known how late conversions come: impressions wait "
        "until their attribution window is over."
    )
    why: str | None = Field(description="It is not known.")
    young_impressions: int = Field(description="Their attribution window is open.")
    worth: float = Field(description="So many impressions whose window is closed.")
    median_days: float | None = Field(description="Half of the conversions come within.")
    conversions: int | None = Field(description="That the delays were fitted to.")
    relative_error: float | None = Field(description="Of what all impressions are worth.")

    @classmethod
    def of(cls, found: Correction) -> CorrectionOut:
        """A correction as JSON."""
        curve = found.curve
        return cls(
            state="closed" if curve is None else "corrected",
            why=found.why or None,
            young_impressions=found.young,
            worth=found.worth,
            median_days=None if curve is None else curve.median_days,
            conversions=None if curve is None else curve.conversions,
            relative_error=None if curve is None else curve.relative_error,
        )


class ResultsOut(BaseModel):
    """What the counts say now; the analysis is null before the start."""

    model_config = ConfigDict(extra="allow")

    test: str
    state: TestState
    control: str | None = None
    metric: str | None = None
    direction: Literal["higher", "lower"] | None = Field(
        default=None, description="Which way the metric is better."
    )
    overall: GroupOut | None = None
    segments: dict[str, GroupOut] | None = None
    health: HealthOut | None = None
    verdict: VerdictOut | None = None
    watches: list[WatchOut] = Field(
        default=[],
        description="Of the promotions in force; only what a verdict promoted is taken back by "
        "itself, see `on_harm`.",
    )
    fresh: FreshOut
    open_impressions: int = Field(
        description="Not analysed yet, because their attribution window is open."
    )
    correction: CorrectionOut | None = Field(
        default=None, description="Null in tests whose option `attribution` is closed."
    )
    days: list[DayOut]
    left_out: LeftOutOut = Field(
        description="Bots and others that move no counts; GET /v1/tests/{test}/traffic names them."
    )

    @classmethod
    def of(cls, results: Results) -> ResultsOut:
        """Results as JSON."""
        found = {} if results.analysis is None else analysis_dict(results.analysis)
        watches = [
            {"segment": watch.segment, **aftermath_dict(watch.found)} for watch in results.watches
        ]
        return cls.model_validate(
            {
                "test": results.test.id,
                "state": results.test.state,
                "watches": watches,
                "left_out": LeftOutOut.of(results.left_out),
                "fresh": asdict(results.freshness),
                "open_impressions": results.open,
                "correction": (
                    None if results.correction is None else CorrectionOut.of(results.correction)
                ),
                "days": [_day(day, count) for day in results.days for count in day.counts],
                **found,
            }
        )


def _day(day: CountedDay, count: CountRecord) -> dict[str, Any]:
    return {
        "date": f"{day.date:%Y-%m-%d}",
        "variant": count.variant,
        "segment": count.segment,
        "impressions": count.impressions,
        "clicks": count.clicks,
        "conversions": count.conversions,
        "value": count.value_micros * MICRO,
        "closed": day.closed,
    }
