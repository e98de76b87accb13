"""What the use cases of webhooks refuse.

::

    ServiceError
    └── WebhookError
        ├── WebhookNotFound   no webhook of this id
        └── WebhookInvalid    a webhook that cannot be made; `field` says where
"""

from __future__ import annotations

from studio.services.errors import ServiceError


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
