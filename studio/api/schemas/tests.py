"""Tests, their results and their audit trail as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from abtest import Segment, TestState, aftermath_dict, analysis_dict
from studio.api.schemas.texts import JsonMap, PlainText
from studio.api.schemas.traffic import LeftOutOut
from studio.db.records import AuditRecord, CountRecord, PromotionRecord, TestRecord
from studio.services.attribution import Correction
from studio.services.counted_days import CountedDay
from studio.services.experiment_analysis import MICRO
from studio.services.experiment_options import TestOptions
from studio.services.tests import NewTest, NewVariant, Results

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_EXAMPLE: JsonDict = {
    "item": "mug-blue",
    "variants": [
        {"name": "white", "image": _DIGEST},
        {"name": "marble", "image": "https://shop.example/mug-marble.jpg"},
    ],
    "segments": [{"name": "phones", "rule": {"device": "phone"}}],
    "options": {"gate": {"min_days": 7}},
}


class VariantIn(BaseModel):
    """An image to be tested."""

    model_config = ConfigDict(extra="forbid")

    name: PlainText = Field(examples=["marble"], min_length=1, max_length=64)
    image: PlainText = Field(
        examples=[_DIGEST],
        min_length=1,
        max_length=2048,
        description="Digest of an uploaded or made asset, or a URL.",
    )


class SegmentIn(BaseModel):
    """A named group of shoppers."""

    model_config = ConfigDict(extra="forbid")

    name: PlainText = Field(examples=["phones"], min_length=1, max_length=64)
    rule: JsonMap = Field(
        examples=[{"device": "phone", "age": {"$gte": 18}}],
        description="Conditions on attributes: a value to equal, or $eq $ne $in $nin $gt $gte "
        "$lt $lte $exists; joined by $and $or $nor $not.",
    )


class TestIn(BaseModel):
    """A test to be created."""

    __test__ = False
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    item: PlainText = Field(min_length=1, max_length=256, description="Your id of the product.")
    variants: list[VariantIn] = Field(min_length=2, max_length=20)
    control: PlainText | None = Field(
        default=None, description="The variant shown today; null takes the first."
    )
    default_image: PlainText | None = Field(
        default=None,
        max_length=2048,
        description="Shown where no test decides; null takes the control's image.",
    )
    segments: list[SegmentIn] = Field(
        default_factory=list, max_length=50, description="The first that matches decides."
    )
    options: JsonMap = Field(
        default_factory=dict,
        description="metric, direction (higher or lower), gate, allocation, guardrails, scope, "
        "auto_promote, on_futility (stop or keep), on_harm (rollback or propose), holdout, "
        "period_s; layer and share, for tests that must not meet in one shopper; "
        "attribution_days, attribution (closed or corrected) and timezone.",
    )
    accept_failed: bool = Field(
        default=False, description="Take images that failed a check all the same."
    )

    def new_test(self) -> NewTest:
        """What the use case takes.

        Raises
        ------
            TestInvalid, InvalidSegment
        """
        return NewTest(
            item=self.item,
            variants=tuple(NewVariant(name=each.name, image=each.image) for each in self.variants),
            control=self.control,
            default_image=self.default_image,
            segments=tuple(Segment.from_dict(each.model_dump()) for each in self.segments),
            options=TestOptions.from_dict(self.options),
            accept_failed=self.accept_failed,
        )


class VariantOut(BaseModel):
    """A variant of a test."""

    name: str
    image: str
    dropped_s: float | None = Field(description="When it was taken out, if it was.")


class SegmentOut(BaseModel):
    """A segment of a test."""

    name: str
    rule: dict[str, Any]


class PromotionOut(BaseModel):
    """A winner that was put to work."""

    variant: str
    segment: str | None = Field(description="Null: for everyone.")
    by_verdict: bool = Field(description="False where a person decided.")
    who: str
    reason: str
    at_s: float
    undone_s: float | None = Field(description="When it was rolled back, if it was.")

    @classmethod
    def of(cls, promotion: PromotionRecord) -> PromotionOut:
        """A promotion as JSON."""
        return cls(
            variant=promotion.variant,
            segment=promotion.segment,
            by_verdict=promotion.by_verdict,
            who=promotion.who,
            reason=promotion.reason,
            at_s=promotion.at_s,
            undone_s=promotion.undone_s,
        )


class TestOut(BaseModel):
    """A test. Times are seconds since the epoch."""

    __test__ = False

    id: str = Field(examples=["3f2a90bc41d7"])
    item: str = Field(examples=["mug-blue"])
    state: TestState
    control: str
    default_image: str
    variants: list[VariantOut]
    segments: list[SegmentOut]
    weights: dict[str, float] = Field(
        examples=[{"white": 0.5, "marble": 0.5}],
        description="Share of traffic of each variant now; empty while there is none.",
    )
    segment_weights: dict[str, dict[str, float]] = Field(
        description="Of segments with an allocation of their own."
    )
    promotions: list[PromotionOut]
    options: dict[str, Any]
    created_s: float
    started_s: float | None
    ended_s: float | None

    @classmethod
    def of(cls, test: TestRecord) -> TestOut:
        """A test as JSON."""
        period = test.open_period
        return cls(
            id=test.id,
            item=test.item,
            state=test.state,
            control=test.control,
            default_image=test.default_image,
            variants=[
                VariantOut(name=each.name, image=each.image, dropped_s=each.dropped_s)
                for each in test.variants
            ],
            segments=[SegmentOut(name=each.name, rule=dict(each.rule)) for each in test.segments],
            weights={} if period is None else dict(period.weights),
            segment_weights={}
            if period is None
            else {name: dict(weights) for name, weights in period.segment_weights.items()},
            promotions=[PromotionOut.of(each) for each in test.promotions],
            options=dict(test.options),
            created_s=test.created_s,
            started_s=test.started_s,
            ended_s=test.ended_s,
        )


class ReasonIn(BaseModel):
    """Why, for the audit trail."""

    model_config = ConfigDict(extra="forbid")

    reason: PlainText = Field(default="", max_length=2000, examples=["the campaign is over"])


class PromoteIn(ReasonIn):
    """What to promote."""

    variant: PlainText | None = Field(
        default=None,
        description="Null promotes what the verdict names, and nothing else; a name promotes by "
        "hand, which needs a reason.",
    )
    segment: PlainText | None = Field(default=None, description="Null: for everyone.")


class ConditionOut(BaseModel):
    """One condition of promotion, and whether it holds."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(examples=["expected_loss"])
    value: float | None
    limit: float | None
    passed: bool
    text: str = Field(examples=["expected loss 0.4%, limit 1%"])
    missing: str = Field(
        description="What it takes to meet it, in numbers, where waiting helps.",
        examples=["about 120 more clicks on oak and 95 on white, if their rates stay as they are"],
    )


