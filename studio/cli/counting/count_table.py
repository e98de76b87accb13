"""A CSV file of counts, as shops' own reports and other testing tools give them.

One more column, `value_squares`, is read where it is there: the sum of the squares of each buyer's
money, which tells how unequal orders are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from abtest import AbtestError, Counts, Period, Row, counts_from_rows
from studio.cli.counting.count_lines import read_count_lines
from studio.cli.counting.presence import Floats, Presence, presence_of, told
from studio.services.errors import CountsInvalid

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountsTable:
    """The counts of a file.

    Parameters
    ----------
        lines   : that hold counts
        dropped : variants that took no part any more at the end
        notes   : what was concluded about who took part when, in sentences
    """

    counts: Counts
    lines: int
    dropped: tuple[str, ...]
    notes: tuple[str, ...]


def counts_of_file(
    path: Path, *, variants: tuple[str, ...] = (), split: Mapping[str, float] | None = None
) -> CountsTable:
    """The counts of a file; lines of the same segment, variant and period add up.

    Parameters
    ----------
    variants
        Names in the merchant's order; empty to take all that occur.
    split
        Share of traffic that each variant was meant to get; None for the same share for each.

    Raises
    ------
    InputMissing, CountsInvalid
    """
    rows = list(read_count_lines(path, variants))
    if not rows:
        raise CountsInvalid(path=str(path), why="no line of counts follows the header")
    names = variants or tuple(dict.fromkeys(row.variant for row in rows))
    periods = _in_order(tuple(dict.fromkeys(row.period for row in rows)))
    meant = np.array([1.0 if split is None else split.get(name, 0.0) for name in names])
    if not (np.isfinite(meant).all() and (meant >= 0).all() and meant.sum() > 0):
        raise CountsInvalid(path=str(path), why="the shares of --split are not 0 or more, or all 0")
    presence = _presence(rows, names, periods, meant)
    try:
        found = counts_from_rows(rows)
        counts = replace(found, variants=names, periods=tuple(
            Period(id=period, weights=dict(zip(names, shares.tolist(), strict=True)))
            for period, shares in zip(periods, presence.shares, strict=True)
        ))  # fmt: skip
    except AbtestError as fault:
        raise CountsInvalid(path=str(path), why=str(fault)) from fault
    return CountsTable(
        counts=counts,
        lines=len(rows),
        dropped=tuple(names[i] for i in presence.dropped()),
        notes=(*_repeated(rows), *told(presence, names, periods)),
    )


def _repeated(rows: Sequence[Row]) -> tuple[str, ...]:
    """Said of a file that was joined from parts, as it should be if one part is there twice."""
    more = len(rows) - len({(row.segment, row.variant, row.period) for row in rows})
    if not more:
        return ()
    lines, are = ("1 line", "is") if more == 1 else (f"{more:,} lines", "are")
    return (
        f"{lines} of a segment, variant and period that an earlier line has {are} added to it; "
        "if they are the same counts once more, take them out.",
    )


def _presence(
    rows: Sequence[Row], names: tuple[str, ...], periods: tuple[str, ...], meant: Floats
) -> Presence:
    shown = np.zeros((len(periods), len(names)))
    listed = np.zeros(shown.shape, dtype=np.bool_)
    of_period = {period: i for i, period in enumerate(periods)}
    of_name = {name: i for i, name in enumerate(names)}
    for row in rows:
        place = of_period[row.period], of_name[row.variant]
        shown[place] += row.impressions
        listed[place] = True
    return presence_of(shown, meant / meant.sum(), listed=listed)


def _in_order(periods: tuple[str, ...]) -> tuple[str, ...]:
    """Numbers and dates in the order of time; other names as the file has them."""
    if all(_WHOLE.fullmatch(period) for period in periods):
        return tuple(sorted(periods, key=int))
    if all(_DATE.fullmatch(period) for period in periods):
        return tuple(sorted(periods))
    return periods
