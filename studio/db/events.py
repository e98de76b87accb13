"""An accepted event, as the log, the archive and streams keep it."""

from __future__ import annotations

from typing import Literal

import msgspec

EventType = Literal["impression", "click", "conversion"]


class EventRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A valid event. New fields are added at the end, with a default: old records stay readable.

    Parameters
    ----------
        at_s         : when it happened
        value_micros : money, in millionths
        propensity   : chance of the decision that led to it, where it was sent
        snapshot     : version of what was decided by, where it was sent
        crawler      : name of the known crawler that it comes from, None for a person's browser
    """

    id: str
    type: EventType
    test_id: str
    unit: str
    variant: str
    segment: str
    at_s: float
    value_micros: int = 0
    propensity: float | None = None
    snapshot: str | None = None
    crawler: str | None = None
