"""What a test's shoppers are shown in a day, by which the days ahead are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from abtest.lift import FittedArm
from abtest.tables import CountTable

_LATE_DAYS: Final = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a group of shoppers is shown in a day, as of late.

    Parameters
    ----------
        impressions_per_day : of the compared variants together
        shares              : variant to its share, sums to 1
        days                : the test has run so far
        worth               : effective trials of an impression: 1 for rates of impressions, less
                              where only some of them are trials, or where each says less
    """

    impressions_per_day: float
    shares: Mapping[str, float]
    days: float
    worth: float = 1.0


def recent_traffic(table: CountTable, *, segments: Sequence[str], worth: float = 1.0) -> Traffic:
    """The traffic of the last week's periods, split as it was in the last of them."""
    counts, newest, days = table.counts, 0, 0.0
    for period in reversed(counts.periods):
        newest += 1
        days += period.days
        if days >= _LATE_DAYS:
            break
    rows = [table.segments[segment] for segment in segments]
    shown = float(table.impressions[rows, len(counts.periods) - newest :].sum())
    last = dict.fromkeys(table.variants, 0.0)
    for weights in (counts.periods[-1].weights_for(name) for name in segments if newest):
        for variant in last:
            last[variant] += weights.get(variant, 0.0)
    total = sum(last.values())
    return Traffic(
        impressions_per_day=shown / days if days > 0 else 0.0,
        shares={variant: weight / total if total else 0.0 for variant, weight in last.items()},
        days=counts.days,
        worth=worth,
    )


def trials_per_impression(arms: Sequence[FittedArm]) -> float:
    """Effective trials of an impression so far, for metrics whose trials are not impressions."""
    shown = sum(arm.counts.impressions for arm in arms)
    return sum(arm.counts.trials_effective for arm in arms) / shown if shown else 1.0
