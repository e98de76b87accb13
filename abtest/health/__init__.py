"""Whether a test's numbers can be trusted, beyond the sample ratio.

`soundness` looks at what can make all numbers wrong, before any is judged; `reservations` looks at
the judged test: fading effects, weekdays, and answers that depend on how one adds up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from abtest.direction import Direction
from abtest.health.bots import BotReason, BotRules, BotSign, UnitActs, bot_signs
from abtest.health.calendar import (
    Successes,
    gap_findings,
    lost_click_findings,
    weekday_findings,
)
from abtest.health.duel import duel
from abtest.health.finding import HealthFinding, Severity
from abtest.health.novelty import exposure_findings, novelty_findings
from abtest.health.observed import (
    AgeCell,
    Day,
    EventTraffic,
    Observed,
    UnitDay,
    UnitTraffic,
    days_of,
    unit_traffic,
)
from abtest.health.simpson import pooling_findings, segment_findings
from abtest.health.units import event_findings, unit_findings
from abtest.strata import EffectiveArm

__all__ = [
    "AgeCell",
    "BotReason",
    "BotRules",
    "BotSign",
    "Day",
    "EventTraffic",
    "HealthFinding",
    "Judged",
    "Observed",
    "Severity",
    "UnitActs",
    "UnitDay",
    "UnitTraffic",
    "bot_signs",
    "days_of",
    "reservations",
    "soundness",
    "unit_traffic",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the analysis of all shoppers came to.

    Parameters
    ----------
        leader, rival : the leader, and the control or, where that leads, its nearest rival
        arms          : overall
        segments      : segment to P(best) by variant
        direction     : which way a rate is better
    """

    leader: str
    rival: str
    arms: Sequence[EffectiveArm]
    segments: Mapping[str, Mapping[str, float]]
    direction: Direction = "higher"


def soundness(
    observed: Observed, variants: Sequence[str], successes: Successes, *, noun: str = "clicks"
) -> tuple[HealthFinding, ...]:
    """Findings that no judgement is needed for; an `invalid` one voids the test.

    `noun` is what `successes` are called.
    """
    found: list[HealthFinding] = []
    if observed.units is not None:
        found += unit_findings(observed.units)
    if observed.events is not None:
        found += event_findings(observed.events)
    found += gap_findings(observed.days)
    found += lost_click_findings(observed.days, variants, successes, noun=noun)
    return tuple(found)


def reservations(
    observed: Observed, judged: Judged, successes: Successes
) -> tuple[HealthFinding, ...]:
    """Findings about the judged test."""
    direction = judged.direction
    found = [
        *pooling_findings(judged.arms, direction=direction),
        *segment_findings(judged.leader, judged.segments),
    ]
    if observed.days:
        daily = duel(observed.days, arm=judged.leader, base=judged.rival, successes=successes)
        found += novelty_findings(daily, direction=direction)
        found += weekday_findings(observed.days, daily)
    found += exposure_findings(
        observed.ages, arm=judged.leader, base=judged.rival, direction=direction
    )
    return tuple(found)
