"""Raw events, checked one by one against the test they belong to.

An event is an object::

    {"id": "e-81", "type": "impression" | "click" | "conversion", "unit": "shopper-7",
     "item": "mug", "test": "3f2a...", "variant": "marble", "ts": 1750000000.0 or ISO 8601,
     "segment": "young", "value": 19.9, "propensity": 0.5, "snapshot": "184"}

`id` is unique per event and makes it count once. `ts` is when it happened; left out, it is now, and
so it is where the client's clock runs ahead of ours: no event happened after it was received.
`segment` is the one of the decision; left out, it is "everyone". `value` is money, for conversions.
`propensity` and `snapshot` are those of the decision; they are kept in the log. `agent` is what the
browser calls itself; of it only the name of a known crawler is kept. What a forced variant brought
says `"preview": true` or the decision's `"reason": "forced"`, and is not taken. Other fields are
ignored.

Nearly all events are right, and pass `quick` in two microseconds; `read_event` is for the others,
and says why.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, get_args

import msgspec

from abtest import EVERYONE
from studio.db.events import EventRecord, EventType
from studio.db.text import is_storable
from studio.services.crawlers import crawler_name
from studio.services.event_limits import (
    LEAST_PROPENSITY,
    MAX_VALUE,
    PROPENSITY_BEYOND,
    VALUE_BEYOND,
    wrong_type,
)
from studio.services.rules import Intake

SKEW_S = 300.0
"""How far ahead of ours a client's clock may be."""

_TYPES: Final[tuple[EventType, ...]] = get_args(EventType)
_FORCED: Final = "forced"
"""Reason of the decisions of previews."""
_LIMITS: Final = {"id": 128, "unit": 256, "test": 64, "variant": 64, "item": 256, "snapshot": 64}


def _text_to(limit: int) -> msgspec.Meta:
    return msgspec.Meta(min_length=1, max_length=limit)


