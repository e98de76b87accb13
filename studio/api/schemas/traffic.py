"""Who is left out of a test's statistics, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.db.excluded import LeftOut
from studio.services.experiment_analysis import DAY_S
from studio.services.traffic import MAX_UNIT_CHARS, MAX_WHY_CHARS, TrafficReport, UnitReport


class LeftOutOut(BaseModel):
    """How much excluded units did; none of it is in the counts."""

    units: int
    impressions: int
    clicks: int

    @classmethod
    def of(cls, total: LeftOut) -> LeftOutOut:
        """The sums as JSON."""
        return cls(units=total.units, impressions=total.impressions, clicks=total.clicks)


class UnitDayOut(BaseModel):
    """What a unit did on a UTC day, and the rules it broke."""

    date: str = Field(examples=["2026-03-04"])
    impressions: int
    clicks: int
    signs: list[dict[str, Any]] = Field(description="Each with reason, value, limit and text.")


class UnitOut(BaseModel):
    """A unit that was decided on."""

    unit: str
    excluded: bool = Field(description="False: a person lets it count, whatever the rules say.")
    who: str = Field(examples=["rules", "key 5b1f (shop)"])
    reason: str
    at_s: float
    impressions: int = Field(description="On the days that were searched.")
    clicks: int
    days: list[UnitDayOut]

    @classmethod
    def of(cls, unit: UnitReport) -> UnitOut:
        """A unit as JSON."""
        made = unit.decision
        return cls(
            unit=made.unit,
            excluded=made.excluded,
            who=made.who or "rules",
            reason=made.why,
            at_s=made.at_s,
            impressions=unit.impressions,
            clicks=unit.clicks,
            days=[
                UnitDayOut(
                    date=f"{datetime.fromtimestamp(day.day * DAY_S, UTC):%Y-%m-%d}",
                    impressions=day.impressions,
                    clicks=day.clicks,
                    signs=[dict(sign) for sign in day.signs],
                )
                for day in unit.days
            ],
        )


class TrafficOut(BaseModel):
    """Who is left out of a test's statistics, and who was let in by hand; newest first."""

    test: str
    left_out: LeftOutOut
    units: list[UnitOut]

    @classmethod
    def of(cls, report: TrafficReport) -> TrafficOut:
        """A report as JSON."""
        return cls(
            test=report.test_id,
            left_out=LeftOutOut.of(report.left_out),
            units=[UnitOut.of(unit) for unit in report.units],
        )


class UnitDecisionIn(BaseModel):
    """Whether a unit is to count."""

    model_config = ConfigDict(extra="forbid")

    unit: str = Field(min_length=1, max_length=MAX_UNIT_CHARS)
    excluded: bool
    reason: str = Field(default="", max_length=MAX_WHY_CHARS)
