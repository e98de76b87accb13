"""The snapshot for clients that decide by themselves: fetched once, then followed."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from studio.api.auth import Follower
from studio.api.documents import Documents, DocumentsOf
from studio.api.problems import described
from studio.api.services import ServicesOf
from studio.api.stream import sse

router = APIRouter(prefix="/v1/snapshot", tags=["feed"])

LOOK_S: Final = 0.25
"""How often a stream looks whether the snapshot was swapped."""
KEEP_ALIVE_S: Final = 15.0
_NO_SNAPSHOT: Final = "none"
_CACHING: Final = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Authorization"}


@router.get(
    "",
    summary="All live tests",
    response_class=Response,
    responses={
        200: {
            "description": "The snapshot as JSON; `studio.client` reads it.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        304: {"description": "It is the one that If-None-Match names."},
        **described(401, 403, 422, 503),
    },
)
async def snapshot(
    documents: DocumentsOf,
    _who: Follower,
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """Give all live tests and promotions, for clients that decide by themselves.

    The ETag changes with what is decided and with nothing else, and is the same on every server.
    """
    if documents.snapshot.version == _NO_SNAPSHOT:
        raise HTTPException(503, "no snapshot was built yet; try again", {"Retry-After": "1"})
    document = await documents.current()
    headers = {**_CACHING, "ETag": document.etag}
    if document.matches(if_none_match):
        return Response(status_code=304, headers=headers)
    if not takes_gzip(accept_encoding):
        return Response(document.plain, media_type="application/json", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(document.packed, media_type="application/json", headers=headers)


@router.get(
    "/stream",
    summary="Follow changes of the live tests",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `snapshot` with `version` and `etag`, at once and "
            "whenever `/v1/snapshot` changes, and `stopping` when the server ends. A comment "
            "every 15 s says that it is still there.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **described(401, 403, 503),
    },
)
async def follow(services: ServicesOf, documents: DocumentsOf, _who: Follower) -> StreamingResponse:
    """Tell the version of the snapshot, and each change of it within a second."""
    return StreamingResponse(
        snapshot_events(documents, stopping=services.stopping),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def snapshot_events(documents: Documents, *, stopping: threading.Event) -> AsyncIterator[str]:
    """Events until the server stops."""
    told, seen = "", None
    spoke_s = time.monotonic()
    yield ": packshot\n\n"
    while not stopping.is_set():
        current = documents.snapshot
        if current is not seen and current.version != _NO_SNAPSHOT:
            document, seen = await documents.current(), current
            if document.etag != told:
                told, spoke_s = document.etag, time.monotonic()
                yield sse("snapshot", json.dumps({"version": document.version, "etag": told}))
        if time.monotonic() - spoke_s > KEEP_ALIVE_S:
            spoke_s = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_S)
    yield sse("stopping", json.dumps({"detail": "the server stops; connect again"}))


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding allows gzip.

    >>> [takes_gzip(text) for text in ("gzip", "br, gzip;q=0.5", "*", "br", "gzip;q=0", "")]
    [True, True, True, False, False, False]
    """
    for part in accepted.lower().split(","):
        name, _, quality = part.replace(" ", "").partition(";q=")
        if name in ("gzip", "*"):
            return quality.strip("0.") != "" or not quality
    return False
