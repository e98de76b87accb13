"""A batch as server-sent events."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from typing import Final

import gpu
from studio.api.schemas.images import BatchOut, RowOut
from studio.services.gallery import all_rows
from studio.services.image_links import Addresses

POLL_S: Final = 0.5
KEEP_ALIVE_S: Final = 15.0
_UNFINISHED: Final = {gpu.JobState.QUEUED, gpu.JobState.RUNNING}


async def batch_events(
    queue: gpu.JobQueue, batch_id: str, *, addresses: Addresses, stopping: threading.Event
) -> AsyncIterator[str]:
    """Events until the batch is drained, or until the server stops."""
    last: BatchOut | None = None
    told: set[int] = set()
    spoke_s = time.monotonic()
    while not stopping.is_set():
        status = await asyncio.to_thread(queue.status, batch_id)
        counts = BatchOut.of(status)
        if counts != last:
            last, spoke_s = counts, time.monotonic()
            yield sse("status", counts.model_dump_json())
            for row in await asyncio.to_thread(_newly_finished, queue, batch_id, told):
                yield sse("row", RowOut.of(row, addresses).model_dump_json())
        if status.drained:
            yield sse("end", counts.model_dump_json())
            return
        if time.monotonic() - spoke_s > KEEP_ALIVE_S:
            spoke_s = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(POLL_S)
    yield sse("stopping", json.dumps({"detail": "the server stops; connect again"}))


def sse(event: str, data: str) -> str:
    r"""One server-sent event; `data` holds no line break.

    >>> sse("end", "{}")
    'event: end\ndata: {}\n\n'
    """
    return f"event: {event}\ndata: {data}\n\n"


def _newly_finished(queue: gpu.JobQueue, batch_id: str, told: set[int]) -> list[gpu.BatchRow]:
    """Finished rows that were not told of; they are told of now."""
    fresh = [
        row
        for row in all_rows(queue, batch_id)
        if row.state not in _UNFINISHED and row.number not in told
    ]
    told.update(row.number for row in fresh)
    return fresh
