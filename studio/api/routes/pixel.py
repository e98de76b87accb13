"""Impressions without a script: an image of one pixel, for mails and plain pages."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any, Final

import structlog
from fastapi import APIRouter, Request, Response

from studio.api.errors import status_of
from studio.api.gate import Gate
from studio.api.pages import page_secret
from studio.api.services import WORLD, Services, ServicesOf
from studio.api.write_threads import WriteThreads

_LOG = structlog.get_logger("studio.api")

router = APIRouter(prefix="/v1", tags=["feed"])

GIF: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
"""One transparent pixel, in the 43 bytes that such an image takes."""
_TEXTS: Final = ("id", "unit", "item", "test", "variant", "segment", "snapshot", "ts")
_NUMBERS: Final = ("ts", "propensity")
_HEADERS: Final = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "cross-origin"}


def _parameter(name: str, what: str, *, needed: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": needed,
        "description": what,
        "schema": {"type": "string"},
    }


_DESCRIBED: Final = [
    _parameter("id", "Unique; makes the impression count once.", needed=True),
    _parameter("unit", "Whose view it was.", needed=True),
    _parameter("test", "Of the decision.", needed=True),
    _parameter("variant", "Of the decision.", needed=True),
    _parameter("segment", "Of the decision; left out: everyone."),
    _parameter("item", "Checked against the test's."),
    _parameter("ts", "Seconds since the epoch or ISO 8601; left out: now."),
    _parameter("propensity", "Of the decision."),
    _parameter("snapshot", "Of the decision."),
    _parameter("key", "A key of scope public; none where the server runs open."),
]


@router.get(
    "/p.gif",
    summary="An impression by an image",
    response_class=Response,
    responses={200: {"description": "Always a GIF of one pixel.", "content": {"image/gif": {}}}},
    openapi_extra={"parameters": _DESCRIBED},
)
async def pixel(request: Request, services: ServicesOf) -> Response:
    """Take an impression, and answer with an image of one transparent pixel whatever comes of it.

    What is refused is only counted, in `packshot_pixel_events_total`: nobody reads a picture's
    errors. A shop that can run a script sends its impressions to `/v1/events`.
    """
    outcome = await _taken(request, services)
    services.metrics.add("packshot_pixel_events_total", outcome=outcome)
    return Response(GIF, media_type="image/gif", headers=_HEADERS)


async def _taken(request: Request, services: Services) -> str:
    """What became of the impression: accepted, duplicate, rejected, or why it was not looked at."""
    gate: Gate = request.scope[WORLD].gate
    threads: WriteThreads = request.app.state.write_threads
    try:
        request.state.who = await gate.admit(request, _secret_of(request), "events")
        event = event_of(request)
        taken = await threads.run(partial(services.events.accept, [event]))
    except Exception as fault:  # noqa: BLE001 - a page must have its picture, whatever is wrong
        if status_of(fault) == 500:
            _LOG.exception("pixel_failed")
        return "refused" if status_of(fault) < 500 else "failed"
    if taken.rejected:
        return "rejected"
    return "accepted" if taken.accepted else "duplicate"


def _secret_of(request: Request) -> str | None:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and secret:
        return secret
    return page_secret(request.scope["query_string"])


def event_of(request: Request) -> dict[str, object]:
    """The impression that an address tells of."""
    given = request.query_params
    event: dict[str, object] = {name: given[name] for name in _TEXTS if name in given}
    for name in _NUMBERS:
        if name in given:
            event[name] = _number(given[name])
    return {**event, "type": "impression", "agent": request.headers.get("user-agent", "")}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
