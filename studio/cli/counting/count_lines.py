"""The lines of a CSV file of counts, each checked where its number is known.

Commas, semicolons or tabs part the fields, whichever the first line has; spreadsheets write all
three. Numbers are read in one form only: whether 1.000 is one or a thousand is known to nobody but
who wrote it, and a guess would be a wrong answer that looks like a right one. Only between commas
is 1.250 surely money with three decimals: whose commas are decimal writes semicolons or tabs.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Final

from abtest import OVERALL, SLOTS, InvalidCounts, Row
from studio.cli.counting.event_fields import LONGEST_NAME
from studio.cli.counting.event_log import MOST_SEGMENTS
from studio.cli.counting.lines import read_text
from studio.services.errors import CountsInvalid

HEADER: Final = "segment,variant,period,impressions,clicks[,conversions,value]"
MOST_PERIODS: Final = 10_000
"""Hours of more than a year; the table of all counts must fit into memory."""
_NAMES: Final = {"segment": MOST_SEGMENTS, "variant": SLOTS, "period": MOST_PERIODS}
_REQUIRED: Final = (*_NAMES, "impressions", "clicks")
_OPTIONAL: Final = ("conversions", "value", "value_squares")
_WHOLE: Final = re.compile(r"(-?[0-9]{1,15})(?:\.0)?")
"""As spreadsheets and data frames write it, 1000.0 too; 1.000 may be a thousand."""
_MONEY: Final = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_THOUSANDS: Final = re.compile(r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}")
_LONGEST_SHOWN: Final = 40
_SEPARATED: Final = re.compile(r"[0-9]{1,3}([., '\u00a0\u202f\u2019_][0-9]{3})+")


class _Fault(Exception):
    """What is wrong with a line."""


def read_count_lines(path: Path, variants: tuple[str, ...] = ()) -> Iterator[Row]:
    """The counts of a file, line by line; lines without any text are left out.

    Parameters
    ----------
    variants
        All names that may occur; empty for any.

    Raises
    ------
    InputMissing, CountsInvalid
    """
    try:
        text = read_text(path).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise CountsInvalid(path=str(path), why="not UTF-8 text; save it as CSV UTF-8") from fault
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = max(",;\t", key=first.count)
    lines = csv.reader(
        StringIO(text, newline=""), delimiter=mark, skipinitialspace=True, strict=True
    )
    try:
        yield from _rows(lines, variants, pointed=mark == ",")
    except (_Fault, InvalidCounts, csv.Error) as fault:
        # A file without any line has its fault where the first should be.
        number = max(lines.line_num, 1)
        raise CountsInvalid(path=str(path), why=f"line {number}: {fault}") from fault


def _rows(lines: Iterable[list[str]], variants: tuple[str, ...], *, pointed: bool) -> Iterator[Row]:
    """`pointed`: a point can be nothing but decimal."""
    filled = (fields for line in lines if any(fields := [field.strip() for field in line]))
    columns = [name.lower() for name in next(filled, [])]
    _check_header(columns)
    met: dict[str, set[str]] = {name: set() for name in _NAMES}
    for fields in filled:
        if len(fields) != len(columns):
            found = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
            raise _Fault(f"has {found}, and the header {len(columns)}")
        texts = dict(zip(columns, fields, strict=True))
        if not pointed:
            _refuse_thousands(texts.get("value", ""))
        row = _row(texts)
        if variants and row.variant not in variants:
            raise _Fault(f"unknown variant {row.variant!r}; the test has {', '.join(variants)}")
        for name, most in _NAMES.items():
            met[name].add(getattr(row, name))
            if len(met[name]) > most:
                raise _Fault(f"{name}: more than {most:,} of them; leave some out, or join them")
        yield row


def _check_header(names: list[str]) -> None:
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise _Fault(f"no column {', '.join(missing)}; the first line must be {HEADER}")
    unknown = [name or "without a name" for name in names if name not in (*_REQUIRED, *_OPTIONAL)]
    if unknown or len(set(names)) < len(names):
        what = f"unknown column {', '.join(unknown)}" if unknown else "a column occurs twice"
        raise _Fault(f"{what}; the first line must be {HEADER}")


def _row(texts: Mapping[str, str]) -> Row:
    segment, variant, period = (_name(column, texts[column]) for column in _NAMES)
    if segment == OVERALL:
        raise _Fault(f"segment: {OVERALL!r} is the name of all segments together; write another")
    row = Row(
        segment=segment,
        variant=variant,
        period=period,
        impressions=_whole("impressions", texts),
        clicks=_whole("clicks", texts),
        conversions=_whole("conversions", texts),
        value=_money("value", texts) or 0.0,
        value_squares=_money("value_squares", texts),
    )
    _ = row.cell  # numbers that no test can have are refused here, where their line is known
    return row


def _name(column: str, text: str) -> str:
    if not text:
        raise _Fault(f"{column} is empty")
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise _Fault(f"{column}: {text[:20]!r} is not 1 to {LONGEST_NAME} printable characters")
    return text


def _whole(column: str, texts: Mapping[str, str]) -> int:
    text = texts.get(column) or ("0" if column in _OPTIONAL else "")
    if not text:
        raise _Fault(f"{column} is empty; write 0 where there are none")
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise _Fault(
            f"{column}: {_shown(text)} is not a whole number of at most 15 digits{_fix(text)}"
        )
    return int(found[1])


def _money(column: str, texts: Mapping[str, str]) -> float | None:
    text = texts.get(column)
    if not text:
        return None
    if _MONEY.fullmatch(text) is None:
        raise _Fault(f"{column}: {_shown(text)} is not a number such as 1234.5{_fix(text)}")
    return float(text)


def _refuse_thousands(text: str) -> None:
    if _THOUSANDS.fullmatch(text):
        raise _Fault(
            f"value: {text!r} may be a thousand times as much where commas do not part the "
            f"fields; write {text.replace('.', '')} or {text}0"
        )


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "...")


def _fix(text: str) -> str:
    """What to write instead, where the number has marks between its thousands or a comma."""
    if _SEPARATED.fullmatch(text):
        return f"; write {re.sub('[^0-9]', '', text)} if that is meant"
    if re.fullmatch(r"[0-9]+,[0-9]+", text):
        return f"; write {text.replace(',', '.')} if that is meant"
    return ""
