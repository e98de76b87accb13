"""The door: whose request this is, found before anything else looks at it.

A key says in its text which tenant it is of. So a request is led to that tenant's world (services,
keys, snapshot, counters) before any route, and the route knows of no other. What the text says is
proved in that world alone: its own keys are asked, so that a text which lies opens nothing.

Requests without a key are of the installation itself, but for images: a shop shows them to
shoppers, under `/of/NAME/v1/assets/DIGEST`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive, Scope, Send

from studio.api.deciding import SafeFeed
from studio.api.documents import Documents
from studio.api.gate import Gate
from studio.api.pages import page_secret
from studio.api.quick import QuickDecide
from studio.api.services import WORLD, Services
from studio.services.key_secrets import tenant_of

IMAGES_OF: Final = "/of/"
_ASSETS: Final = "v1/assets/"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What one tenant has in this process; empty: the installation itself."""

    services: Services
    gate: Gate
    safe_feed: SafeFeed
    documents: Documents
    quick: QuickDecide


class Door:
    """Leads each request to the world that it is of.

    Parameters
    ----------
        root  : the installation's own world
        build : makes a world of a tenant's services
    """

    def __init__(self, root: World, *, build: Callable[[Services], World]) -> None:
        self.root = root
        self._build = build
        self._built: dict[str, World] = {}
        self.path = root.quick.path
        self.limit_bytes = root.quick.limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in."""
        if scope["type"] == "http":
            world, scope = self._entered(scope)
            scope[WORLD] = world
            await world.quick(scope, receive, send)
        else:
            await self.root.quick(scope, receive, send)

    def reply(self, headers: dict[bytes, bytes], body: bytes) -> tuple[bytes, bytes] | None:
        """Answer a plain request for decisions in the world of its key, see `QuickDecide.reply`."""
        world = self.root
        if self._tenants:
            secret = _bearer(headers.get(b"authorization", b""))
            name = "" if secret is None else tenant_of(secret)
            if name:
                named = self._world(name)
                if named is None:
                    return None
                world = named
        return world.quick.reply(headers, body)

    @property
    def _tenants(self) -> Mapping[str, Services]:
        tenancy = self.root.services.tenancy
        return {} if tenancy is None else tenancy.services

    def _world(self, name: str) -> World | None:
        """A tenant's world; None where there is no such tenant."""
        services = self._tenants.get(name)
        if services is None:
            self._built.pop(name, None)
            return None
        world = self._built.get(name)
        if world is None or world.services is not services:
            world = self._built[name] = self._build(services)
        return world

    def _entered(self, scope: Scope) -> tuple[World, Scope]:
        """The world of a request, and the request as that world knows it."""
        if not self._tenants:
            return self.root, scope
        secret = _secret_of(scope)
        name = "" if secret is None else tenant_of(secret)
        path: str = scope["path"]
        if path.startswith(IMAGES_OF):
            owner, _, rest = path.removeprefix(IMAGES_OF).partition("/")
            world = self._world(owner)
            # A key of somebody else's sees nothing here that it would not see at home.
            if world is not None and rest.startswith(_ASSETS) and name in ("", owner):
                return world, {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}
        # A tenant that is not here is refused by the installation's own gate, which knows that the
        # key is none of its own.
        return self._world(name) or self.root, scope


def _secret_of(scope: Scope) -> str | None:
    """The key that a request bears, in whichever of the places where one may stand."""
    elsewhere: str | None = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            secret = _bearer(value)
            if secret is not None:
                return secret
        elif name == b"x-api-key":
            elsewhere = value.decode("latin-1")
    return elsewhere or page_secret(scope["query_string"])


def _bearer(header: bytes) -> str | None:
    kind, _, secret = header.decode("latin-1").partition(" ")
    return secret.strip() if kind.lower() == "bearer" and secret else None
