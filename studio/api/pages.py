"""Requests that come from a shop's web pages: their key, their JSON, and other sites' right to ask.

A browser asks its server first before it sends JSON or an Authorization header to another site,
and `sendBeacon`, which outlives the page, can send neither. So a page's key stands in the address
(`?key=`) and its JSON comes as plain text. Addresses end up in logs and histories: only a key of
scope `public`, which stands in the page for everybody to read anyway, is taken from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.services.key_secrets import is_public

PATHS: Final = frozenset({"/v1/decide", "/v1/events"})
"""What pages may ask for from other sites; everything else is for the server's own."""
_ASK_AGAIN_S: Final = 7200
_JSON: Final = (b"content-type", b"application/json")


class PageRequests:
    """Makes requests of pages look like all others, and lets the pages of named sites ask.

    Parameters
    ----------
        origins : sites whose pages may read answers, as https://shop.example; "*" for all
    """

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        self.app = app
        self._shared = app
        if origins:
            self._shared = CORSMiddleware(
                app,
                allow_origins=list(origins),
                allow_methods=["POST"],
                allow_headers=["Authorization", "Content-Type"],
                max_age=_ASK_AGAIN_S,
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        plain = headers.get(b"content-type", b"").startswith(b"text/plain")
        secret = page_secret(scope["query_string"])
        if plain or secret:
            scope = {**scope, "headers": _usual(scope["headers"], plain=plain, secret=secret)}
        await (self._shared if b"origin" in headers else self.app)(scope, receive, send)


def page_secret(query: bytes) -> str | None:
    """The public key in an address; None where there is none, or one that must not stand there.

    >>> page_secret(b"key=packshotpublic_k1_abc"), page_secret(b"key=packshot_k1_abc")
    ('packshotpublic_k1_abc', None)
    """
    if b"key=" not in query:
        return None
    secret = parse_qs(query.decode("latin-1")).get("key", [""])[0]
    return secret if is_public(secret) else None


def _usual(
    headers: list[tuple[bytes, bytes]], *, plain: bool, secret: str | None
) -> list[tuple[bytes, bytes]]:
    names = {name for name, _ in headers}
    usual = [pair for pair in headers if not (plain and pair[0] == b"content-type")]
    if plain:
        usual.append(_JSON)
    if secret is not None and b"authorization" not in names:
        usual.append((b"authorization", f"Bearer {secret}".encode("latin-1", "replace")))
    return usual
