"""Raw events, checked one by one against the test they belong to.

An event is an object::

    {"id": "e-81", "type": "impression" | "click" | "conversion", "unit": "shopper-7",
     "item": "mug", "test": "3f2a...", "variant": "marble", "ts": 1750000000.0 or ISO 8601,
     "segment": "young", "value": 19.9}

`id` is unique per event and makes it count once. `ts` is when it happened; left out, it is now.
`segment` is the one of the decision; left out, it is "everyone". `value` is money, for conversions.
Other fields are ignored.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from abtest import EVERYONE
from studio.db.events import EventRecord, EventType
from studio.db.records import TestRecord
from studio.db.text import is_storable

SKEW_S = 300.0
"""How far ahead of ours a client's clock may be."""
LATE_S = 86_400.0
"""How long after the end of a test a click or conversion may still follow an impression."""
MAX_VALUE = 1e9
"""Largest amount of money in one event, in the merchant's unit."""

_TYPES: tuple[EventType, ...] = ("impression", "click", "conversion")
_LIMITS = {"id": 128, "unit": 256, "test": 64, "variant": 64, "item": 256}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An event that was not taken, and why; `id` is None where it had none that could be read."""

    id: str | None
    why: str


class _Refusal(Exception):
    """Why an event is not taken."""


def test_of(raw: object) -> str | None:
    """The test that a raw event names, if it can be read at all."""
    test = raw.get("test") if isinstance(raw, Mapping) else None
    return test if isinstance(test, str) else None


def read_event(
    raw: object, tests: Mapping[str, TestRecord], *, now_s: float
) -> EventRecord | Rejected:
    """A valid event, or why it is none."""
    if not isinstance(raw, Mapping):
        return Rejected(id=None, why="not an object")
    event_id = raw.get("id")
    try:
        return _read(raw, tests, now_s=now_s)
    except _Refusal as refusal:
        echo = event_id[:128] if isinstance(event_id, str) else None
        return Rejected(id=echo, why=str(refusal))


def _read(
    raw: Mapping[str, object], tests: Mapping[str, TestRecord], *, now_s: float
) -> EventRecord:
    event_id = _text(raw, "id")
    kind = next((name for name in _TYPES if name == raw.get("type")), None)
    if kind is None:
        raise _Refusal(f"type: {_shown(raw.get('type'))} is not one of {', '.join(_TYPES)}")
    unit = _text(raw, "unit")
    test = tests.get(_text(raw, "test"))
    if test is None:
        raise _Refusal(f"test: there is no test {_shown(raw.get('test'))}")
    if raw.get("item") is not None and _text(raw, "item") != test.item:
        raise _Refusal(f"item: test {test.id} is about {test.item!r}")
    variant = _text(raw, "variant")
    if all(known.name != variant for known in test.variants):
        raise _Refusal(f"variant: test {test.id} has no {variant!r}")
    at_s = _time(raw.get("ts"), now_s=now_s)
    return EventRecord(
        id=event_id,
        type=kind,
        test_id=test.id,
        unit=unit,
        variant=variant,
        segment=_segment(raw.get("segment"), test),
        period=_period(test, at_s, exposure=kind == "impression"),
        at_s=at_s,
        value_micros=_value(raw.get("value"), kind),
        received_s=now_s,
    )


def _text(raw: Mapping[str, object], name: str) -> str:
    value = raw.get(name)
    if value is None:
        raise _Refusal(f"{name}: missing")
    # A unit may be a number in the client's data; it names the same unit as its digits.
    if name == "unit" and type(value) is int and value.bit_length() <= 64:
        return str(value)
    if not isinstance(value, str) or not value:
        raise _Refusal(f"{name}: a text is expected")
    if len(value) > _LIMITS[name]:
        raise _Refusal(f"{name}: longer than {_LIMITS[name]} characters")
    if not is_storable(value):
        raise _Refusal(f"{name}: holds characters that are no text")
    return value


def _shown(value: object) -> str:
    return repr(value[:64]) if isinstance(value, str) else type(value).__name__


def _segment(value: object, test: TestRecord) -> str:
    if value is None or value == EVERYONE:
        return EVERYONE
    for segment in test.segments:
        if segment.name == value:
            return segment.name
    raise _Refusal(f"segment: test {test.id} has no {_shown(value)}")


def _time(value: object, *, now_s: float) -> float:
    if value is None:
        return now_s
    at_s = _seconds(value)
    if at_s is None:
        raise _Refusal("ts: seconds since 1970 or an ISO 8601 time with its zone is expected")
    if at_s > now_s + SKEW_S:
        raise _Refusal(f"ts: {at_s - now_s:.0f} s in the future")
    return at_s


def _seconds(value: object) -> float | None:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            return None if moment.tzinfo is None else moment.astimezone(UTC).timestamp()
        except (ValueError, OverflowError):
            return None
    if type(value) in (int, float) and isinstance(value, int | float):
        return float(value) if abs(value) < 1e11 and math.isfinite(value) else None
    return None


def _period(test: TestRecord, at_s: float, *, exposure: bool) -> int:
    """The number of the period that a time falls in."""
    started = [period.started_s for period in test.periods]
    place = bisect_right(started, at_s) - 1
    if place < 0:
        raise _Refusal(f"ts: before test {test.id} was started")
    period = test.periods[place]
    if period.ended_s is None or at_s < period.ended_s:
        return period.number
    # Between two periods lies nothing, so that this is after the last one.
    if exposure or at_s >= period.ended_s + LATE_S:
        raise _Refusal(f"ts: after test {test.id} was ended")
    return period.number


def _value(value: object, kind: EventType) -> int:
    if value is None:
        return 0
    if kind != "conversion":
        raise _Refusal("value: only conversions have one")
    if type(value) not in (int, float) or not isinstance(value, int | float):
        raise _Refusal("value: a number is expected")
    if not abs(value) <= MAX_VALUE:
        raise _Refusal(f"value: beyond {MAX_VALUE:.0e}")
    return round(value * 1e6)
