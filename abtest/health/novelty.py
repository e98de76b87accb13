"""Novelty: an advantage that fades, over the test's days or as units get used to the image."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from abtest.direction import Direction, sign_of
from abtest.health.duel import Duel
from abtest.health.finding import HealthFinding
from abtest.health.observed import AgeCell
from abtest.paired import Pairs, Trend, trend
from abtest.quadrature import Floats
from abtest.told_numbers import chance_words

FADING_P = 0.005
"""One-sided p-value. A test is looked at daily, so that chance shows a fading in some per cent of
tests; the finding asks for patience, it does not stop anything."""
_LEAST_DAYS = 7


def novelty_findings(duel: Duel, *, direction: Direction = "higher") -> tuple[HealthFinding, ...]:
    """Whether the leader's advantage fades over the days of the test."""
    if not duel.day or max(duel.day) - min(duel.day) + 1 < _LEAST_DAYS:
        return ()
    day = np.array(duel.day, dtype=np.float64)
    return _fading(
        trend(duel.pairs, day),
        day,
        name="novelty_days",
        who=f"The advantage of {duel.arm} over {duel.base}",
        over=("on the first day", "on the last"),
        direction=direction,
    )


def exposure_findings(
    ages: Sequence[AgeCell], *, arm: str, base: str, direction: Direction = "higher"
) -> tuple[HealthFinding, ...]:
    """Whether the leader's advantage fades with days since a unit's first exposure."""
    cells = {(cell.variant, cell.age_days): cell for cell in ages}
    both = sorted({age for name, age in cells if name == arm and (base, age) in cells})
    if len(both) < 3:
        return ()
    age = np.array(both, dtype=np.float64)
    return _fading(
        trend(_pairs([(cells[arm, a], cells[base, a]) for a in both]), age),
        age,
        name="novelty_exposure",
        who=f"The advantage of {arm} over {base}",
        over=("on a unit's first day", f"{both[-1]} days later"),
        direction=direction,
    )


def _pairs(cells: Sequence[tuple[AgeCell, AgeCell]]) -> Pairs:
    return Pairs(
        arm_shown=np.array([float(one.impressions) for one, _ in cells]),
        arm_clicks=np.array([float(one.clicks) for one, _ in cells]),
        base_shown=np.array([float(other.impressions) for _, other in cells]),
        base_clicks=np.array([float(other.clicks) for _, other in cells]),
    )


def _fading(
    found: Trend | None,
    x: Floats,
    *,
    name: str,
    who: str,
    over: tuple[str, str],
    direction: Direction,
) -> tuple[HealthFinding, ...]:
    if found is None or sign_of(direction) * found.slope >= 0:
        return ()
    p_value = float(special.ndtr(sign_of(direction) * found.z))
    if p_value >= FADING_P:
        return ()
    first, last = (
        math.expm1(found.level + found.slope * at) for at in (float(x.min()), float(x.max()))
    )
    return (
        HealthFinding(
            name=name,
            severity="warning",
            value=p_value,
            limit=FADING_P,
            text=f"{who} fades, from {first:+.0%} {over[0]} to {last:+.0%} {over[1]} "
            f"(p {chance_words(p_value)}, limit {FADING_P:g}): part of it may be novelty.",
        ),
    )
