"""Checks of units and events: shown several variants, sent twice, or not a person."""

from __future__ import annotations

from abtest.health.bots import HEAVY_CLICKS, HEAVY_IMPRESSIONS
from abtest.health.finding import HealthFinding, Severity
from abtest.health.observed import EventTraffic, UnitTraffic

SEVERAL_WARNS = 0.01
"""Share of unit-days; a feed that is refreshed every few seconds leaves some in ten thousand."""
SEVERAL_BREAKS = 0.10
"""Beyond, a tenth of the difference between images and more is washed out, and whoever returns
often weighs on both sides."""
HEAVY_CLICKS_WARN = 0.02
HEAVY_SHARE_WARNS = 0.2
REPEATED_WARNS = 0.05
ORPHANS_WARN = 0.05
LEAST_SEEN = 100
"""Unit-days or events below which no share is worth a word."""


def unit_findings(units: UnitTraffic) -> tuple[HealthFinding, ...]:
    """What the units' behaviour says."""
    if units.unit_days < LEAST_SEEN:
        return ()
    found = [_several(units), _heavy_clicks(units), _heavy_impressions(units)]
    return tuple(finding for finding in found if finding is not None)


def event_findings(events: EventTraffic) -> tuple[HealthFinding, ...]:
    """What the events that were dropped say."""
    if events.received < LEAST_SEEN:
        return ()
    found = []
    repeated, orphans = events.repeated / events.received, events.orphans / events.received
    if repeated > REPEATED_WARNS:
        found.append(
            HealthFinding(
                name="repeated_events",
                severity="info",
                value=repeated,
                limit=REPEATED_WARNS,
                text=f"{repeated:.1%} of the events were sent more than once (limit "
                f"{REPEATED_WARNS:.0%}); each was counted once.",
            )
        )
    if orphans > ORPHANS_WARN:
        found.append(
            HealthFinding(
                name="orphaned_events",
                severity="warning",
                value=orphans,
                limit=ORPHANS_WARN,
                text=f"{orphans:.1%} of the events are clicks or conversions of units that no "
                f"impression is known of (limit {ORPHANS_WARN:.0%}): impressions are being lost.",
            )
        )
    return tuple(found)


def _several(units: UnitTraffic) -> HealthFinding | None:
    share = units.in_several / units.unit_days
    if share <= SEVERAL_WARNS:
        return None
    broken = share > SEVERAL_BREAKS
    severity: Severity = "invalid" if broken else "warning"
    limit = SEVERAL_BREAKS if broken else SEVERAL_WARNS
    return HealthFinding(
        name="units_in_several_variants",
        severity=severity,
        value=share,
        limit=limit,
        text=f"{share:.1%} of the units saw two or more images in the same period (limit "
        f"{limit:.0%}): the unit's id is not stable, or images are not chosen by it.",
    )


def _heavy_clicks(units: UnitTraffic) -> HealthFinding | None:
    share = units.heavy_clicked / units.clicked if units.clicked else 0.0
    if share <= HEAVY_CLICKS_WARN:
        return None
    return HealthFinding(
        name="bot_like_clicks",
        severity="warning",
        value=share,
        limit=HEAVY_CLICKS_WARN,
        text=f"{share:.1%} of the clicks that count come from {units.heavy:,} units with more "
        f"than {HEAVY_IMPRESSIONS} impressions or {HEAVY_CLICKS} clicks in a day (limit "
        f"{HEAVY_CLICKS_WARN:.0%}): they do not behave like people.",
    )


def _heavy_impressions(units: UnitTraffic) -> HealthFinding | None:
    share = units.heavy / units.unit_days
    if share <= HEAVY_SHARE_WARNS:
        return None
    return HealthFinding(
        name="bot_like_units",
        severity="warning",
        value=share,
        limit=HEAVY_SHARE_WARNS,
        text=f"{share:.1%} of the units saw an image more than {HEAVY_IMPRESSIONS} times or "
        f"clicked more than {HEAVY_CLICKS} times in a day (limit {HEAVY_SHARE_WARNS:.0%}): "
        "many shoppers may share one id.",
    )
