"""Days after a promotion as pairs of winner and control, in what the test compared them by.

Money is counted in orders that vary as much as its own do. A sum of orders X, as many as chance
brings, has the variance E[N] E[X^2] and the mean E[N] E[X]; divided by E[X^2] / E[X] the two are
equal, as those of a count of equal orders are (quasi-Poisson). One huge order makes the divisor
large: it weakens what money says, and proves nothing by itself. Where the squares of orders are not
known they are taken to vary as an exponential distribution does.

References
----------
    McCullagh and Nelder 1989, "Generalized Linear Models", chapter 9
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import assert_never

import numpy as np

from abtest.cells import Cell
from abtest.paired import Pairs
from abtest.tables import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedDay:
    """What was counted on one day, or one period, since the promotion.

    Parameters
    ----------
        label : of the day, to name it by
        arms  : segment to (winner's cell, control's cell)
    """

    label: str
    arms: Mapping[str, tuple[Cell, Cell]]


def pairs_of(pairs: Sequence[tuple[Cell, Cell]], metric: Metric) -> Pairs:
    """Trials and successes of (winner's cell, control's cell), one stratum each."""
    order = _order_of(chain.from_iterable(pairs)) if metric == "value_per_impression" else 1.0
    table = np.zeros((4, len(pairs)))
    for column, cells in enumerate(pairs):
        for row, cell in enumerate(cells):
            table[2 * row : 2 * row + 2, column] = _parts(cell, metric, order)
    return Pairs(arm_shown=table[0], arm_clicks=table[1], base_shown=table[2], base_clicks=table[3])


def _parts(cell: Cell, metric: Metric, order: float) -> tuple[float, float]:
    match metric:
        case "click_rate":
            return cell.impressions, cell.clicks
        case "conversion_rate":
            return cell.trials, cell.conversions
        case "conversion_per_click":
            return max(cell.clicks, cell.conversions), cell.conversions
        case "value_per_impression":
            # A day that took back more than it sold has earned nothing.
            return cell.trials, max(cell.value, 0.0) / order
        case _:
            assert_never(metric)


def _order_of(cells: Iterable[Cell]) -> float:
    """Money that is worth one order: E[X^2] / E[X]; 1 as long as nothing was sold."""
    sold = [cell for cell in cells if cell.conversions > 0 and cell.value > 0.0]
    known = [cell for cell in sold if cell.value_squares is not None]
    if known:
        squares = sum(cell.value_squares or 0.0 for cell in known)
        return squares / sum(cell.value for cell in known)
    if not sold:
        return 1.0
    return 2.0 * sum(cell.value for cell in sold) / sum(cell.conversions for cell in sold)
