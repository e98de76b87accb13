"""A CSV file of counts, as shops' own reports and other testing tools give them."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Final

from abtest import AbtestError, Cell, Counts, InvalidCounts, Row, counts_from_rows
from studio.cli.inputs import read_input
from studio.services.errors import CountsInvalid

_REQUIRED: Final = ("segment", "variant", "period", "impressions", "clicks")
_OPTIONAL: Final = ("conversions", "value")
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")
HEADER: Final = "segment,variant,period,impressions,clicks[,conversions,value]"


def read_counts(path: Path, *, split: Mapping[str, float] | None = None) -> Counts:
    """The counts of a file; lines of the same segment, variant and period add up.

    Parameters
    ----------
    split
        Share of traffic that each variant was meant to get; None for the same share for each.

    Raises
    ------
    InputMissing, CountsInvalid
    """
    rows = list(_rows(path))
    if not rows:
        raise CountsInvalid(path=str(path), why="no line of counts follows the header")
    weights = None if split is None else {row.period: split for row in rows}
    try:
        return counts_from_rows(rows, weights=weights)
    except AbtestError as fault:
        raise CountsInvalid(path=str(path), why=str(fault)) from fault


def _rows(path: Path) -> Iterator[Row]:
    try:
        text = read_input(path).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise CountsInvalid(path=str(path), why="not UTF-8 text; save it as CSV UTF-8") from fault
    lines = csv.DictReader(StringIO(text, newline=""), skipinitialspace=True)
    try:
        _check_header(path, lines.fieldnames or ())
        for line in lines:
            if any(line.values()):
                yield _row(path, lines.line_num, line)
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
            value=_money(texts),
        )
        # Checked here too, where the line is known.
        Cell(
            impressions=row.impressions,
            clicks=row.clicks,
            conversions=row.conversions,
            value=row.value,
        )
    except InvalidCounts as fault:
        raise CountsInvalid(path=str(path), why=f"{where}: {fault}") from fault
    return row


def _whole(name: str, texts: Mapping[str, str]) -> int:
    text = texts.get(name) or ("0" if name in _OPTIONAL else "")
    if _WHOLE.fullmatch(text) is None:
        raise InvalidCounts(name, f"{text!r} is not a whole number of at most 15 digits")
    return int(text)


def _money(texts: Mapping[str, str]) -> float:
    text = texts.get("value") or "0"
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidCounts("value", f"{text!r} is not a number")
    return value
