"""Daily rates of each variant as a line of eight heights, all on one scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, assert_never

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len, set_cell_size

from abtest import Analysis, Cell, Counts, Metric
from studio.cli.console import out

_HEIGHTS: Final = "▁▂▃▄▅▆▇█"
_GAP: Final = "·"
_WIDEST: Final = 40
"""Characters; where there are more days, each character stands for several."""

Floats = NDArray[np.float64]
Part = Callable[[Cell], tuple[float, float]]
"""Successes and trials of a cell."""


def show_days(counts: Counts, analysis: Analysis) -> None:
    """Print a line of daily rates for each variant that is compared."""
    names = [one.variant for one in analysis.overall.variants]
    lines = daily_lines(counts, names, lambda cell: rate_parts(cell, analysis.metric))
    if not lines:
        return
    width = max(cell_len(name) for name in lines)
    first, last = (counts.periods[at].id for at in (0, -1))
    out.print(f"\nby day, {first} to {last}", markup=False)
    for name, line in lines.items():
        out.print(f"  {set_cell_size(name, width)}  {line}", markup=False)


def daily_lines(counts: Counts, variants: Sequence[str], part: Part) -> dict[str, str]:
    """A line for each variant; a dot is a day without its impressions.

    Nothing where there are fewer than two days.
    """
    if len(counts.periods) < 2:
        return {}
    rates = _rates(counts, variants, part)
    known = rates[np.isfinite(rates)]
    if not known.size:
        return {}
    low, high = float(known.min()), float(known.max())
    return {name: _line(rates[i], low, high) for i, name in enumerate(variants)}


def rate_parts(cell: Cell, metric: Metric) -> tuple[float, float]:
    """What a metric divides: successes (or money) and trials of a cell."""
    match metric:
        case "click_rate":
            return cell.clicks, cell.impressions
        case "conversion_rate":
            return cell.conversions, cell.trials
        case "conversion_per_click":
            return cell.conversions, cell.clicks
        case "value_per_impression":
            return cell.value, cell.trials
        case _:
            assert_never(metric)


def _rates(counts: Counts, variants: Sequence[str], part: Part) -> Floats:
    """Rate by (variant, column), NaN where nothing was shown."""
    sums = np.zeros((2, len(variants), len(counts.periods)))
    column = {period.id: i for i, period in enumerate(counts.periods)}
    row = {name: i for i, name in enumerate(variants)}
    for (_, variant, period), cell in counts.cells.items():
        if variant in row:
            sums[:, row[variant], column[period]] += part(cell)
    width = -(-len(counts.periods) // _WIDEST)
    merged = np.add.reduceat(sums, np.arange(0, sums.shape[2], width), axis=2)
    empty = np.full(merged.shape[1:], np.nan)
    np.divide(merged[0], merged[1], out=empty, where=merged[1] > 0)
    return empty


def _line(rates: Floats, low: float, high: float) -> str:
    return "".join(_GAP if np.isnan(rate) else _height(float(rate), low, high) for rate in rates)


def _height(rate: float, low: float, high: float) -> str:
    # A flat line lies in the middle rather than at either end.
    share = 0.5 if high <= low else (rate - low) / (high - low)
    return _HEIGHTS[min(int(share * len(_HEIGHTS)), len(_HEIGHTS) - 1)]
