"""Events over HTTP: streams of lines, back-pressure, and a disk that is full."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from studio.api.line_stream import MAX_LINE_BYTES
from studio.api.routes import events as route
from studio.services.errors import EventsBusy
from studio.services.group_commit import GroupCommit
from tests.studio.serving import Served, serving

NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        variants = [{"name": "a", "image": "a.webp"}, {"name": "b", "image": "b.webp"}]
        made = server.client.post("/v1/tests", json={"item": "mug", "variants": variants})
        server.client.post(f"/v1/tests/{made.json()['id']}/start")
        yield server


def event(served: Served, number: int, **more: object) -> dict[str, object]:
    test = served.services.tests.all()[0].id
    unit = f"u{number}"
    return {
        "id": f"e{number}", "type": "impression", "unit": unit, "test": test, "variant": "a", **more
    }  # fmt: skip


def shown(served: Served, test: str) -> int:
    results = served.client.get(f"/v1/tests/{test}/results").json()
    return sum(one["impressions"] for one in results["overall"]["variants"])


def test_a_stream_of_lines_is_answered_once(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "LINES_AT_ONCE", 100)
    lines = [json.dumps(event(served, number)) for number in range(950)]
    lines[10] = "{"
    lines[500] = json.dumps(event(served, 500, variant="z"))
    lines[501] = ""
    lines[502] = json.dumps(event(served, 503))
    lines[600] = json.dumps(event(served, 600, more="x" * (2 * MAX_LINE_BYTES)))

    def pieces() -> Iterator[bytes]:
        """Cut anywhere, without a line end at the end."""
        whole = "\n".join(lines).encode()
        for start in range(0, len(whole), 7_001):
            yield whole[start : start + 7_001]

    answer = served.client.post("/v1/events", content=pieces(), headers=NDJSON)
    assert answer.status_code == 200, answer.text
    taken = answer.json()
    assert (taken["accepted"], taken["duplicates"], taken["rejected_total"]) == (945, 1, 3)
    assert [(one["line"], one["id"]) for one in taken["rejected"]] == [
        (11, None), (501, "e500"), (601, None),
    ]  # fmt: skip
    assert shown(served, str(event(served, 0)["test"])) == 945


def test_a_stream_may_be_longer_than_any_body(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = json.dumps(event(served, 1)).encode() + b"\n"
    many = 17 * 2**20 // len(line)

    class NoBuffer:
        def __init__(self, *_: object, **__: object) -> None:
            raise AssertionError("a stream must not be held in memory")

    monkeypatch.setattr("studio.api.room.Hold.read", NoBuffer)
    monkeypatch.setattr(
        type(served.services.events),
        "accept_lines",
        lambda _self, lines, *, first: _all_taken(len(lines), first),
    )
    pieces = (line * 1000 for _ in range(many // 1000 + 1))
    answer = served.client.post("/v1/events", content=pieces, headers=NDJSON)
    assert answer.json()["accepted"] == (many // 1000 + 1) * 1000


def _all_taken(count: int, first: int) -> Any:
    from studio.services.events import Taken

    assert count <= route.LINES_AT_ONCE
    assert first % route.LINES_AT_ONCE == 1
    return Taken(accepted=count, duplicates=0, rejected=())


def test_more_than_fits_into_memory_is_sent_away(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"events": [event(served, number) for number in range(100)]}
    monkeypatch.setattr(route._ROOM, "_most_bytes", 1_000)
    answer = served.client.post("/v1/events", json=sent)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["type"].endswith("events-busy")
    assert route._ROOM.held_bytes == 0
    monkeypatch.undo()
    assert served.client.post("/v1/events", json=sent).json()["accepted"] == 100
    assert route._ROOM.held_bytes == 0


def test_a_stream_waits_where_a_batch_is_sent_away(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[int] = []
    submit = GroupCommit.submit

    def busy_twice(line: GroupCommit[Any], batch: Any, *, size: int) -> None:
        if len(refused) < 2:
            refused.append(size)
            raise EventsBusy(retry_after_s=0.001)
        submit(line, batch, size=size)

    monkeypatch.setattr(GroupCommit, "submit", busy_twice)
    content = "\n".join(json.dumps(event(served, number)) for number in range(5))
    answer = served.client.post("/v1/events", content=content.encode(), headers=NDJSON)
    assert (answer.json()["accepted"], refused) == (5, [5, 5])


def test_a_full_disk_refuses_and_takes_nothing(served: Served) -> None:
    """SQLite is held to the pages that it has: what a full disk does to it, on any machine."""
    first = {"events": [event(served, number) for number in range(3)]}
    assert served.client.post("/v1/events", json=first).json()["accepted"] == 3

    def full(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1")

    def roomy(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1073741823")

    engine = served.engine
    sqlalchemy_event.listen(engine, "checkout", full)
    many = {"events": [event(served, number, snapshot="x" * 64) for number in range(600)]}
    refused = served.client.post("/v1/events", json=many)
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert "disk" not in refused.text
    sqlalchemy_event.remove(engine, "checkout", full)
    sqlalchemy_event.listen(engine, "checkout", roomy)
    again = served.client.post("/v1/events", json=many).json()
    assert (again["accepted"], again["duplicates"]) == (597, 3)
    assert shown(served, str(event(served, 0)["test"])) == 600
    sqlalchemy_event.remove(engine, "checkout", roomy)