class QuickEvent(msgspec.Struct, gc=False, frozen=True):
    """An event whose fields are of the most usual types, as most are."""

    id: Annotated[str, _text_to(_LIMITS["id"])]
    type: EventType
    unit: Annotated[str, _text_to(_LIMITS["unit"])]
    test: Annotated[str, _text_to(_LIMITS["test"])]
    variant: str
    item: str | None = None
    segment: str | None = None
    ts: float | None = None
    value: float | None = None
    propensity: float | None = None
    snapshot: Annotated[str, _text_to(_LIMITS["snapshot"])] | None = None
    preview: bool = False
    reason: Any = None
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An event that was not taken, and why; `id` is None where it had none that could be read.

    `line` counts from 1 where events came as lines.
    """

    id: str | None
    why: str
    line: int | None = None


UNREADABLE: Final = object()
"""Stands for a line that is no JSON."""


class _Refusal(Exception):
    """Why an event is not taken."""


def test_of(raw: object) -> str | None:
    """The test that a raw event names, if it can be read at all."""
    if type(raw) is QuickEvent:
        return raw.test
    test = raw.get("test") if isinstance(raw, Mapping) else None
    return test if isinstance(test, str) else None


def quick(event: QuickEvent, tests: Mapping[str, Intake], *, now_s: float) -> EventRecord | None:
    """A valid event, or None where `read_event` must look closer."""
    intake = tests.get(event.test)
    if intake is None:
        return None
    segment = intake.arms.get((event.variant, event.segment))
    at_s = max(now_s, intake.from_s) if event.ts is None else event.ts
    kind = event.type
    if (
        segment is None
        or event.preview
        or event.reason == _FORCED
        or (event.item is not None and event.item != intake.test.item)
        or not intake.from_s <= at_s < (intake.until_s if kind == "impression" else intake.late_s)
        or (at_s > now_s + SKEW_S and event.ts is not None)
        or "\x00" in event.id
        or "\x00" in event.unit
        or not (event.propensity is None or LEAST_PROPENSITY <= event.propensity <= 1.0)
    ):
        return None
    micros = 0
    if event.value is not None:
        if kind != "conversion" or not abs(event.value) <= MAX_VALUE:
            return None
        micros = round(event.value * 1e6)
    return EventRecord(
        event.id, kind, event.test, event.unit, event.variant, segment,
        max(min(at_s, now_s), intake.from_s), micros, event.propensity, event.snapshot,
        event.agent and crawler_name(event.agent),
    )  # fmt: skip


def read_event(raw: object, tests: Mapping[str, Intake], *, now_s: float) -> EventRecord | Rejected:
    """A valid event, or why it is none."""
    if isinstance(raw, QuickEvent):
        raw = msgspec.to_builtins(raw)
    if not isinstance(raw, Mapping):
        return Rejected(id=None, why="not JSON" if raw is UNREADABLE else "not an object")
    event_id = raw.get("id")
    try:
        return _read(raw, tests, now_s=now_s)
    except _Refusal as refusal:
        echo = event_id[:128] if isinstance(event_id, str) else None
        return Rejected(id=echo, why=str(refusal))


def _read(raw: Mapping[str, object], tests: Mapping[str, Intake], *, now_s: float) -> EventRecord:
    event_id = _text(raw, "id")
    kind = next((name for name in _TYPES if name == raw.get("type")), None)
    if kind is None:
        raise _Refusal(wrong_type(raw.get("type")))
    unit = _text(raw, "unit")
    intake = tests.get(_text(raw, "test"))
    if intake is None:
        raise _Refusal(f"test: there is no test {_text(raw, 'test')!r}")
    test = intake.test
    if raw.get("item") is not None and _text(raw, "item") != test.item:
        raise _Refusal(f"item: test {test.id} is about {test.item!r}")
    variant = _text(raw, "variant")
    if all(known.name != variant for known in test.variants):
        raise _Refusal(f"variant: test {test.id} has no {variant!r}")
    if raw.get("preview") not in (None, False) or raw.get("reason") == _FORCED:
        raise _Refusal("preview: what a forced variant brought is not counted")
    return EventRecord(
        id=event_id,
        type=kind,
        test_id=test.id,
        unit=unit,
        variant=variant,
        segment=_segment(raw.get("segment"), intake),
        at_s=_time(raw.get("ts"), intake, exposure=kind == "impression", now_s=now_s),
        value_micros=_value(raw.get("value"), kind),
        propensity=_propensity(raw.get("propensity")),
        snapshot=None if raw.get("snapshot") is None else _text(raw, "snapshot"),
        crawler=_crawler(raw.get("agent")),
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


def _segment(value: object, intake: Intake) -> str:
    if value is None or value == EVERYONE:
        return EVERYONE
    for segment in intake.test.segments:
        if segment.name == value:
            return segment.name
    if not isinstance(value, str):
        raise _Refusal("segment: a text is expected")
    raise _Refusal(f"segment: test {intake.test.id} has no {value[:64]!r}")


def _time(value: object, intake: Intake, *, exposure: bool, now_s: float) -> float:
    # This clock may be behind the one that the test was started by.
    at_s = max(now_s, intake.from_s) if value is None else _seconds(value)
    if at_s is None:
        raise _Refusal("ts: seconds since 1970 or an ISO 8601 time with its zone is expected")
    if at_s < intake.from_s or intake.from_s == math.inf:
        raise _Refusal(f"ts: before test {intake.test.id} was started")
    if at_s > now_s + SKEW_S and value is not None:
        raise _Refusal(f"ts: {at_s - now_s:.0f} s in the future")
    if at_s >= (intake.until_s if exposure else intake.late_s):
        raise _Refusal(f"ts: after test {intake.test.id} was ended")
    # Else it would count in the period that is open now, and in a later one when it is recounted.
    # Nor before the start: it would be taken, and count in no period.
    return max(min(at_s, now_s), intake.from_s)


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


def _value(value: object, kind: EventType) -> int:
    if value is None:
        return 0
    if kind != "conversion":
        raise _Refusal("value: only conversions have one")
    if type(value) not in (int, float) or not isinstance(value, int | float):
        raise _Refusal("value: a number is expected")
    if not abs(value) <= MAX_VALUE:
        raise _Refusal(VALUE_BEYOND)
    return round(value * 1e6)


def _crawler(agent: object) -> str | None:
    return crawler_name(agent) if isinstance(agent, str) else None


def _propensity(value: object) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or not isinstance(value, int | float):
        raise _Refusal("propensity: a number is expected")
    if not LEAST_PROPENSITY <= value <= 1.0:
        raise _Refusal(PROPENSITY_BEYOND)
    return float(value)
