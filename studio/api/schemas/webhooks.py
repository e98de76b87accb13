"""Webhooks and deliveries as JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.api.schemas.texts import PlainText
from studio.db.records import DeliveryRecord
from studio.services.notices import EVENTS
from studio.services.webhooks import MadeWebhook, Trial, Webhook

_EVENTS = "Types of events to be told of; none: all. " + "; ".join(
    f"{name}: {when}" for name, when in EVENTS.items()
)


class WebhookIn(BaseModel):
    """Who wants to be told of what."""

    model_config = ConfigDict(extra="forbid")

    url: PlainText = Field(
        min_length=1,
        max_length=2048,
        examples=["https://shop.example/packshot"],
        description="An https address on the public internet; the operator may allow others.",
    )
    events: list[PlainText] = Field(
        default_factory=list, max_length=50, examples=[["test.promoted"]], description=_EVENTS
    )


class WebhookOut(BaseModel):
    """A webhook; its secret is not shown again."""

    id: str = Field(examples=["3f2a90bc41d7"])
    url: str
    events: list[str] = Field(description="Empty: all.")
    created_s: float

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookOut:
        """A webhook as JSON."""
        return cls(
            id=webhook.id,
            url=webhook.url,
            events=list(webhook.events),
            created_s=webhook.created_s,
        )


class MadeWebhookOut(WebhookOut):
    """A new webhook, with what its receiver checks signatures with."""

    secret: str = Field(description="Shown this once.", examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILP"])

    @classmethod
    def made(cls, made: MadeWebhook) -> MadeWebhookOut:
        """A new webhook as JSON."""
        return cls(**WebhookOut.of(made.webhook).model_dump(), secret=made.secret)


class TrialOut(BaseModel):
    """What came of a try."""

    delivered: bool
    status: int | None = Field(description="Of the answer; null where there was none.")
    fault: str | None

    @classmethod
    def of(cls, trial: Trial) -> TrialOut:
        """A trial as JSON."""
        return cls(delivered=trial.fault is None, status=trial.status, fault=trial.fault)


class DeliveryOut(BaseModel):
    """A notice on its way to a webhook."""

    id: str = Field(description="What the receiver sees as webhook-id, at every try.")
    webhook: str
    type: str = Field(examples=["test.promoted"])
    state: Literal["waiting", "delivered", "dead"] = Field(
        description="dead: given up after the last try; /retry begins again."
    )
    at_s: float = Field(description="When it happened.")
    attempts: int
    next_s: float | None = Field(description="When it is tried next; null once it is settled.")
    status: int | None
    fault: str | None

    @classmethod
    def of(cls, delivery: DeliveryRecord) -> DeliveryOut:
        """A delivery as JSON."""
        return cls.model_validate(
            {
                "id": delivery.notice_id,
                "webhook": delivery.webhook_id,
                "type": delivery.type,
                "state": delivery.state,
                "at_s": delivery.at_s,
                "attempts": delivery.attempts,
                "next_s": delivery.not_before_s if delivery.state == "waiting" else None,
                "status": delivery.status,
                "fault": delivery.fault,
            }
        )


class RetriedOut(BaseModel):
    """How many deliveries begin again."""

    waiting: int
