"""What a rule's operators may be compared with, checked with errors that say how to write it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from abtest.errors import InvalidSegment

Scalar: TypeAlias = str | int | float | bool
Checked: TypeAlias = Scalar | tuple[Scalar, ...]

MAX_CHOICES: Final = 1000
MAX_TEXT_CHARS: Final = 1000
_MAX_VERSION_CHARS: Final = 64


def parse_date(text: str) -> float | None:
    """Seconds since the epoch of an ISO 8601 date or time; None for any other text.

    Examples
    --------
    >>> parse_date("1970-01-02"), parse_date("1970-01-01T01:00+01:00"), parse_date("soon")
    (86400.0, 0.0, None)
    """
    try:
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=UTC)
        return parsed.timestamp()
    except (ValueError, OverflowError):
        return None


def scalar(value: object, *, path: str) -> Scalar:
    """A text, a number, true or false.

    Raises
    ------
        InvalidSegment
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidSegment(path, f"{value} is not a finite number")
    if value is None:
        raise InvalidSegment(path, 'null is no value; write {"$exists": false}')
    if isinstance(value, str) and len(value) > MAX_TEXT_CHARS:
        raise InvalidSegment(path, f"a text of more than {MAX_TEXT_CHARS} characters")
    if isinstance(value, str | int | float):
        return value
    raise InvalidSegment(path, f"{shown(value)} is not a text, a number, true or false")


def shown(value: object) -> str:
    """A value in an error's sentence, not longer than the sentence."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print integers of thousands of digits
        text = "a number of thousands of digits"
    return text if len(text) <= 80 else text[:77] + "..."


def _choices(value: object, *, path: str) -> Checked:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_CHOICES:
        raise InvalidSegment(path, f"a list of 1 to {MAX_CHOICES} values is expected")
    return tuple(scalar(item, path=f"{path}[{i}]") for i, item in enumerate(value))


def _ordered(value: object, *, path: str) -> Checked:
    checked = scalar(value, path=path)
    if isinstance(checked, bool):
        raise InvalidSegment(path, "true and false have no order")
    return checked


def _version(value: object, *, path: str) -> Checked:
    if not isinstance(value, str) or not 1 <= len(value) <= _MAX_VERSION_CHARS:
        raise InvalidSegment(path, f'{shown(value)} is not a version; write "2.10.0"')
    return value


def _date(value: object, *, path: str) -> Checked:
    if not isinstance(value, str) or parse_date(value) is None:
        how = 'write "2026-11-30" or "2026-11-30T08:00Z"'
        raise InvalidSegment(path, f"{shown(value)} is no date; {how}")
    return value


def _truth(value: object, *, path: str) -> Checked:
    if not isinstance(value, bool):
        raise InvalidSegment(path, f"{shown(value)} is not true or false")
    return value


CHECKS: Final[Mapping[str, Callable[..., Checked]]] = MappingProxyType(
    {
        **dict.fromkeys(("$eq", "$ne"), scalar),
        **dict.fromkeys(("$in", "$nin", "$all"), _choices),
        **dict.fromkeys(("$gt", "$gte", "$lt", "$lte"), _ordered),
        **dict.fromkeys(("$veq", "$vne", "$vgt", "$vgte", "$vlt", "$vlte"), _version),
        **dict.fromkeys(("$before", "$since"), _date),
        "$exists": _truth,
    }
)
"""By operator, what checks and returns a value; raises `InvalidSegment`."""
