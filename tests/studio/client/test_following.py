"""How the snapshot stays fresh: rules only, no sockets and no clock."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from abtest import PlannedVariant, Snapshot, TestPlan
from studio.client.errors import KeyRefused, ServerUnsuitable
from studio.client.following import STREAM_AGAIN_S, STREAM_PATH, Follower
from studio.client.held import Held
from studio.client.messages import Heard, Request, Unreachable
from studio.client.options import Options
from tests.studio.client.playing import Stage, answer

AWAY = Unreachable("refused")


def document(version: int, item: str = "mug") -> bytes:
    plan = TestPlan(
        test="t1",
        item=item,
        salt="s",
        variants=(PlannedVariant(name="a", image="a"), PlannedVariant(name="b", image="b")),
        control="a",
        weights={"a": 0.5, "b": 0.5},
    )
    snapshot = Snapshot(version=str(version), built_at_s=1.0, items={item: "d.webp"}, plans=[plan])
    return json.dumps(snapshot.to_dict()).encode()


def told(version: int) -> bytes:
    return (
        f'event: snapshot\ndata: {{"version":"{version}","etag":"W/\\"{version}\\""}}\n\n'.encode()
    )


class Server:
    """Serves a version by ETag; streams where it can."""

    def __init__(self, *, streams: bool = True) -> None:
        self.version = 1
        self.streams = streams
        self.failures: list[Heard] = []
        self.fetches: list[int] = []

    def __call__(self, request: Request) -> Heard:
        if request.path == STREAM_PATH:
            kind = "text/event-stream" if self.streams else "text/html"
            return answer(200 if self.streams else 404, content_type=kind)
        if self.failures:
            return self.failures.pop(0)
        etag = f'W/"{self.version}"'
        status = 304 if request.headers.get("If-None-Match") == etag else 200
        self.fetches.append(status)
        return answer(status, document(self.version) if status == 200 else b"", etag=etag)


class Follows:
    """A follower on a stage."""

    def __init__(self, server: Any, *, file: Path | None = None, **options: object) -> None:
        self.stage = Stage(server)
        self.held = Held(file=file, clock=self.stage.clock)
        self.settled = 0
        self.follower = Follower(
            self.held,
            options=Options(**options),  # type: ignore[arg-type]
            clock=self.stage.clock,
            random=lambda: 0.5,
            settled=self._settle,
        )
        self.plan = self.follower.plan()

    def _settle(self) -> None:
        self.settled += 1

    def play(self, for_s: float = 0.0) -> bool:
        return self.stage.play(self.plan, for_s=for_s)

    def fault(self) -> str:
        return str(self.follower.failure or "")


def test_polling_asks_with_the_etag_and_takes_what_changed() -> None:
    server = Server()
    follows = Follows(server, stream=False, poll_s=1.0)
    follows.play(2.5)
    assert server.fetches == [200, 304, 304]
    server.version = 2
    follows.play(1)
    assert follows.held.snapshot.version == "2"
    assert server.fetches == [200, 304, 304, 200]
    assert follows.held.age_s == pytest.approx(0.5)


def test_a_stream_tells_when_to_fetch() -> None:
    server = Server()
    follows = Follows(server)
    versions: list[str] = []

    def chunks() -> Any:
        yield b": packshot\n\n" + told(1)
        yield b": still here\n\n"
        server.version = 2
        yield told(2)[:20]
        yield told(2)[20:]
        versions.append(follows.held.snapshot.version)
        assert follows.follower.streaming
        server.version = 4
        yield told(3) + told(4)
        versions.append(follows.held.snapshot.version)
        follows.follower.close()
        yield b""

    follows.stage.stream(chunks())
    assert follows.play(60)
    assert versions == ["2", "4"]
    assert server.fetches == [200, 200, 200]
    assert follows.stage.elapsed_s < 1.0
    assert follows.stage.hung_up == 1
    assert not follows.follower.streaming


def test_a_stream_that_ended_is_opened_again_and_nothing_is_missed() -> None:
    server = Server()
    follows = Follows(server)
    follows.stage.stream([told(1)])
    follows.play()
    server.version = 2
    follows.stage.stream([told(2)])
    follows.play(1.0)
    assert follows.held.snapshot.version == "2"
    assert [request.path for _, request in follows.stage.calls].count(STREAM_PATH) >= 2


@pytest.mark.parametrize("chunks", [None, [None], [b"x" * 2_000_000]])
def test_where_streams_do_not_work_it_polls_and_tries_them_now_and_then(
    chunks: list[bytes | None] | None,
) -> None:
    """No stream at all; one that a proxy holds back; one that is something else."""
    server = Server(streams=chunks is not None)
    follows = Follows(server, poll_s=1.0)
    follows.stage.stream(chunks or ())
    follows.play(STREAM_AGAIN_S - 1)
    paths = [request.path for _, request in follows.stage.calls]
    if chunks != [b"x" * 2_000_000]:
        assert paths.count(STREAM_PATH) == 1
        assert len(paths) > 50
    server.version = 7
    follows.play(1.2)
    assert follows.held.snapshot.version == "7"
    follows.play(2)
    assert [request.path for _, request in follows.stage.calls].count(STREAM_PATH) >= 2


def test_a_server_that_is_away_is_asked_later_each_time() -> None:
    server = Server()
    server.failures = [AWAY] * 5
    follows = Follows(server, stream=False, retry_first_s=1.0, retry_most_s=4.0)
    follows.play(4)
    assert follows.fault() == "refused"
    assert follows.held.snapshot.version == "none"
    follows.play(20)
    times = [at_s for at_s, _ in follows.stage.calls][:6]
    waits = [late - early for early, late in pairwise(times)]
    assert waits == pytest.approx([0.75, 1.5, 3.0, 3.0, 3.0])
    assert follows.fault() == ""
    assert follows.held.snapshot.version == "1"


def test_a_server_without_a_snapshot_yet_is_asked_when_it_says() -> None:
    server = Server()
    server.failures = [answer(503, {"detail": "no snapshot was built yet"}, retry_after="9")]
    follows = Follows(server, stream=False)
    follows.play(8.9)
    assert len(follows.stage.calls) == 1
    follows.play(0.2)
    assert follows.held.snapshot.version == "1"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_an_error_to_be_told(status: int) -> None:
    follows = Follows(lambda _: answer(status, {"detail": "this key is unknown"}))
    follows.play()
    assert isinstance(follows.follower.failure, KeyRefused)
    assert "this key is unknown" in str(follows.follower.failure)
    assert follows.settled == 1


def test_a_server_without_the_path_is_too_old() -> None:
    follows = Follows(lambda _: answer(404))
    follows.play()
    assert isinstance(follows.follower.failure, ServerUnsuitable)


@pytest.mark.parametrize("body", [b"<html>", b'{"format": 99}', b"[]", b'{"format": 1}'])
def test_a_snapshot_of_another_kind_leaves_the_old_one(body: bytes) -> None:
    server = Server()
    follows = Follows(server, stream=False, poll_s=1.0)
    follows.play()
    server.failures = [answer(200, body, etag="x")]
    follows.play(2)
    assert isinstance(follows.follower.failure, ServerUnsuitable)
    assert follows.held.snapshot.version == "1"
    follows.play(60)
    assert follows.fault() == ""


def test_the_snapshot_on_disk_starts_the_next_process(tmp_path: Path) -> None:
    file = tmp_path / "home" / "snapshot"
    Follows(Server(), file=file).play()
    server = Server()
    follows = Follows(server, file=file, stream=False)
    assert follows.held.load()
    assert follows.held.snapshot.decide("s", {}, "mug").test == "t1"
    ages = [follows.held.age_s]
    follows.play()
    ages.append(follows.held.age_s)
    assert server.fetches == [304]
    assert ages == [None, 0.0]
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda _: b"", lambda _: b"\xff\n{}"])
def test_a_damaged_file_is_passed_over(tmp_path: Path, damage: Any) -> None:
    file = tmp_path / "snapshot"
    Follows(Server(), file=file).play()
    file.write_bytes(damage(file.read_bytes()))
    held = Held(file=file, clock=lambda: 0.0)
    assert not held.load()
    assert (held.snapshot.version, held.etag) == ("none", None)


def test_a_disk_that_is_full_keeps_no_snapshot_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    follows = Follows(Server(), file=tmp_path / "file" / "snapshot")
    follows.play()
    assert follows.held.snapshot.version == "1"


def test_what_a_killed_process_left_half_written_is_removed(tmp_path: Path) -> None:
    old, young = (tmp_path / f".snapshot.json-{name}" for name in ("a1", "b2"))
    other = tmp_path / ".settings.json-a1"
    for path in (old, young, other):
        path.write_bytes(b"half")
    for path in (old, other):
        os.utime(path, (1.0, 1.0))
    assert not Held(file=tmp_path / "snapshot.json", clock=lambda: 0.0).load()
    assert [path.exists() for path in (old, young, other)] == [False, True, True]
