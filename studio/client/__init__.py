"""The client of a shop's own servers: decides by itself, and reports what shoppers do.

::

    from studio.client import Client

    with Client("https://images.shop.example", key=KEY, home=Path("/var/lib/shop")) as client:
        shown = client.show("shopper-7", {"country": "DE"}, ["mug", "shoe"])
        shown["mug"].image

It imports neither numpy nor torch nor a web framework. `AsyncClient` is the same on asyncio; both
perform the plans of one core (`messages.Plan`), which knows no sockets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.client.answers import Tally
from studio.client.choices import Choice, Choices
from studio.client.core import Health
from studio.client.errors import (
    ClientError,
    KeyRefused,
    OptionsInvalid,
    ServerUnsuitable,
    UrlInvalid,
)
from studio.client.ids import event_id
from studio.client.options import Options

if TYPE_CHECKING:
    from studio.client.tasks import AsyncClient
    from studio.client.threads import Client

__all__ = [
    "AsyncClient",
    "Choice",
    "Choices",
    "Client",
    "ClientError",
    "Health",
    "KeyRefused",
    "Options",
    "OptionsInvalid",
    "ServerUnsuitable",
    "Tally",
    "UrlInvalid",
    "event_id",
]


def __getattr__(name: str) -> Any:
    """Import the face that is used, and not the other: asyncio takes as long as all the rest."""
    if name == "AsyncClient":
        from studio.client.tasks import AsyncClient

        return AsyncClient
    if name == "Client":
        from studio.client.threads import Client

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
