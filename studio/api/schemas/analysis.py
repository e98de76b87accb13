"""What the statistics say of a test, as JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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
        "for beyond the horizon. Guardrails aside: of them no days can be told."
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
    winner_successes: int = Field(
        description="As counted so far. Where late orders are corrected for, the last days lack "
        "some that are still to come, the same share for both images."
    )
    control_shown: int
    control_successes: int
    lift: float | None
    lift_interval: list[float | None] = Field(description="Valid however often one looks.")
    harm: ChangeOut | None = Field(description="Evidence that the winner is worse.")
    shift: ChangeOut | None = Field(description="Evidence that its lead has changed.")
    roll_back: bool = Field(description="Whether to take the promotion back is proposed.")
    text: str
