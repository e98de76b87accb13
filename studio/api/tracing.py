"""A span for each request, where OpenTelemetry's API is installed.

What becomes of spans is said by whoever starts the process, as with any traced program: a tracer
provider that is set before the application is built, by `opentelemetry-instrument packshot serve`
for one. Without the package nothing is put around the application; with it and no provider, the
quick path of decisions stays as it is.

References
----------
    https://opentelemetry.io/docs/specs/semconv/http/http-spans/
    https://www.w3.org/TR/trace-context/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"}
)
"""Others may be any word, and names of spans must be few."""


def is_traced() -> bool:
    """Whether a tracer provider is set, so that spans go somewhere."""
    try:
        from opentelemetry import trace
    except ImportError:
        return False
    quiet = (trace.ProxyTracerProvider, trace.NoOpTracerProvider)
    return not isinstance(trace.get_tracer_provider(), quiet)


def traced(app: ASGIApp, *, early: str) -> ASGIApp:
    """The application with a span around each request; itself where the package is missing.

    Parameters
    ----------
        early : the one path that may be answered before the framework says which route it is
    """
    try:
        from opentelemetry import trace  # noqa: F401 - only whether it is there
    except ImportError:
        return app
    return Spans(app, early=early)


class Spans:
    """Puts a span around each request, as the child of the one that its headers name."""

    def __init__(self, app: ASGIApp, *, early: str) -> None:
        from opentelemetry import propagate, trace

        self.app = app
        self._early = early
        self._tracer = trace.get_tracer("packshot")
        self._kind = trace.SpanKind.SERVER
        self._failed = trace.Status(trace.StatusCode.ERROR)
        self._extract = propagate.extract

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on within a span."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._tracer.start_as_current_span(
            _method_of(scope),
            context=self._extract(_texts_of(scope)),
            kind=self._kind,
            attributes=_asked(scope),
        ) as span:
            try:
                await self.app(scope, receive, heard)
            finally:
                self._tell(span, scope, status)

    def _tell(self, span: Span, scope: Scope, status: int) -> None:
        """Say which route it was, and what became of it."""
        route = getattr(scope.get("route"), "path", None)
        if route is None and scope["path"] == self._early:
            route = self._early
        if route is not None:
            span.update_name(f"{_method_of(scope)} {route}")
            span.set_attribute("http.route", route)
        if status:  # none was sent to a client that went away
            span.set_attribute("http.response.status_code", status)
        if status >= 500:
            span.set_attribute("error.type", str(status))
            span.set_status(self._failed)


def _method_of(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in _METHODS else "HTTP"


def _texts_of(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _asked(scope: Scope) -> dict[str, Any]:
    """What is known at the start. Not the query: an image's address may hold a key there."""
    method: str = scope["method"]
    return {
        "http.request.method": method if method in _METHODS else "_OTHER",
        "url.path": scope["path"],
        "url.scheme": scope.get("scheme", "http"),
    }
