"""The snapshot over HTTP: fetched once, unchanged as long as nothing changes, and followed."""

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from abtest import Snapshot
from studio.api.documents import Documents
from studio.api.routes.snapshot import snapshot_events
from studio.db.engine import Engine
from studio.services.feed import Feed
from studio.services.tests import NewTest, Tests
from tests.studio.serving import Served, make_services, serving

MUG = {
    "item": "mug",
    "variants": [{"name": "a", "image": "a.webp"}, {"name": "b", "image": "b.webp"}],
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        test = server.client.post("/v1/tests", json=MUG).json()["id"]
        server.client.post(f"/v1/tests/{test}/start")
        server.services.feed.refresh()
        yield server


def test_what_is_fetched_decides_as_the_server_does(served: Served) -> None:
    answer = served.client.get("/v1/snapshot")
    assert answer.status_code == 200
    here = Snapshot.from_dict(answer.json())
    assert here.version == served.services.feed.version
    units = [f"s{n}" for n in range(20)]
    there = [
        served.client.post("/v1/decide", json={"unit": unit, "items": ["mug"]}).json()["decisions"][
            0
        ]["variant"]
        for unit in units
    ]
    assert [here.decide(unit, {}, "mug").variant for unit in units] == there
    assert set(there) == {"a", "b"}


def test_an_etag_spares_the_answer(served: Served) -> None:
    first = served.client.get("/v1/snapshot")
    again = served.client.get("/v1/snapshot", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = served.client.get("/v1/snapshot", headers={"If-None-Match": '"another"'})
    assert other.status_code == 200


def test_it_is_packed_for_who_can_unpack(served: Served) -> None:
    answers = {}
    for accepted in ("identity", "gzip"):
        with served.client.stream(
            "GET", "/v1/snapshot", headers={"Accept-Encoding": accepted}
        ) as answer:
            raw = b"".join(answer.iter_raw())
            answers[accepted] = (answer.headers.get("content-encoding"), raw)
            assert "Accept-Encoding" in answer.headers["vary"]
    plain, packed = answers["identity"], answers["gzip"]
    assert (plain[0], packed[0]) == (None, "gzip")
    assert gzip.decompress(packed[1]) == plain[1]


def test_replicas_give_one_etag_whenever_they_were_built(
    engine: Engine, tests: Tests, mug: NewTest, feed: Feed, tmp_path: Path, clock: Any
) -> None:
    tests.start(tests.create(mug, who="m").id, who="m")
    feed.refresh()
    clock.pass_days(1)
    replica = Feed(feed._builder._engine, clock=clock, file=tmp_path / "replica.json")
    replica.refresh()
    assert feed.document() != replica.document()

    async def etags() -> list[str]:
        return [(await Documents(one).current()).etag for one in (feed, replica)]

    first, second = asyncio.run(etags())
    assert first == second


def test_without_a_snapshot_it_says_to_come_again(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        feed = server.services.feed
        feed._snapshot = feed._empty()
        feed.refresh = lambda: "failed"  # type: ignore[method-assign]
        answer = server.client.get("/v1/snapshot")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["type"] == "urn:packshot:problem:service-unavailable"


class Told:
    """The events of a stream, one at a time."""

    def __init__(self, chunks: AsyncIterator[str]) -> None:
        self._chunks = chunks

    async def next(self) -> tuple[str, dict[str, Any]]:
        async for chunk in self._chunks:
            if chunk.startswith("event: "):
                name, data = chunk.strip().split("\n")
                return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))
        return "", {}


def test_a_stream_tells_each_change_and_the_end(tests: Tests, mug: NewTest, feed: Feed) -> None:
    stopping = threading.Event()

    async def follow() -> list[tuple[str, dict[str, Any]]]:
        documents = Documents(feed)
        told = Told(snapshot_events(documents, stopping=stopping))
        feed.refresh()
        first = await told.next()
        tests.start(tests.create(mug, who="m").id, who="m")
        feed.refresh()
        second = await told.next()
        assert second[1]["etag"] == (await documents.current()).etag
        stopping.set()
        return [first, second, await told.next()]

    first, second, last = asyncio.run(follow())
    assert (first[0], second[0], last[0]) == ("snapshot", "snapshot", "stopping")
    assert second[1]["version"] == feed.version
    assert first[1]["etag"] != second[1]["etag"]


def test_the_stream_is_served(served: Served) -> None:
    with served.client.stream("GET", "/v1/snapshot/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        data = next(line for line in lines if line.startswith("data: "))
    told = json.loads(data.removeprefix("data: "))
    assert told["version"] == served.services.feed.version
    assert told["etag"] == served.client.get("/v1/snapshot").headers["etag"]


def test_a_stored_snapshot_is_given_while_the_database_is_away(tmp_path: Path) -> None:
    """A server that starts without its database, but with the file of its last snapshot."""
    with serving(tmp_path) as server:
        server.services.feed.refresh()
    services = make_services(tmp_path)
    assert (
        asyncio.run(Documents(services.feed).current()).version == services.feed.version != "none"
    )
