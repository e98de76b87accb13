"""Rows of webhooks, of what there is to tell, and of how far each telling has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from studio.db.records import DeliveryRecord, NoticeRecord, WebhookRecord
from studio.db.tables import DELIVERY, NOTICE, WEBHOOK

WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"


def add_webhook(connection: Connection, webhook: WebhookRecord) -> None:
    """Write a new webhook."""
    connection.execute(
        insert(WEBHOOK).values(
            id=webhook.id,
            url=webhook.url,
            events=list(webhook.events),
            secret=webhook.secret,
            created_s=webhook.created_s,
        )
    )


def end_webhook(connection: Connection, webhook_id: str, *, at_s: float) -> None:
    """Tell a webhook nothing more; what still waits for it is dead."""
    connection.execute(
        update(WEBHOOK)
        .where(WEBHOOK.c.id == webhook_id, WEBHOOK.c.ended_s.is_(None))
        .values(ended_s=at_s)
    )
    connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.webhook_id == webhook_id, DELIVERY.c.state == WAITING)
        .values(state=DEAD, changed_s=at_s, fault="the webhook was removed")
    )


def find_webhook(connection: Connection, webhook_id: str) -> WebhookRecord | None:
    """One webhook, or None."""
    row = connection.execute(select(WEBHOOK).where(WEBHOOK.c.id == webhook_id)).first()
    return None if row is None else _webhook(row)


def webhooks_in_force(connection: Connection) -> tuple[WebhookRecord, ...]:
    """The webhooks that are told something, oldest first."""
    statement = select(WEBHOOK).where(WEBHOOK.c.ended_s.is_(None))
    rows = connection.execute(statement.order_by(WEBHOOK.c.created_s, WEBHOOK.c.id))
    return tuple(_webhook(row) for row in rows)


def add_notice(connection: Connection, notice: NoticeRecord, webhook_ids: Iterable[str]) -> None:
    """Write what there is to tell, and let it wait for each of these webhooks."""
    connection.execute(
        insert(NOTICE).values(
            id=notice.id,
            type=notice.type,
            test_id=notice.test_id,
            at_s=notice.at_s,
            body=notice.body,
        )
    )
    connection.execute(
        insert(DELIVERY),
        [
            {
                "notice_id": notice.id,
                "webhook_id": webhook_id,
                "state": WAITING,
                "attempts": 0,
                "not_before_s": notice.at_s,
                "changed_s": notice.at_s,
            }
            for webhook_id in webhook_ids
        ],
    )


def any_due(connection: Connection, *, now_s: float, latest_s: float) -> bool:
    """Whether `take_due` would find anything: a look that locks nothing."""
    statement = select(DELIVERY.c.notice_id).where(
        DELIVERY.c.state == WAITING, _is_due(now_s=now_s, latest_s=latest_s)
    )
    return connection.execute(statement.limit(1)).first() is not None


def _is_due(*, now_s: float, latest_s: float) -> ColumnElement[bool]:
    return or_(DELIVERY.c.not_before_s <= now_s, DELIVERY.c.not_before_s > latest_s)


def take_due(
    connection: Connection, *, now_s: float, latest_s: float, until_s: float, most: int
) -> list[DeliveryRecord]:
    """Take deliveries that are due; nobody else gets them before `until_s`, and each is a try.

    Those after `latest_s` were planned while the clock was ahead, and are due too.
    """
    key = (DELIVERY.c.notice_id, DELIVERY.c.webhook_id)
    due = _is_due(now_s=now_s, latest_s=latest_s)
    statement = (
        _deliveries()
        .where(DELIVERY.c.state == WAITING, due)
        .order_by(DELIVERY.c.not_before_s, *key)
        .limit(most)
        .with_for_update(of=DELIVERY, skip_locked=True)
    )
    taken = [_delivery(row) for row in connection.execute(statement)]
    for one in taken:
        connection.execute(
            update(DELIVERY)
            .where(key[0] == one.notice_id, key[1] == one.webhook_id)
            .values(not_before_s=until_s, attempts=DELIVERY.c.attempts + 1)
        )
    return [replace(one, attempts=one.attempts + 1, not_before_s=until_s) for one in taken]


def settle(
    connection: Connection,
    delivery: DeliveryRecord,
    *,
    state: str,
    at_s: float,
    not_before_s: float,
    status: int | None,
    fault: str | None,
) -> None:
    """Write how a try ended; what was settled meanwhile stays as it is."""
    connection.execute(
        update(DELIVERY)
        .where(
            DELIVERY.c.notice_id == delivery.notice_id,
            DELIVERY.c.webhook_id == delivery.webhook_id,
            DELIVERY.c.state == WAITING,
        )
        .values(state=state, changed_s=at_s, not_before_s=not_before_s, status=status, fault=fault)
    )


def put_back(connection: Connection, delivery: DeliveryRecord, *, not_before_s: float) -> None:
    """Give back what was taken and not tried."""
    connection.execute(
        update(DELIVERY)
        .where(
            DELIVERY.c.notice_id == delivery.notice_id,
            DELIVERY.c.webhook_id == delivery.webhook_id,
            DELIVERY.c.state == WAITING,
        )
        .values(not_before_s=not_before_s, attempts=DELIVERY.c.attempts - 1)
    )


def deliveries_of(
    connection: Connection, *, webhook_id: str | None, state: str | None, most: int
) -> tuple[DeliveryRecord, ...]:
    """Deliveries, newest first."""
    statement = _deliveries().order_by(NOTICE.c.at_s.desc(), NOTICE.c.id, DELIVERY.c.webhook_id)
    if webhook_id is not None:
        statement = statement.where(DELIVERY.c.webhook_id == webhook_id)
    if state is not None:
        statement = statement.where(DELIVERY.c.state == state)
    return tuple(_delivery(row) for row in connection.execute(statement.limit(most)))


def revive(connection: Connection, webhook_id: str, *, at_s: float) -> int:
    """Let a webhook's dead deliveries wait again; how many there were."""
    changed = connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.webhook_id == webhook_id, DELIVERY.c.state == DEAD)
        .values(state=WAITING, attempts=0, not_before_s=at_s, changed_s=at_s)
    )
    return changed.rowcount


