"""`POST /v1/decide` in front of the framework, as fast as the server allows.

A plain request is decoded, admitted, decided and sent here, in some tens of microseconds. Whatever
is not plain (another path, a body that is no JSON of ours, a key not seen before, too many items)
is handed on as it came, body included, to the route that describes this path and answers the same:
errors are told in one place.

`studio.api.quick_protocol` asks it before there is an application's request at all; it stands in
front of the application too, for what only that can take: connections that end after the answer,
and traced requests. It stands before all middleware, so requests from pages, which carry an
`Origin`, are handed on as well. Quick answers stand in the counters, not one by one in the log.
"""

from __future__ import annotations

import re
import secrets
import time
from itertools import count
from typing import Any, Final

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.api.deciding import SafeFeed
from studio.api.gate import Gate
from studio.api.metrics import Metrics
from studio.services.feed import MAX_ITEMS

PATH: Final = "/v1/decide"
_GIVEN_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_JSON: Final = re.compile(rb"application/json\s*(?:;.*)?", re.IGNORECASE)
_TYPE_HEADER: Final = (b"content-type", b"application/json")


class _Asked(msgspec.Struct):
    """The body of a request; what `studio.api.schemas.feed.DecideIn` describes."""

    items: list[Any]
    unit: Any = None
    attributes: Any = None
    placement: Any = None
    preview: Any = None


class QuickDecide:
    """Answers plain requests for decisions, and hands all others on.

    Parameters
    ----------
        limit_bytes : of a body; larger ones are handed on, to be refused
    """

    path = PATH.encode()

    def __init__(
        self, app: ASGIApp, *, feed: SafeFeed, gate: Gate, metrics: Metrics, limit_bytes: int
    ) -> None:
        self.app = app
        self._feed = feed
        self._gate = gate
        self._metrics = metrics
        self.limit_bytes = limit_bytes
        self._decode = msgspec.json.Decoder(_Asked).decode
        self._prefix = secrets.token_hex(4).encode()
        self._numbers = count()
        self._answered = self._told = 0
        self._spent_s = self._told_s = 0.0
        metrics.draw_from(self._report)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope.get("path") != PATH or scope.get("method") != "POST":
            await self.app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if not self._is_plain(headers):
            await self.app(scope, receive, send)
            return
        message = await receive()
        if message.get("more_body", False):
            message = await _whole(message, receive)
        if message["type"] != "http.request":  # the client is gone
            return
        replied = self.reply(headers, message["body"])
        if replied is None:
            await self.app(scope, _again(message, receive), send)
            return
        request_id, content = replied
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    _TYPE_HEADER,
                    (b"content-length", b"%d" % len(content)),
                    (b"x-request-id", request_id),
                ],
            }
        )
        await send({"type": "http.response.body", "body": content})

    def reply(self, headers: dict[bytes, bytes], body: bytes) -> tuple[bytes, bytes] | None:
        """A request's id and the JSON of its answer; None for what the described route must answer.

        What is not answered has cost its key nothing.
        """
        began_s = time.perf_counter()
        if not self._is_plain(headers):
            return None
        try:
            asked = self._decode(body)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            return None
        if len(asked.items) > MAX_ITEMS or not self._gate.knows(headers, "decide"):
            return None
        content = self._feed.answer(
            asked.unit,
            asked.attributes,
            asked.items,
            placement=asked.placement,
            forced=asked.preview,
        )
        self._answered += 1
        self._spent_s += time.perf_counter() - began_s
        return self._request_id(headers), content

    def _is_plain(self, headers: dict[bytes, bytes]) -> bool:
        kind, length = headers.get(b"content-type", b""), headers.get(b"content-length", b"")
        return (
            (kind == b"application/json" or _JSON.fullmatch(kind) is not None)
            and length.isdigit()
            and int(length[:20]) <= self.limit_bytes
            and b"origin" not in headers  # pages of other sites are answered with more headers
        )

    def _request_id(self, headers: dict[bytes, bytes]) -> bytes:
        given = headers.get(b"x-request-id")
        if given is not None and _GIVEN_ID.fullmatch(given):
            return given
        return b"%b%08x" % (self._prefix, next(self._numbers))

    def _report(self) -> None:
        # Another thread than the server's: it reads what grows, and writes only its own numbers.
        answered, spent_s = self._answered, self._spent_s
        fresh, fresh_s = answered - self._told, spent_s - self._told_s
        self._told, self._told_s = answered, spent_s
        labels = {"method": "POST", "route": PATH}
        self._metrics.add("packshot_http_requests_total", fresh, status="200", **labels)
        self._metrics.add("packshot_http_request_seconds_sum", fresh_s, **labels)
        self._metrics.add("packshot_http_request_seconds_count", fresh, **labels)


async def _whole(message: Message, receive: Receive) -> Message:
    """A body that came in pieces, as one message; the client's going away instead."""
    body = bytearray(message["body"])
    while message.get("more_body", False):
        message = await receive()
        if message["type"] != "http.request":
            return message
        body += message.get("body", b"")
    return {"type": "http.request", "body": bytes(body), "more_body": False}


def _again(message: Message, receive: Receive) -> Receive:
    """A `receive` that gives a message once more, then what follows it."""
    unread = [message]

    async def replayed() -> Message:
        return unread.pop() if unread else await receive()

    return replayed
