"""Tests as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from abtest import Segment, TestState
from studio.api.schemas.texts import JsonMap, PlainText
from studio.db.records import PromotionRecord, TestRecord
from studio.services.experiment_options import TestOptions
from studio.services.tests import NewTest, NewVariant

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
