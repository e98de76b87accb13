"""Checks of days: gaps in the data, lost clicks, and weekdays that weigh unequally."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from scipy import special

from abtest.cells import Cell
from abtest.health.duel import Duel
from abtest.health.finding import HealthFinding, Severity
from abtest.health.observed import Day
from abtest.paired import spread_of_ratios
from abtest.told_numbers import chance_words

LOW_TRAFFIC = 0.2
"""Share of the median day's impressions; sales and Sundays change traffic, but not fivefold."""
EXPECTED_CLICKS = 20.0
"""Clicks expected on a day that had none: by chance once in 500 million such days."""
WEEKDAYS_DIFFER_P = 0.001
_WEEK = 7
_NAMED = 4

Successes = Callable[[Cell], int]
"""The number that the metric counts."""


def gap_findings(days: Sequence[Day]) -> tuple[HealthFinding, ...]:
    """Days without a line, or with next to no traffic; first and last may be cut off."""
    if len(days) < 3:
        return ()
    known = {day.number for day in days}
    missing = sorted(set(range(min(known), max(known) + 1)) - known)
    shown = [day.impressions for day in days]
    usual = statistics.median(shown)
    low = [
        day.number
        for day, number in zip(days[1:-1], shown[1:-1], strict=True)
        if number < LOW_TRAFFIC * usual
    ]
    found = sorted((*missing, *low))
    if not found:
        return ()
    return (
        HealthFinding(
            name="data_gap",
            severity="warning",
            value=float(len(found)),
            limit=0.0,
            text=f"{len(found)} of {max(known) - min(known) + 1} days ({_listed(found)}) have no "
            f"data or less than {LOW_TRAFFIC:.0%} of a usual day's: were events lost?",
        ),
    )


def lost_click_findings(
    days: Sequence[Day], variants: Sequence[str], successes: Successes, *, noun: str = "clicks"
) -> tuple[HealthFinding, ...]:
    """Days on which a variant was shown often and clicked never, or bought never.

    Where all variants lost theirs the comparison stands; where one did, it is wrong.
    """
    # A look at some cells tells of most days that every variant was clicked.
    if all(_all_clicked(day, variants, successes) for day in days):
        return ()
    totals = [_totals(day, successes) for day in days]
    nothing = (0, 0)
    by_variant = {
        variant: [of_day.get(variant, nothing) for of_day in totals] for variant in variants
    }
    rates = {
        variant: sum(clicks for _, clicks in totals) / max(sum(n for n, _ in totals), 1)
        for variant, totals in by_variant.items()
    }
    found = []
    for at, day in enumerate(days):
        silent = [
            variant for variant in variants
            if by_variant[variant][at][1] == 0
            and by_variant[variant][at][0] * rates[variant] >= EXPECTED_CLICKS
        ]  # fmt: skip
        if not silent:
            continue
        clicked = any(by_variant[variant][at][1] for variant in variants)
        expected = sum(by_variant[variant][at][0] * rates[variant] for variant in silent)
        severity: Severity = "invalid" if clicked else "warning"
        found.append(_lost(day, silent, expected, severity=severity, noun=noun))
    return tuple(found)


def weekday_findings(days: Sequence[Day], duel: Duel) -> tuple[HealthFinding, ...]:
    """Weekdays that the test saw unequally often, and whether that matters for its leader."""
    weekdays = Counter(_weekday(day) for day in days)
    if len(days) < _WEEK:
        return ()
    most, least = max(weekdays.values()), min(weekdays.get(day, 0) for day in range(_WEEK))
    found = []
    if most - least >= 2:
        found.append(
            HealthFinding(
                name="weekday_balance",
                severity="info",
                value=float(most - least),
                limit=1.0,
                text=f"Some weekday was counted {most} times and some other {least} times: full "
                "weeks weigh them equally.",
            )
        )
    chi_square, freedom = spread_of_ratios(
        duel.pairs, duel.by_day({day.number: float(_weekday(day)) for day in days})
    )
    p_value = float(special.chdtrc(freedom, chi_square)) if freedom else 1.0
    if p_value < WEEKDAYS_DIFFER_P:
        found.append(
            HealthFinding(
                name="weekday_effect",
                severity="warning" if len(days) % _WEEK else "info",
                value=p_value,
                limit=WEEKDAYS_DIFFER_P,
                text=f"The difference between {duel.arm} and {duel.base} depends on the weekday "
                f"(p {chance_words(p_value)}, limit {WEEKDAYS_DIFFER_P:g}): let the test end with "
                "a full week.",
            )
        )
    return tuple(found)


def _weekday(day: Day) -> int:
    # Without dates every seventh day is still the same weekday, whichever it is.
    return day.weekday if day.weekday is not None else day.number % _WEEK


def _all_clicked(day: Day, variants: Sequence[str], successes: Successes) -> bool:
    waiting = set(variants)
    for (_, variant), cell in day.cells.items():
        if variant in waiting and successes(cell):
            waiting.discard(variant)
            if not waiting:
                return True
    return False


def _totals(day: Day, successes: Successes) -> dict[str, tuple[int, int]]:
    """Impressions and successes by variant, all segments together."""
    shown: dict[str, int] = defaultdict(int)
    clicks: dict[str, int] = defaultdict(int)
    for (_, variant), cell in day.cells.items():
        shown[variant] += cell.impressions
        clicks[variant] += successes(cell)
    return {variant: (number, clicks[variant]) for variant, number in shown.items()}


def _lost(
    day: Day, silent: Sequence[str], expected: float, *, severity: Severity, noun: str
) -> HealthFinding:
    who = " and ".join(silent)
    return HealthFinding(
        name="lost_clicks",
        severity=severity,
        value=expected,
        limit=EXPECTED_CLICKS,
        text=f"On day {day.number + 1} there were no {noun} on {who}, where about "
        f"{math.floor(expected)} were to be expected (limit {EXPECTED_CLICKS:g}): they were lost.",
    )


def _listed(numbers: Sequence[int]) -> str:
    named = ", ".join(f"day {number + 1}" for number in numbers[:_NAMED])
    return named + (f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else "")