class OutlookOut(BaseModel):
    """What going on would bring, if traffic and rates stay as they are."""

    horizon_days: float = Field(description="How far ahead was looked.")
    chance_answer: float
    chance_winner: float = Field(description="Of naming a winner worth having within that.")
    prob_worth: float = Field(description="That the present leader is such a winner.")
    days: list[float | None] = Field(
        description="More days until an answer: exceeded with chances of 90%, 50% and 10%; null "
        "for beyond the horizon."
    )
    impressions_per_day: float
    text: str = Field(examples=["About 9 days more until an answer (4 to 21)."])


class VerdictOut(BaseModel):
    """What the statistics say, with reasons."""

    model_config = ConfigDict(extra="allow")

    kind: Literal["keep_running", "promote", "no_difference_worth_having", "invalid"]
    variant: str | None
    reasons: list[str]
    conditions: list[ConditionOut]
    outlook: OutlookOut | None = Field(description="Null where the test need not go on.")


class VariantResultOut(BaseModel):
    """A variant's counts and what follows from them."""

    model_config = ConfigDict(extra="allow")

    variant: str
    impressions: int
    successes: int
    rate: float | None
    mean: float | None
    credible_interval: list[float] | None
    prob_best: float | None
    expected_loss: float | None
    raw_lift: float | None
    shrunken_lift: float | None


class GroupOut(BaseModel):
    """The analysis of everyone, or of one segment."""

    model_config = ConfigDict(extra="allow")

    segment: str
    leader: str | None
    variants: list[VariantResultOut]
    verdict: VerdictOut


class FindingOut(BaseModel):
    """Something about the numbers that their reader should know."""

    name: str = Field(examples=["data_gap"])
    severity: Literal["invalid", "warning", "info"]
    value: float
    limit: float
    text: str


class HealthOut(BaseModel):
    """Whether the numbers can be trusted."""

    model_config = ConfigDict(extra="allow")

    days: float
    dropped: list[str]
    findings: list[FindingOut]


class ChangeOut(BaseModel):
    """Something that began on a day, with the evidence for it."""

    since: str = Field(examples=["2026-03-04"])
    evidence: float
    limit: float
    proven: bool
    ratio: float = Field(description="Rate of the winner over the control from that day on.")
    before: float | None


class WatchOut(BaseModel):
    """A promotion in force: the winner against the holdout since it was promoted."""

    segment: str | None = Field(description="Null: for everyone.")
    winner: str
    control: str
    metric: str = Field(description="What the two are compared by: the test's own.")
    direction: Literal["higher", "lower"] = Field(description="Which way it is better.")
    counted: Literal["clicks", "conversions"] = Field(description="What successes are.")
    days: int
    winner_shown: int
    winner_successes: int
    control_shown: int
    control_successes: int
    lift: float | None
    lift_interval: list[float | None] = Field(description="Valid however often one looks.")
    harm: ChangeOut | None = Field(description="Evidence that the winner is worse.")
    shift: ChangeOut | None = Field(description="Evidence that its lead has changed.")
    roll_back: bool = Field(description="Whether to take the promotion back is proposed.")
    text: str


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


class AuditOut(BaseModel):
    """Who did what, when, on which numbers."""

    at_s: float
    who: str = Field(examples=["key 5b1f (shop)", "scheduler"])
    action: str = Field(examples=["promote"])
    detail: dict[str, Any]

    @classmethod
    def of(cls, record: AuditRecord) -> AuditOut:
        """An entry as JSON."""
        return cls(
            at_s=record.at_s, who=record.who, action=record.action, detail=dict(record.detail)
        )
