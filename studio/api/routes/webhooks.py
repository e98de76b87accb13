"""Webhooks: add, list, try, remove; what was delivered and what was not."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query

from studio.api.auth import Manager
from studio.api.problems import described
from studio.api.schemas.webhooks import (
    DeliveryOut,
    MadeWebhookOut,
    RetriedOut,
    TrialOut,
    WebhookIn,
    WebhookOut,
)
from studio.api.services import ServicesOf

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

_COMMON: Final = described(401, 403, 404, 422, 503)
WebhookId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,32}$", examples=["3f2a90bc41d7"])]


@router.post("", status_code=201, summary="Add a webhook", responses=described(401, 403, 422, 503))
def add(services: ServicesOf, who: Manager, wanted: WebhookIn) -> MadeWebhookOut:
    """Tell a URL what happens in tests, in the form of Standard Webhooks.

    Requests are signed with the secret that this answer shows, once. What is not answered with a
    status of 2xx is sent again with growing pauses, for 19 hours, always under the same
    `webhook-id`.
    """
    return MadeWebhookOut.made(services.webhooks.add(wanted.url, events=wanted.events, who=who))


@router.get("", summary="List webhooks", responses=described(401, 403, 503))
def list_all(services: ServicesOf, _who: Manager) -> list[WebhookOut]:
    """List the webhooks in force, oldest first."""
    return [WebhookOut.of(webhook) for webhook in services.webhooks.all()]


@router.delete("/{webhook}", summary="Remove a webhook", responses=_COMMON)
def remove(services: ServicesOf, who: Manager, webhook: WebhookId) -> WebhookOut:
    """Tell it nothing more, what waits for it included."""
    return WebhookOut.of(services.webhooks.remove(webhook, who=who))


@router.post("/{webhook}/test", summary="Try a webhook", responses=_COMMON)
def try_out(services: ServicesOf, _who: Manager, webhook: WebhookId) -> TrialOut:
    """Send one `webhook.test` event now, and say what came back."""
    return TrialOut.of(services.webhooks.test(webhook))


@router.get("/{webhook}/deliveries", summary="What a webhook was told", responses=_COMMON)
def deliveries(
    services: ServicesOf,
    _who: Manager,
    webhook: WebhookId,
    state: Annotated[Literal["waiting", "delivered", "dead"] | None, Query()] = None,
    most: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[DeliveryOut]:
    """List deliveries, newest first; settled ones are kept for 30 days."""
    found = services.webhooks.deliveries(webhook_id=webhook, state=state, most=most)
    return [DeliveryOut.of(delivery) for delivery in found]


@router.post("/{webhook}/retry", summary="Begin dead deliveries again", responses=_COMMON)
def retry(services: ServicesOf, who: Manager, webhook: WebhookId) -> RetriedOut:
    """Let what was given up be tried again from the beginning."""
    return RetriedOut(waiting=services.webhooks.retry(webhook, who=who))
