"""Valid events as the intake writes them, for tests of what comes after it."""

from typing import Any

from studio.db.events import EventRecord

_FIRST: dict[str, Any] = {
    "id": "e0",
    "type": "impression",
    "test_id": "t0",
    "unit": "u0",
    "variant": "oak",
    "segment": "everyone",
    "period": 1,
    "at_s": 1_750_000_000.0,
    "value_micros": 0,
    "received_s": 1_750_000_000.0,
}


def record(**given: Any) -> EventRecord:
    """An event, with those of its fields that matter to a test."""
    known = EventRecord.__struct_fields__
    return EventRecord(**{name: each for name, each in _FIRST.items() if name in known} | given)
