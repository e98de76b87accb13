"""The fields of one event, checked one by one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from studio.cli.counting.lines import Line
from studio.services.event_limits import (
    LEAST_PROPENSITY,
    MAX_VALUE,
    PROPENSITY_BEYOND,
    VALUE_BEYOND,
    wrong_type,
)

IMPRESSION, CLICK, CONVERSION = 0, 1, 2
_KINDS: Final = {"impression": IMPRESSION, "click": CLICK, "conversion": CONVERSION}
OLDEST_S: Final = 946_684_800.0
"""2000-01-01: an event from before it comes from a clock that was never set."""
LONGEST_NAME: Final = 64


class Malformed(Exception):
    """Why a line is no event."""


def parsed(line: Line) -> object:
    """The JSON value of a line.

    Raises
    ------
    Malformed
    """
    try:
        return json.loads(line.text)
    except (ValueError, RecursionError) as fault:
        raise Malformed("not JSON") from fault


def text_of(raw: Mapping[str, object], name: str) -> str:
    """A text that must be there.

    Raises
    ------
    Malformed
    """
    value = raw.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{name}: missing" if value is None else f"{name}: a text is expected")
    return value


def name_of(raw: Mapping[str, object], name: str) -> str:
    """A name that can be shown: of a variant or segment.

    Raises
    ------
    Malformed
    """
    value = text_of(raw, name)
    if len(value) > LONGEST_NAME or not value.isprintable() or value != value.strip():
        raise Malformed(f"{name}: not 1 to {LONGEST_NAME} printable characters")
    return value


def unit_of(value: object) -> str:
    """Whose event it is; a number names the same unit as its digits.

    Raises
    ------
    Malformed
    """
    if type(value) is int:
        return format(value, "d") if value.bit_length() <= 64 else hex(value)
    if not isinstance(value, str) or not value:
        raise Malformed("unit: missing" if value is None else "unit: a text is expected")
    return value


def kind_of(value: object) -> int:
    """IMPRESSION, CLICK or CONVERSION.

    Raises
    ------
    Malformed
    """
    kind = _KINDS.get(value) if isinstance(value, str) else None
    if kind is None:
        raise Malformed(wrong_type(value))
    return kind


def seconds_of(value: object) -> float:
    """Seconds since 1970, of a number or an ISO 8601 time with its zone.

    Raises
    ------
    Malformed
    """
    if isinstance(value, str):
        at_s = _iso_seconds(value)
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
        at_s = float(value)
    else:
        raise Malformed("ts: missing" if value is None else "ts: seconds or ISO 8601 expected")
    if at_s >= 1e11:
        raise Malformed("ts: milliseconds, it seems; seconds since 1970 are expected")
    if not at_s >= OLDEST_S:
        raise Malformed("ts: before the year 2000, so from a clock that was never set")
    return at_s


def _iso_seconds(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise Malformed("ts: seconds since 1970 or an ISO 8601 time is expected") from fault
    if moment.tzinfo is None:
        raise Malformed("ts: a time without its zone; write Z or +02:00 behind it")
    return moment.timestamp()


def value_of(value: object, kind: int) -> float:
    """Money; 0 where there is none.

    Raises
    ------
    Malformed
    """
    if value is None or (value == 0 and not isinstance(value, bool)):
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed("value: a number is expected")
    if kind != CONVERSION:
        raise Malformed("value: only conversions have one")
    if not abs(value) <= MAX_VALUE:
        raise Malformed(VALUE_BEYOND)
    return float(value)


def propensity_of(value: object) -> float:
    """A probability; NaN where it was not logged.

    Raises
    ------
    Malformed
    """
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed("propensity: a number is expected")
    if not LEAST_PROPENSITY <= value <= 1.0:
        raise Malformed(PROPENSITY_BEYOND)
    return float(value)
