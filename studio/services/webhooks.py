"""Webhooks: who is told when a test starts, promotes, ends, is taken back or is broken.

::

    webhooks = Webhooks(engine, clock=time.time, new_id=new_id, deliveries=..., private=False)
    made = webhooks.add("https://shop.example/hooks", events=("test.promoted",))
    made.secret                                 # what the receiver checks signatures with
    webhooks.test(made.webhook.id)              # sends one now
    webhooks.deliveries(state="dead")
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from studio.db import webhooks as rows
from studio.db.audit import add_entry
from studio.db.engine import Connection, Engine, reading, writing
from studio.db.records import DeliveryRecord, WebhookRecord
from studio.services import notices
from studio.services.audit import SOMEONE
from studio.services.deliveries import Deliveries, new_secret
from studio.services.errors import WebhookInvalid, WebhookNotFound
from studio.services.outgoing import check_url

MOST_WEBHOOKS = 50
KEPT_S = 30 * 86_400.0
"""How long deliveries are kept to be looked at after they were settled."""
STATES = (rows.WAITING, rows.DELIVERED, rows.DEAD)

_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Who is told of which events; none: of all."""

    id: str
    url: str
    events: tuple[str, ...]
    created_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWebhook:
    """A new webhook with its secret, which is shown this once."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of a try that was asked for; `fault` is None where it was heard."""

    status: int | None
    fault: str | None


class Webhooks:
    """The use cases of webhooks.

    Parameters
    ----------
        private : whether plain http and hosts of private networks are allowed
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        deliveries: Deliveries,
        private: bool,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._deliveries = deliveries
        self._private = private

    def add(self, url: str, *, events: Sequence[str] = (), who: str = SOMEONE) -> MadeWebhook:
        """Tell this URL of these events from now on; of all events if none is named.

        Raises
        ------
            WebhookInvalid : an unknown event, or too many webhooks
            AddressRefused : a URL that nothing is sent to
        """
        for event in events:
            if event not in notices.EVENTS:
                known = ", ".join(notices.EVENTS)
                raise WebhookInvalid(field="events", why=f"no event {event!r}; there are {known}")
        check_url(url, private=self._private)
        record = WebhookRecord(
            id=self._new_id(),
            url=url,
            events=tuple(event for event in notices.EVENTS if event in events),
            secret=new_secret(secrets.token_bytes(_SECRET_BYTES)),
            created_s=self._clock(),
        )
        with writing(self._engine) as connection:
            if len(rows.webhooks_in_force(connection)) >= MOST_WEBHOOKS:
                raise WebhookInvalid(
                    field="webhooks", why=f"there are {MOST_WEBHOOKS} already; remove one first"
                )
            rows.add_webhook(connection, record)
            self._note(connection, record, "add", who=who)
        return MadeWebhook(webhook=_webhook(record), secret=record.secret)

    def all(self) -> tuple[Webhook, ...]:
        """The webhooks in force, oldest first."""
        with reading(self._engine) as connection:
            return tuple(_webhook(record) for record in rows.webhooks_in_force(connection))

    def remove(self, webhook_id: str, *, who: str = SOMEONE) -> Webhook:
        """Tell a webhook nothing more, what waits for it included.

        Raises
        ------
            WebhookNotFound
        """
        with writing(self._engine) as connection:
            record = self._find(rows.find_webhook(connection, webhook_id), webhook_id)
            rows.end_webhook(connection, webhook_id, at_s=self._clock())
            self._note(connection, record, "remove", who=who)
        return _webhook(record)

    def test(self, webhook_id: str) -> Trial:
        """Send one event now, signed as all are, and say what came back.

        Raises
        ------
            WebhookNotFound
        """
        with reading(self._engine) as connection:
            record = self._find(rows.find_webhook(connection, webhook_id), webhook_id)
        now_s = self._clock()
        trial = DeliveryRecord(
            notice_id=f"msg_{secrets.token_hex(16)}",
            webhook_id=record.id,
            type=notices.TRIAL,
            at_s=now_s,
            body=notices.body_of(notices.TRIAL, at_s=now_s, data={"webhook": record.id}),
            url=record.url,
            secret=record.secret,
            state=rows.WAITING,
            attempts=1,
            not_before_s=now_s,
            changed_s=now_s,
            status=None,
            fault=None,
        )
        status, fault = self._deliveries.try_one(trial)
        return Trial(status=status, fault=fault)

    def deliveries(
        self, *, webhook_id: str | None = None, state: str | None = None, most: int = 100
    ) -> tuple[DeliveryRecord, ...]:
        """What was told or waits to be, newest first; kept for `KEPT_S` once it is settled.

        Raises
        ------
            WebhookNotFound, WebhookInvalid: no such state
        """
        if state is not None and state not in STATES:
            raise WebhookInvalid(field="state", why=f"use {', '.join(STATES[:-1])} or {STATES[-1]}")
        with reading(self._engine) as connection:
            if webhook_id is not None and rows.find_webhook(connection, webhook_id) is None:
                raise WebhookNotFound(webhook_id=webhook_id)
            return rows.deliveries_of(connection, webhook_id=webhook_id, state=state, most=most)

    def retry(self, webhook_id: str, *, who: str = SOMEONE) -> int:
        """Let what was given up be tried again from the beginning; how many deliveries that are.

        Raises
        ------
            WebhookNotFound
        """
        with writing(self._engine) as connection:
            record = self._find(rows.find_webhook(connection, webhook_id), webhook_id)
            count = rows.revive(connection, webhook_id, at_s=self._clock())
            self._note(connection, record, "retry", who=who, deliveries=count)
            return count

    def deliver(self) -> int:
        """Send what is due; what a scheduler calls. How many were delivered.

        Raises
        ------
            DatabaseFault
        """
        return self._deliveries.step()

    def forget(self) -> int:
        """Delete what was settled long ago; what a scheduler calls. How many deliveries."""
        with writing(self._engine) as connection:
            return rows.forget_settled(connection, before_s=self._clock() - KEPT_S)

    def undelivered(self) -> dict[str, int]:
        """How many deliveries wait, and how many were given up; quick however many were heard."""
        with reading(self._engine) as connection:
            states = (rows.WAITING, rows.DEAD)
            return {state: rows.count_in_state(connection, state) for state in states}

    def backlog(self) -> dict[str, int]:
        """How many deliveries there are in each state."""
        with reading(self._engine) as connection:
            return dict.fromkeys(STATES, 0) | rows.count_by_state(connection)

    def _note(
        self,
        connection: Connection,
        webhook: WebhookRecord,
        action: str,
        *,
        who: str,
        **more: object,
    ) -> None:
        # A path may be as good as a secret to whom it belongs: the host says enough.
        told = {"host": urlsplit(webhook.url).hostname, "events": list(webhook.events), **more}
        add_entry(
            connection,
            "webhook",
            webhook.id,
            at_s=self._clock(),
            who=who,
            action=action,
            detail=told,
        )

    @staticmethod
    def _find(record: WebhookRecord | None, webhook_id: str) -> WebhookRecord:
        if record is None or record.ended_s is not None:
            raise WebhookNotFound(webhook_id=webhook_id)
        return record


def _webhook(record: WebhookRecord) -> Webhook:
    return Webhook(id=record.id, url=record.url, events=record.events, created_s=record.created_s)
