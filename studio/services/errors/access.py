"""Refusals of keys, and of who has none or another."""

from __future__ import annotations

from typing import Literal

from studio.services.errors.base import ServiceError
from studio.services.errors.experiments import ExperimentError


class ScopeUnknown(ExperimentError):
    """A scope that does not exist."""

    def __init__(self, *, scope: str, scopes: tuple[str, ...]) -> None:
        super().__init__(f"no scope {scope!r}; choose from {', '.join(scopes)}")
        self.scope = scope
        self.scopes = scopes


class KeyNotFound(ExperimentError):
    """No key has this id."""

    def __init__(self, *, key_id: str) -> None:
        super().__init__(f"no key {key_id!r}; `packshot keys list` shows the keys there are")
        self.key_id = key_id


class KeyRevoked(ExperimentError):
    """What was asked for needs a key in force."""

    def __init__(self, *, key_id: str) -> None:
        super().__init__(f"key {key_id} is revoked; `packshot keys create` makes a new one")
        self.key_id = key_id


class AccessRefused(ExperimentError):
    """The caller may not do this."""


class KeyRefused(AccessRefused):
    """The secret belongs to no key in force."""

    def __init__(self) -> None:
        super().__init__("this key is unknown or revoked; `packshot keys create` makes a new one")


class RateExceeded(AccessRefused):
    """More requests under a key than it was made for."""

    def __init__(self, *, key_id: str, per_s: float, retry_after_s: float) -> None:
        super().__init__(
            f"key {key_id} may ask {per_s:g} times a second; try again in {retry_after_s:.2g} s, "
            "or have its operator make one with a higher --rate"
        )
        self.key_id = key_id
        self.per_s = per_s
        self.retry_after_s = retry_after_s


class ScopeMissing(AccessRefused):
    """The key is in force, but not for this."""

    def __init__(self, *, key_id: str, scope: str, scopes: tuple[str, ...]) -> None:
        super().__init__(
            f"key {key_id} has the scopes {', '.join(scopes)}, this needs {scope!r}; "
            f"create a key with --scope {scope}"
        )
        self.key_id = key_id
        self.scope = scope
        self.scopes = scopes


class ImageLinkRefused(ServiceError):
    """An image was asked for under an address that does not open it.

    Parameters
    ----------
        why : "unsigned", "altered" or "expired"
    """

    def __init__(self, *, why: Literal["unsigned", "altered", "expired"]) -> None:
        super().__init__(
            f"this image's address is {why}; ask /v1/decide for one of now, or send a key of scope "
            "'manage'"
        )
        self.why = why
