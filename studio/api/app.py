"""The HTTP application: routes, error answers, description."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any, Final, TypeAlias

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.api import quick
from studio.api.background import working
from studio.api.deciding import SafeFeed
from studio.api.documents import Documents
from studio.api.errors import add_error_handlers
from studio.api.gate import Gate
from studio.api.middleware import BodyLimit, RequestLog
from studio.api.pages import PageRequests
from studio.api.pictures import PictureThreads
from studio.api.problems import Problem
from studio.api.quick import QuickDecide
from studio.api.routes import (
    assets,
    audit,
    batches,
    events,
    feed,
    ofrep,
    operations,
    pixel,
    snapshot,
    snippet,
    templates,
    tests,
    traffic,
    webhooks,
)
from studio.api.schemas.feed import EventsIn
from studio.api.services import Services
from studio.api.tracing import is_traced, traced
from studio.api.worlds import Door, World
from studio.api.write_threads import WriteThreads

Beside: TypeAlias = Callable[[Services], AbstractContextManager[None]]
"""What a process does besides answering, for as long as the block lasts."""

_MULTIPART_BYTES: Final = 64 * 2**10
"""What the wrapping of an uploaded file may add to it."""
_BODY_LIMITS: Final = {
    "/v1/batches": 16 * 2**20,
    "/v1/events": 16 * 2**20,
    "/v1/decide": 256 * 2**10,
}
_DEFAULT_BODY_BYTES: Final = 2**20
_ROUTERS: Final = (
    assets.router,
    batches.router,
    templates.router,
    tests.router,
    traffic.router,
    webhooks.router,
    audit.router,
    feed.router,
    events.router,
    snapshot.router,
    pixel.router,
    snippet.router,
    ofrep.router,
    operations.router,
    assets.unserved,
)
"""In the order in which the description lists them."""
_DESCRIPTION: Final = """\
Make product images and find out which of them sell.

**Designers** upload photos to `/v1/assets` and queue recipes at `/v1/batches`. **Merchants** put
images to a test at `/v1/tests`. A **feed** asks `/v1/decide` which image to show to whom, and
tells `/v1/events` what shoppers did.

Every error is a problem document (RFC 9457, `application/problem+json`): `type` names its kind
for programs, `detail` says what happened and how to put it right. Times are seconds since the
epoch.
"""


class _App(FastAPI):
    """An application with a door of its own before all that the framework does.

    Of a plain decision, the framework's own way in would be a fourth of the time.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.front: ASGIApp = super().__call__

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in by the door."""
        await self.front(scope, receive, send)


def create_app(services: Services, *, loopback: bool, beside: Beside = working) -> FastAPI:
    """Build the application.

    Parameters
    ----------
        beside   : runs as long as the application: all the background work, or what another
                   process leaves to do
        loopback : the server can be reached only from its own machine; it then runs open until a
                   key is created
    """
    app = _App(
        title="Packshot",
        version=version("packshot"),
        description=_DESCRIPTION,
        lifespan=_lifespan(beside, services),
        redoc_url=None,
        # The framework's own spans would stand beside ours, know nothing of quick decisions, and
        # hold the whole query, in which an image's address may bear a key.
        telemetry={"tracing": False, "logs": False},
    )
    app.state.write_threads = WriteThreads()
    app.state.picture_threads = PictureThreads()
    _limit_bodies(app, services)
    app.add_middleware(RequestLog)
    _put_door(app, services, loopback=loopback)
    app.add_middleware(PageRequests, origins=services.cors_origins)
    add_error_handlers(app)
    for router in _ROUTERS:
        app.include_router(router)
    _describe_problems(app)
    return app


def _limit_bodies(app: FastAPI, services: Services) -> None:
    upload_bytes = services.images.store.limits.max_bytes + _MULTIPART_BYTES
    app.add_middleware(
        BodyLimit,
        limits={"/v1/assets": upload_bytes, **_BODY_LIMITS},
        default_bytes=_DEFAULT_BODY_BYTES,
        streams={"/v1/events": events.STREAM_TYPES},
    )


def _put_door(app: _App, services: Services, *, loopback: bool) -> None:
    """Let every request in by what says whose it is, and traces it where something listens."""
    seen = is_traced()
    world = partial(
        _world,
        app.front if seen else traced(app.front, early=quick.PATH),
        loopback=loopback,
    )
    door = Door(world(services), build=world)
    app.state.quick = None if seen else door
    app.front = traced(door, early=quick.PATH) if seen else door


def _world(inner: ASGIApp, services: Services, *, loopback: bool) -> World:
    """What a tenant has: a gate for their own keys, the feed of their own tests."""
    gate = Gate(
        services.keys,
        loopback=loopback and not services.tenant,
        away=services.recheck is not None,
        tenant=services.tenant,
        closed=() if services.tenancy is None else services.tenancy.closed,
    )
    safe_feed = SafeFeed(services.feed, metrics=services.metrics)
    return World(
        services=services,
        gate=gate,
        safe_feed=safe_feed,
        documents=Documents(services.feed),
        quick=QuickDecide(
            inner,
            feed=safe_feed,
            gate=gate,
            metrics=services.metrics,
            limit_bytes=_BODY_LIMITS["/v1/decide"],
        ),
    )


def _lifespan(
    beside: Beside, services: Services
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        with beside(services):
            yield

    return lifespan


def _describe_problems(app: FastAPI) -> None:
    """Let the description say what error answers really look like."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            schemas = schema["components"]["schemas"]
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem.pop("$defs", {}))
            schemas["Problem"] = problem
            # Its route reads the body itself, so that the framework does not know of it.
            schemas["EventsIn"] = EventsIn.model_json_schema()
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]
