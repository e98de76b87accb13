"""Events from JSON text: quickly where all is of the usual form, one by one where it is not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import msgspec

from studio.services.event_reading import UNREADABLE, QuickEvent


class _Body(msgspec.Struct):
    events: list[QuickEvent]


_BODY: Final = msgspec.json.Decoder(_Body)
_LINE: Final = msgspec.json.Decoder(QuickEvent)


def quick_body(body: bytes) -> list[QuickEvent] | None:
    """The events of ``{"events": [...]}``; None where any is not of the usual form."""
    try:
        return _BODY.decode(body).events
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def lines_of(lines: Sequence[bytes], *, first: int) -> tuple[list[object], list[int]]:
    """The events of JSON lines, and the number of each; blank lines are passed over."""
    events: list[object] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, first):
        text = line.strip()
        if text:
            events.append(_event(text))
            numbers.append(number)
    return events, numbers


def _event(text: bytes) -> object:
    try:
        return _LINE.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        # It also takes what other libraries write: NaN, halves of surrogate pairs.
        return json.loads(text)
    except (ValueError, RecursionError):
        return UNREADABLE
