"""The leader against the arm that it matters to beat, day by day and segment by segment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abtest.cells import EMPTY, Cell
from abtest.health.observed import Day
from abtest.paired import Pairs
from abtest.quadrature import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Duel:
    """Two arms in strata of one day and segment each.

    Parameters
    ----------
        arm, base : names; the arm is the leader
        pairs     : its strata
        day       : number of the day of each stratum
    """

    arm: str
    base: str
    pairs: Pairs
    day: tuple[int, ...]

    def by_day(self, values: Mapping[int, float]) -> Floats:
        """A value of each stratum's day."""
        return np.array([values[number] for number in self.day], dtype=np.float64)


def duel(days: Sequence[Day], *, arm: str, base: str, successes: Callable[[Cell], int]) -> Duel:
    """Set two arms beside each other on the days given."""
    rows = [
        (day.number, day.cells.get((segment, arm), EMPTY), day.cells.get((segment, base), EMPTY))
        for day in days
        for segment in sorted({segment for segment, _ in day.cells})
    ]
    return Duel(
        arm=arm,
        base=base,
        day=tuple(number for number, _, _ in rows),
        pairs=Pairs(
            arm_shown=np.array([float(one.impressions) for _, one, _ in rows]),
            arm_clicks=np.array([float(successes(one)) for _, one, _ in rows]),
            base_shown=np.array([float(other.impressions) for _, _, other in rows]),
            base_clicks=np.array([float(successes(other)) for _, _, other in rows]),
        ),
    )
