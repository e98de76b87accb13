"""What happens around every request: an id, a limit on the body, a log event, counters.

Plain ASGI, so that streams pass through unbuffered.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import quote

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.api.errors import BodyTooLarge, unforeseen_answer
from studio.api.metrics import Metrics
from studio.api.services import WORLD, Services

_LOG = structlog.get_logger("studio.api")
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
REQUEST_ID_HEADER: Final = "X-Request-ID"
CLIENT_GONE: Final = 499
"""What is logged and counted of a request whose client left in the midst of it, as nginx does."""


class RequestLog:
    """Gives each request an id, logs its end with status and time, and counts it.

    The id is the client's own `X-Request-ID` where it sent a plain one. Whatever an inner layer
    raises ends here as a problem document: a client never sees a traceback or a cut connection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under an id."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        began_s, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        services: Services = scope[WORLD].services
        named = {"tenant": services.tenant} if services.tenant else {}
        with structlog.contextvars.bound_contextvars(request_id=request_id, **named):
            try:
                await self.app(scope, receive, send_with_id)
            except ClientDisconnect:
                status = status or CLIENT_GONE
            except Exception as error:  # noqa: BLE001 - a request's outermost loop
                if status == 0:
                    answer = unforeseen_answer(
                        error, path=quote(scope["path"]), request_id=request_id
                    )
                    await answer(scope, receive, send_with_id)
                if status >= 500:
                    _LOG.exception("request_failed", path=scope["path"])
            finally:
                elapsed_s = time.perf_counter() - began_s
                _record(services.metrics, scope, status=status, elapsed_s=elapsed_s)


class BodyLimit:
    """Refuses bodies above a limit, whether they announce their length or not.

    Parameters
    ----------
        limits : path prefix to bytes; the longest prefix that fits decides
        default_bytes : for all other paths
        streams : path to media types that it reads by pieces, in constant memory: these may go on
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: dict[str, int],
        default_bytes: int,
        streams: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self.app = app
        self._streams = streams or {}
        self._limits = sorted(limits.items(), key=lambda item: -len(item[0]))
        self._default_bytes = default_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what is read of its body. Raises BodyTooLarge."""
        if scope["type"] != "http" or self._is_stream(scope):
            await self.app(scope, receive, send)
            return
        limit_bytes = self._limit_of(scope["path"])
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > limit_bytes:
            raise BodyTooLarge(limit_bytes=limit_bytes)
        read_bytes = 0

        async def counted() -> Message:
            nonlocal read_bytes
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > limit_bytes:
                raise BodyTooLarge(limit_bytes=limit_bytes)
            return message

        await self.app(scope, counted, send)

    def _is_stream(self, scope: Scope) -> bool:
        types = self._streams.get(scope["path"])
        if types is None:
            return False
        return Headers(scope=scope).get("content-type", "").partition(";")[0].strip() in types

    def _limit_of(self, path: str) -> int:
        for prefix, limit_bytes in self._limits:
            if path.startswith(prefix):
                return limit_bytes
        return self._default_bytes


def _record(metrics: Metrics, scope: Scope, *, status: int, elapsed_s: float) -> None:
    """Count a request, for the tenant that it is of, and log its end."""
    route = _route_of(scope)
    labels = {"method": scope["method"], "route": route}
    metrics.add("packshot_http_requests_total", status=str(status), **labels)
    metrics.add("packshot_http_request_seconds_sum", elapsed_s, **labels)
    metrics.add("packshot_http_request_seconds_count", **labels)
    _LOG.info(
        "request",
        method=scope["method"],
        route=route,
        status=status,
        elapsed_s=round(elapsed_s, 6),
        who=scope.get("state", {}).get("who"),
    )


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
    return given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex[:16]


def _route_of(scope: Scope) -> str:
    """The path as it was declared, so that counters do not grow with every digest."""
    return str(getattr(scope.get("route"), "path", "unknown"))
