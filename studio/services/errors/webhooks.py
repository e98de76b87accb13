"""Refusals of webhooks, and of addresses that nothing is sent to."""

from __future__ import annotations

from studio.services.errors.base import ServiceError


class WebhookError(ServiceError):
    """Base of all refusals of this kind."""


class WebhookNotFound(WebhookError):
    """No webhook has this id, or it was removed."""

    def __init__(self, *, webhook_id: str) -> None:
        super().__init__(
            f"no webhook {webhook_id!r}; `packshot webhooks list` shows those there are"
        )
        self.webhook_id = webhook_id


class WebhookInvalid(WebhookError):
    """A webhook that cannot be made; `field` says where, `why` what to change."""

    def __init__(self, *, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class AddressRefused(ServiceError):
    """A URL that nothing is sent to."""

    def __init__(self, *, url: str, why: str) -> None:
        super().__init__(f"{url}: {why}")
        self.url = url
        self.why = why


class Unanswered(ServiceError):
    """A request that got no answer; the sentence says what happened."""
