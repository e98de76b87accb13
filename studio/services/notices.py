"""What happens in tests, told to webhooks: written in the transaction of the act itself.

An act and the news of it stand or fall together: what was rolled back is told to nobody, and what
was committed is told, however often the process is killed before that.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from studio.db import changes, webhooks
from studio.db.engine import Connection
from studio.db.records import NoticeRecord, TestRecord

EVENTS: Final[dict[str, str]] = {
    "test.created": "a draft was written",
    "test.started": "traffic is split",
    "test.advanced": "a period was closed and the traffic moved; daily for each running test",
    "test.variant_dropped": "a variant was taken out",
    "test.promoted": "a winner was put to work, for everyone or for one segment",
    "test.ended": "the test takes no more test traffic: promoted, or stopped without a winner",
    "test.rolled_back": "its promotions were undone, by a person or by evidence of harm",
    "test.invalid": "its numbers cannot be trusted, such as a broken sample ratio",
    "test.sound": "they can be trusted again",
    "test.harm": "the holdout proves that a promoted image does harm",
    "test.drift": "the lead of a promoted image has changed",
}
"""Types of events, and when each is sent."""
TRIAL: Final = "webhook.test"
"""Sent when asked for, to see whether a webhook is heard."""

_EVENT_OF: Final = {
    "create": "test.created",
    "start": "test.started",
    "advance": "test.advanced",
    "drop_variant": "test.variant_dropped",
    "promote": "test.promoted",
    "rollback": "test.rolled_back",
    "invalid": "test.invalid",
    "sound": "test.sound",
    "harm": "test.harm",
    "shift": "test.drift",
}
"""Of actions in the audit trail; a stop is told as the end of the test."""


def record(
    connection: Connection,
    test: TestRecord,
    *,
    at_s: float,
    who: str,
    action: str,
    detail: Mapping[str, object],
) -> None:
    """Write an action on a test to the audit trail, and tell it to who wants to know."""
    changes.add_audit(connection, test.id, at_s=at_s, who=who, action=action, detail=detail)
    event = _EVENT_OF.get(action)
    if event is not None:
        tell(connection, test, event=event, at_s=at_s, who=who, detail=detail)


def tell(
    connection: Connection,
    test: TestRecord,
    *,
    event: str,
    at_s: float,
    who: str,
    detail: Mapping[str, object],
) -> None:
    """Let an event wait for each webhook that wants to know of it."""
    listening = [
        webhook.id
        for webhook in webhooks.webhooks_in_force(connection)
        if not webhook.events or event in webhook.events
    ]
    if not listening:
        return
    data = {"test": test.id, "item": test.item, "state": str(test.state), "who": who, **detail}
    notice = NoticeRecord(
        id=f"msg_{uuid.uuid4().hex}",
        type=event,
        test_id=test.id,
        at_s=at_s,
        body=body_of(event, at_s=at_s, data=data),
    )
    webhooks.add_notice(connection, notice, listening)


def body_of(event: str, *, at_s: float, data: Mapping[str, object]) -> str:
    """The JSON that is sent: type, time and data, as Standard Webhooks has it."""
    moment = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
    body = {"type": event, "timestamp": moment.replace("+00:00", "Z"), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