def count_in_state(connection: Connection, state: str) -> int:
    """How many deliveries are in one state: by its index."""
    counted = select(func.count()).where(DELIVERY.c.state == state)
    return connection.execute(counted).scalar_one()


def count_by_state(connection: Connection) -> dict[str, int]:
    """How many deliveries there are in each state."""
    statement = select(DELIVERY.c.state, func.count()).group_by(DELIVERY.c.state)
    return {row[0]: row[1] for row in connection.execute(statement)}


def forget_settled(connection: Connection, *, before_s: float) -> int:
    """Delete what was settled before then, and what there is nobody left to tell; how many."""
    settled = delete(DELIVERY).where(DELIVERY.c.state != WAITING, DELIVERY.c.changed_s < before_s)
    gone = connection.execute(settled).rowcount
    told = select(DELIVERY.c.notice_id).where(DELIVERY.c.notice_id == NOTICE.c.id)
    connection.execute(delete(NOTICE).where(NOTICE.c.at_s < before_s, ~told.exists()))
    return gone


def _deliveries() -> Any:
    return (
        select(
            DELIVERY,
            NOTICE.c.type,
            NOTICE.c.body,
            NOTICE.c.at_s,
            WEBHOOK.c.url,
            WEBHOOK.c.secret,
        )
        .join(NOTICE, NOTICE.c.id == DELIVERY.c.notice_id)
        .join(WEBHOOK, WEBHOOK.c.id == DELIVERY.c.webhook_id)
    )


def _webhook(row: Row[Any]) -> WebhookRecord:
    events: Sequence[str] = row.events
    return WebhookRecord(
        id=row.id,
        url=row.url,
        events=tuple(events),
        secret=row.secret,
        created_s=row.created_s,
        ended_s=row.ended_s,
    )


def _delivery(row: Row[Any]) -> DeliveryRecord:
    return DeliveryRecord(
        notice_id=row.notice_id,
        webhook_id=row.webhook_id,
        type=row.type,
        at_s=row.at_s,
        body=row.body,
        url=row.url,
        secret=row.secret,
        state=row.state,
        attempts=row.attempts,
        not_before_s=row.not_before_s,
        changed_s=row.changed_s,
        status=row.status,
        fault=row.fault,
    )
