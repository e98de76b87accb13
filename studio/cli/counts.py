"""A CSV file of counts, as shops' own reports and other testing tools give them.

One more column, `value_squares`, is read where it is there: the sum of the squares of each buyer's
money, which tells how unequal orders are.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np

from abtest import AbtestError, Cell, Counts, InvalidCounts, Period, Row, counts_from_rows
from studio.cli.lines import read_text
from studio.cli.presence import Floats, Presence, presence_of, told
from studio.services.errors import CountsInvalid

_REQUIRED: Final = ("segment", "variant", "period", "impressions", "clicks")
_OPTIONAL: Final = ("conversions", "value", "value_squares")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")
HEADER: Final = "segment,variant,period,impressions,clicks[,conversions,value]"


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
    rows = list(_rows(path, variants))
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
        notes=tuple(told(presence, names, periods)),
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


def _rows(path: Path, variants: tuple[str, ...]) -> Iterator[Row]:
    try:
        text = read_text(path).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise CountsInvalid(path=str(path), why="not UTF-8 text; save it as CSV UTF-8") from fault
    lines = csv.DictReader(StringIO(text, newline=""), skipinitialspace=True)
    try:
        _check_header(path, lines.fieldnames or ())
        for line in lines:
            if any(line.values()):
                row = _row(path, lines.line_num, line)
                _check_variant(path, lines.line_num, row, variants)
                yield row
    except csv.Error as fault:
        raise CountsInvalid(path=str(path), why=f"line {lines.line_num}: {fault}") from fault


def _check_header(path: Path, names: object) -> None:
    given = [str(name) for name in names] if isinstance(names, list | tuple) else []
    missing = [name for name in _REQUIRED if name not in given]
    if missing:
        why = f"no column {', '.join(missing)}; the first line must be {HEADER}"
        raise CountsInvalid(path=str(path), why=why)
    unknown = [name for name in given if name not in (*_REQUIRED, *_OPTIONAL)]
    if unknown or len(set(given)) < len(given):
        what = f"unknown column {', '.join(unknown)}" if unknown else "a column occurs twice"
        raise CountsInvalid(path=str(path), why=f"{what}; the first line must be {HEADER}")


def _check_variant(path: Path, number: int, row: Row, variants: tuple[str, ...]) -> None:
    if variants and row.variant not in variants:
        why = f"line {number}: unknown variant {row.variant!r}; the test has {', '.join(variants)}"
        raise CountsInvalid(path=str(path), why=why)


def _row(path: Path, number: int, line: Mapping[str | None, str | None]) -> Row:
    where = f"line {number}"
    if None in line or None in line.values():
        why = f"{where}: has another number of fields than the header"
        raise CountsInvalid(path=str(path), why=why)
    texts = {str(name): (value or "").strip() for name, value in line.items()}
    for name in ("segment", "variant", "period"):
        if not texts[name]:
            raise CountsInvalid(path=str(path), why=f"{where}: {name} is empty")
    try:
        row = Row(
            segment=texts["segment"],
            variant=texts["variant"],
            period=texts["period"],
            impressions=_whole("impressions", texts),
            clicks=_whole("clicks", texts),
            conversions=_whole("conversions", texts),
            value=_money("value", texts) or 0.0,
            value_squares=_money("value_squares", texts),
        )
        # Checked here too, where the line is known.
        Cell(
            impressions=row.impressions,
            clicks=row.clicks,
            conversions=row.conversions,
            value=row.value,
            value_squares=row.value_squares,
        )
    except InvalidCounts as fault:
        raise CountsInvalid(path=str(path), why=f"{where}: {fault}") from fault
    return row


def _whole(name: str, texts: Mapping[str, str]) -> int:
    text = texts.get(name) or ("0" if name in _OPTIONAL else "")
    if _WHOLE.fullmatch(text) is None:
        raise InvalidCounts(name, f"{text!r} is not a whole number of at most 15 digits")
    return int(text)


def _money(name: str, texts: Mapping[str, str]) -> float | None:
    text = texts.get(name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidCounts(name, f"{text!r} is not a number")
    return value
