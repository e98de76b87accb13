import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.api import write_threads
from studio.api.write_threads import WriteThreads
from studio.db.engine import DatabaseFault
from studio.services.events import Events
from studio.services.tests import Tests
from tests.studio.serving import Served, serving

SOON_S = 0.05
EVENT = {"id": "e", "type": "click", "unit": "u", "item": "mug", "test": "t", "variant": "a"}


@contextmanager
def hanging() -> Iterator[tuple[threading.Event, Any]]:
    """Work that ends at the end of the block, or when it is told to."""
    go_on = threading.Event()
    try:
        yield go_on, lambda: go_on.wait(60)
    finally:
        go_on.set()


def test_work_is_done_with_its_result_or_its_fault() -> None:
    async def play() -> None:
        threads = WriteThreads(threads=1)
        assert await asyncio.gather(*(threads.run(lambda: 3) for _ in range(5))) == [3] * 5
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0)
        assert await threads.run(lambda: 4) == 4

    asyncio.run(play())


def test_whoever_waits_in_vain_is_told_and_the_others_at_once() -> None:
    async def play() -> None:
        threads = WriteThreads(threads=2, patience_s=SOON_S)
        with hanging() as (go_on, work):
            for answer in await asyncio.gather(
                *(threads.run(work) for _ in range(5)), return_exceptions=True
            ):
                assert isinstance(answer, DatabaseFault)
            # No thread is left, and none will be: whoever comes now need not wait to hear it.
            began = []
            with pytest.raises(DatabaseFault):
                await asyncio.wait_for(threads.run(lambda: began.append(1)), SOON_S / 2)
            go_on.set()
            async with asyncio.timeout(60):
                while await is_refused(threads):
                    pass
        assert not began
        assert await asyncio.gather(*(threads.run(lambda: 3) for _ in range(5))) == [3] * 5

    asyncio.run(play())


async def is_refused(threads: WriteThreads) -> bool:
    try:
        await threads.run(lambda: None)
    except DatabaseFault:
        await asyncio.sleep(0)
        return True
    return False


class TestServer:
    """A server whose database hangs when events are written."""

    @pytest.fixture
    def served(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
        monkeypatch.setattr(write_threads, "PATIENCE_S", SOON_S)
        with serving(tmp_path) as server, hanging() as (_, work):
            monkeypatch.setattr(Events, "_accept", lambda *_: work())
            yield server

    def test_refuses_events(self, served: Served) -> None:
        for headers in ({}, {"Content-Type": "application/x-ndjson"}):
            answer = served.client.post("/v1/events", json={"events": [EVENT]}, headers=headers)
            assert answer.status_code == 503
            assert answer.json()["type"] == "urn:packshot:problem:database-silent"
            assert float(answer.headers["Retry-After"]) > 0

    def test_gives_pages_their_pixel(self, served: Served) -> None:
        answer = served.client.get("/v1/p.gif", params=EVENT)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
        assert (
            'packshot_pixel_events_total{outcome="failed"} 1' in served.client.get("/metrics").text
        )


def test_shoppers_need_none_of_the_threads_that_others_wait_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decisions that are not plain, too: those of pages, which come with an `Origin`."""

    async def play(url: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            waiting = [asyncio.create_task(client.get("/v1/tests")) for _ in range(60)]
            page = {"Origin": "http://localhost:3000"}
            asked = {"unit": "u", "items": ["mug"]}
            while entered.acquire(blocking=False) is False:
                await asyncio.sleep(0)
            for _ in range(3):
                answer = await client.post("/v1/decide", json=asked, headers=page)
                assert answer.status_code == 200
            assert (await client.get("/readyz")).json()["ready"]
            assert not any(task.done() for task in waiting)
            go_on.set()
            assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}

    with serving(tmp_path) as server, hanging() as (go_on, work):
        entered = threading.Semaphore(0)

        def hang(_tests: Tests) -> tuple[()]:
            entered.release()
            work()
            return ()

        monkeypatch.setattr(Tests, "all", hang)
        asyncio.run(play(server.url))
