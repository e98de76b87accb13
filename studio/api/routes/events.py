"""What shoppers did: batches and streams of events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from studio.api.auth import Reporter
from studio.api.line_stream import grouped_lines
from studio.api.page_events import is_of_page, take_of_page
from studio.api.problems import described
from studio.api.room import Room
from studio.api.routes.feed import AsciiJson
from studio.api.schemas.feed import EventsIn, EventsOut
from studio.api.services import Services, ServicesOf
from studio.api.write_threads import WriteThreads
from studio.services.errors import EventsBusy
from studio.services.events import Events, Rejected, Taken

router = APIRouter(prefix="/v1", tags=["feed"])

STREAM_TYPES: Final = ("application/x-ndjson", "application/jsonl")
LINES_AT_ONCE: Final = 2_000
MOST_LISTED: Final = 1_000
"""Rejected lines of a stream that its answer names; the others are only counted."""
_ROOM: Final = Room(most_bytes=64 * 2**20)
"""Of this process: bodies that are read, checked or waiting for the disk."""

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/EventsIn"}},
            STREAM_TYPES[0]: {
                "schema": {"type": "string", "description": "One event a line, without end."}
            },
        },
    }
}


@router.post(
    "/events",
    summary="What shoppers did",
    response_model=EventsOut,
    responses=described(400, 401, 403, 413, 422, 429, 503),
    openapi_extra=_BODY,
)
async def take_events(request: Request, services: ServicesOf, _who: Reporter) -> Response:
    """Take impressions, clicks and conversions; answer once they are on disk.

    An event counts once, however often it is sent and in whatever order: on an error or a
    timeout, send the same events again. They are counted within seconds. A key of scope `public`
    sends at most 50 impressions and clicks at once, and no conversions.

    As `application/x-ndjson`, one event a line, a request may go on for as long as you like: it is
    read by pieces, and answered once at its end, with the number of each line that was rejected.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    of_page = is_of_page(request)
    threads: WriteThreads = request.app.state.write_threads
    if kind in STREAM_TYPES and not of_page:
        return await _take_stream(request, services, threads)
    with _ROOM.holding() as hold:
        body = await hold.read(request.stream())
        take = _take_page_body if of_page else _take_body
        taken = await threads.run(partial(take, services.events, body, kind))
    _note(services, taken, rejected=len(taken.rejected))
    return AsciiJson(_answer(taken.accepted, taken.duplicates, taken.rejected))


def _take_body(events: Events, body: bytes, kind: str) -> Taken:
    """Take a whole body: quickly where it is of the usual form, with words where it is not."""
    _require_json(kind)
    taken = events.accept_body(body)
    return events.accept(_listed(body)) if taken is None else taken


def _take_page_body(events: Events, body: bytes, kind: str) -> Taken:
    _require_json(kind)
    return take_of_page(events, _listed(body))


def _require_json(kind: str) -> None:
    if "json" not in kind and kind:
        raise RequestValidationError([{"type": "model_type", "loc": ("body",), "msg": ""}])


def _listed(body: bytes) -> list[Any]:
    try:
        return EventsIn.model_validate(json.loads(body)).events
    except json.JSONDecodeError as fault:
        raise _not_json(fault.msg, fault.pos) from fault
    except (UnicodeDecodeError, RecursionError) as fault:
        raise _not_json("it cannot be read as text of this depth", 0) from fault
    except ValidationError as fault:
        faults = [{**one, "loc": ("body", *one["loc"])} for one in fault.errors()]
        raise RequestValidationError(faults) from fault


def _not_json(why: str, position: int) -> RequestValidationError:
    fault = {"type": "json_invalid", "loc": ("body", position), "ctx": {"error": why}, "msg": why}
    return RequestValidationError([fault])


async def _take_stream(request: Request, services: Services, threads: WriteThreads) -> Response:
    accepted = duplicates = rejected = first = 0
    listed: list[Rejected] = []
    async for lines in grouped_lines(request.stream(), most=LINES_AT_ONCE):
        take = partial(services.events.accept_lines, lines, first=first + 1)
        taken = await _taken_in_time(take, threads)
        first += len(lines)
        accepted += taken.accepted
        duplicates += taken.duplicates
        rejected += len(taken.rejected)
        listed += taken.rejected[: MOST_LISTED - len(listed)]
        _note(services, taken, rejected=len(taken.rejected))
    answer = _answer(accepted, duplicates, listed)
    return AsciiJson({**answer, "rejected_total": rejected})


async def _taken_in_time(take: Callable[[], Taken], threads: WriteThreads) -> Taken:
    """Take some lines; while others are written first, the client's next lines wait unread."""
    while True:
        try:
            return await threads.run(take)
        except EventsBusy as busy:
            await asyncio.sleep(busy.retry_after_s)


def _answer(accepted: int, duplicates: int, rejected: Any) -> dict[str, Any]:
    return {
        "accepted": accepted,
        "duplicates": duplicates,
        "rejected": [_told(one) for one in rejected],
    }


def _told(rejected: Rejected) -> dict[str, Any]:
    told: dict[str, Any] = {"id": rejected.id, "why": rejected.why}
    return told if rejected.line is None else {**told, "line": rejected.line}


def _note(services: Services, taken: Taken, *, rejected: int) -> None:
    counts = {"accepted": taken.accepted, "duplicates": taken.duplicates, "rejected": rejected}
    for outcome, count in counts.items():
        services.metrics.add("packshot_events_total", count, outcome=outcome)
