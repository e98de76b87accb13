"""From trials to counts by segment, variant and day, with the shares of traffic in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from abtest import Cell, Period
from abtest.cells import CellKey
from studio.cli.counting.event_trials import Floats, Ints, Trials, day_bounds_s, day_name
from studio.cli.counting.presence import presence_of, told

_FULL_S = 3600.0
"""A first or last day that lacks less than this counts as full."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calendar:
    """The days on which anything counted.

    Parameters
    ----------
        days    : int64, from 1970-01-01, ascending
        periods : one for each, with the shares in force and the part of the day that was covered
        dropped : variants that took no part any more at the end
        notes   : what was concluded about the shares, in sentences
    """

    days: Ints
    periods: tuple[Period, ...]
    dropped: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Trials in cells: `place` is each trial's (day, segment, variant) in a table of that shape."""

    variants: tuple[str, ...]
    segments: tuple[str, ...]
    days: Ints
    place: tuple[Ints, Ints, Ints]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Days, segments, variants."""
        return len(self.days), len(self.segments), len(self.variants)

    def sums(self, weights: NDArray[np.bool_] | Floats | None = None) -> Floats:
        """Sum of a number over the trials of each cell, float64 of the table's shape."""
        flat = np.ravel_multi_index(self.place, self.shape)
        size = int(np.prod(self.shape))
        counted = np.bincount(flat, weights=weights, minlength=size).astype(np.float64)
        return counted.reshape(self.shape)


def table_of(trials: Trials, variants: tuple[str, ...], segments: tuple[str, ...]) -> Table:
    """The cells that the trials fall in."""
    days, day = np.unique(trials.day, return_inverse=True)
    # A segment that only clicks name has no impression of its own and is none.
    used, segment = np.unique(trials.segment, return_inverse=True)
    return Table(
        variants=variants,
        segments=tuple(segments[i] for i in used),
        days=days,
        place=(day.astype(np.int64), segment.astype(np.int64), trials.variant),
    )


def cells_of(trials: Trials, table: Table) -> dict[CellKey, Cell]:
    """All trials, whatever their age."""
    shown, clicks = table.sums(), table.sums(trials.clicked)
    bought, value = table.sums(trials.converted), table.sums(trials.value)
    squares = table.sums(trials.value**2)
    return {
        (table.segments[s], table.variants[v], day_name(int(table.days[d]))): Cell(
            impressions=int(shown[d, s, v]),
            clicks=int(clicks[d, s, v]),
            conversions=int(bought[d, s, v]),
            value=float(value[d, s, v]),
            value_squares=float(squares[d, s, v]),
        )
        for d, s, v in zip(*np.nonzero(shown), strict=True)
    }


def calendar_of(
    trials: Trials,
    table: Table,
    *,
    zone: ZoneInfo,
    split: Mapping[str, float] | None,
    partial: bool = False,
) -> Calendar:
    """The days and their shares: those given, else those logged, else even ones.

    Parameters
    ----------
        partial : whether the log had more variants than those looked at
    """
    shown = table.sums()
    logged = _logged_shares(trials, table, partial=partial) if split is None else None
    meant = np.array([1.0 if split is None else split.get(name, 0.0) for name in table.variants])
    presence = presence_of(shown.sum(axis=1), meant / meant.sum())
    names = tuple(day_name(int(day)) for day in table.days)
    notes = told(presence, table.variants, names)
    covered = _covered_days(trials, table, zone)
    if logged is None:
        shares = [(row, None) for row in presence.shares]
    else:
        shares = [(cell.sum(axis=1) @ row / cell.sum(), row)
                  for cell, row in zip(shown, logged, strict=True)]  # fmt: skip
    if logged is not None:
        notes.append("Shares of traffic are the logged propensities.")
    elif split is None and np.isfinite(trials.propensity).any():
        notes.append(
            "Propensities are logged for a part of the impressions only, or do not add up to 1; "
            "an even split is taken instead."
        )
    return Calendar(
        days=table.days,
        periods=tuple(
            _period(name, table, overall, by_segment, days=float(days))
            for name, (overall, by_segment), days in zip(names, shares, covered, strict=True)
        ),
        dropped=tuple(table.variants[i] for i in presence.dropped()),
        notes=tuple(notes),
    )


def _period(
    name: str, table: Table, overall: Floats, by_segment: Floats | None, *, days: float
) -> Period:
    own = () if by_segment is None else tuple(zip(table.segments, by_segment, strict=True))
    return Period(
        id=name,
        weights=_named(overall, table.variants),
        segment_weights={segment: _named(row, table.variants) for segment, row in own},
        days=days,
    )


def _named(shares: Floats, variants: tuple[str, ...]) -> dict[str, float]:
    return {name: float(share) for name, share in zip(variants, shares, strict=True)}


def _logged_shares(trials: Trials, table: Table, *, partial: bool) -> Floats | None:
    """Shares by (day, segment, variant) from the propensities, None where they do not tell.

    Of a day on which the weights moved this is the mean weight over the day's traffic: with n_e
    trials while the weight was p_e, n_e p_e are the variant's own, and

        share = sum n_e p_e / sum n_e = (the variant's trials) / (sum over them of 1 / propensity).
    """
    if not np.isfinite(trials.propensity).all():
        return None
    shown, inverse = table.sums(), table.sums(1.0 / trials.propensity)
    shares = _ratio(shown, inverse)
    unseen, total = shown == 0, shares.sum(axis=2)
    if partial:
        # Of the variants looked at: what others had is left out, and chance leaves gaps.
        usual = _ratio(shown.sum(axis=(0, 1)), inverse.sum(axis=(0, 1)))
        shares = np.where(unseen, usual, shares)
    else:
        # What is left belongs to the variants that happened not to be shown in that cell.
        rest = _ratio(np.clip(1.0 - total, 0.0, None), unseen.sum(axis=2).astype(np.float64))
        shares = np.where(unseen, rest[:, :, None], shares)
        busy = shown.sum(axis=2) > 0
        if not (np.abs(shares.sum(axis=2)[busy] - 1.0) < _PLAUSIBLE).all():
            return None
    total = shares.sum(axis=2, keepdims=True)
    even = np.full_like(shares, 1.0 / shares.shape[2])
    np.divide(shares, total, out=even, where=total > 0)
    return even


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Numerator / denominator, 0 where the denominator is 0."""
    out = np.zeros_like(numerator)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out


_PLAUSIBLE = 0.2
"""How far logged propensities of a cell may add up to something else than 1: few impressions on a
day on which the weights moved leave some doubt about their mean."""


def _covered_days(trials: Trials, table: Table, zone: ZoneInfo) -> Floats:
    """The part of each day between the first trial and the last."""
    begin_s, end_s = float(trials.at_s.min()), float(trials.at_s.max())
    covered = []
    for day in table.days:
        midnight_s, next_s = day_bounds_s(int(day), zone)
        span_s = min(end_s, next_s) - max(begin_s, midnight_s)
        length_s = next_s - midnight_s
        covered.append(1.0 if span_s >= length_s - _FULL_S else max(span_s, 0.0) / length_s)
    return np.array(covered)
