"""Make images: enqueue batches of recipes, watch them, stop them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, StreamingResponse

import assets
import gpu
import pipelines
from studio.api.auth import Manager
from studio.api.problems import described
from studio.api.schemas.images import BatchIn, BatchOut, BatchPage, RecipeIn, RowOut, RowsQuery
from studio.api.services import Services, ServicesOf
from studio.api.stream import batch_events
from studio.services.manifest import coerce_params

router = APIRouter(prefix="/v1/batches", tags=["batches"])

_REFUSALS: Final = (pipelines.PipelineError, assets.AssetError)
BatchId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,128}$", examples=["5b1f0c2d9a7e"])]

_PAGE_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}
_EVENTS: Final = {"text/event-stream": {"schema": {"type": "string"}}}


@router.post(
    "",
    status_code=202,
    summary="Make images",
    responses=described(401, 403, 413, 422, 503),
)
def enqueue(services: ServicesOf, _key: Manager, wanted: BatchIn) -> BatchOut:
    """Queue recipes durably as one batch, whole or not at all.

    A recipe that was made before is not made again: its row is done at once. A recipe that cannot
    be made (an unknown source, a parameter out of range) is a refused row with its reason, and
    the others go on.
    """
    rows = [_row(services, number, recipe) for number, recipe in enumerate(wanted.recipes)]
    return BatchOut.of(services.images.submit(rows, name=wanted.name))


@router.get("", summary="List the newest batches", responses=described(401, 403, 422, 503))
def newest(
    services: ServicesOf, _key: Manager, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[BatchOut]:
    """List the newest batches first."""
    return [BatchOut.of(status) for status in services.images.queue.batches(limit=limit)]


@router.get(
    "/{batch}", summary="Where a batch stands", responses=described(401, 403, 404, 422, 503)
)
def status(
    services: ServicesOf, _key: Manager, batch: BatchId, page: Annotated[RowsQuery, Query()]
) -> BatchPage:
    """Show the counts of a batch and a page of its rows."""
    queue = services.images.queue
    counts = BatchOut.of(queue.status(batch))
    rows = queue.rows(batch, after=page.after, limit=page.limit) if page.limit else ()
    more = bool(rows) and len(rows) == page.limit
    addresses = services.image_links.at()
    return BatchPage(
        **counts.model_dump(),
        rows=[RowOut.of(row, addresses) for row in rows],
        next_after=rows[-1].number if more else None,
    )


@router.get(
    "/{batch}/stream",
    summary="Follow a batch",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `status` with the counts whenever they change, "
            "`row` with each row once it is finished, and `end` with the counts when no row "
            "waits or runs.",
            "content": _EVENTS,
        },
        **described(401, 403, 404, 422, 503),
    },
)
def stream(services: ServicesOf, _key: Manager, batch: BatchId) -> StreamingResponse:
    """Follow a batch as server-sent events until no row waits or runs."""
    services.images.queue.status(batch)
    events: AsyncIterator[str] = batch_events(
        services.images.queue,
        batch,
        addresses=services.image_links.at(),
        stopping=services.stopping,
    )
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


@router.get(
    "/{batch}/report",
    summary="A batch as a page",
    response_class=HTMLResponse,
    responses=described(401, 403, 404, 422, 503),
)
def report(
    services: ServicesOf, _key: Manager, batch: BatchId, page: Annotated[int, Query(ge=1)] = 1
) -> HTMLResponse:
    """Show what a batch made, failures first, with reasons and fixes; print it or pass it on."""
    return HTMLResponse(services.batch_page(batch, page), headers=_PAGE_HEADERS)


@router.post(
    "/{batch}/cancel", summary="Stop a batch", responses=described(401, 403, 404, 422, 503)
)
def cancel(services: ServicesOf, _key: Manager, batch: BatchId) -> BatchOut:
    """Stop what waits and ask what runs to stop; finished images are kept."""
    return BatchOut.of(services.images.queue.cancel(batch))


@router.post(
    "/{batch}/resume", summary="Go on with a batch", responses=described(401, 403, 404, 422, 503)
)
def resume(services: ServicesOf, _key: Manager, batch: BatchId) -> BatchOut:
    """Queue again what was cancelled or failed; finished images are not made again."""
    return BatchOut.of(services.images.queue.resume(batch))


def _row(services: Services, number: int, wanted: RecipeIn) -> gpu.RowSpec:
    images = services.images
    label = wanted.name or f"recipe {number}"
    try:
        images.store.record(wanted.source)
        recipe = images.recipes.complete(
            kind=wanted.kind,
            source=wanted.source,
            params=coerce_params(wanted.kind, wanted.params),
            seed=wanted.seed,
        )
    except _REFUSALS as fault:
        return gpu.RowSpec(number=number, label=label, failure=gpu.Failure.of(fault))
    return images.row(number, recipe, label=label)
