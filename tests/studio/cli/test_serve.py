"""`packshot serve` and `worker` as processes: they answer, say how they run, and stop when told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.studio.commanding import Commands, picture

STOP_S = 300


@contextmanager
def process(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A `packshot` process of its own, its log as JSON lines; killed at the end of the block."""
    environment = {**os.environ, "PACKSHOT_HOME": str(home), "PACKSHOT_LOG_FORMAT": "json"}
    command = [sys.executable, "-c", "from studio.cli.app import main; main()", *words]
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        command, env=environment, cwd=root, stderr=subprocess.PIPE, text=True
    ) as one:
        try:
            yield one
        finally:
            one.kill()


def heard(one: subprocess.Popen[str], event: str) -> dict[str, object]:
    """Read the log up to an event."""
    assert one.stderr is not None
    lines = []
    for line in one.stderr:
        lines.append(line)
        if line.startswith("{") and json.loads(line)["event"] == event:
            found: dict[str, object] = json.loads(line)
            return found
    raise AssertionError("".join(lines))


def rest(one: subprocess.Popen[str]) -> list[str]:
    """Wait for the end; the events that were still logged."""
    _, err = one.communicate(timeout=STOP_S)
    return [json.loads(line)["event"] for line in err.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_server_answers_and_stops_when_told(tmp_path: Path, stop: signal.Signals) -> None:
    with process(tmp_path, "serve", "--port", "0") as server:
        listening = heard(server, "listening")
        assert listening["docs"] == f"{listening['url']}/docs"
        heard(server, "open_without_keys")
        with httpx.Client(base_url=str(listening["url"]), timeout=30) as client:
            assert client.get("/healthz").status_code == 200
            assert client.get("/docs").status_code == 200
            asked = {"unit": "u", "attributes": {}, "items": ["nothing-known"]}
            (decision,) = client.post("/v1/decide", json=asked).json()["decisions"]
        assert decision["reason"] == "unknown_item"
        server.send_signal(stop)
        assert "stopping" in rest(server)
        assert server.returncode == 0


def test_a_server_shows_what_the_command_line_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packshot = Commands(tmp_path, monkeypatch, capsys)
    for name in ("white", "oak"):
        picture(tmp_path / f"{name}.png", "white" if name == "white" else "brown")
    variants = ("--variant", "white=white.png", "--variant", "oak=oak.png")
    made = packshot("test", "create", "mug", *variants, "--json").data
    white = made["variants"][0]["image"]
    packshot.forget()
    asked = {"unit": "u", "attributes": {}, "items": ["mug"]}
    with process(tmp_path, "serve", "--port", "0") as server:
        url = str(heard(server, "listening")["url"])
        with httpx.Client(base_url=url, timeout=30) as client:
            (draft,) = client.post("/v1/decide", json=asked).json()["decisions"]
            assert (draft["reason"], draft["image"]) == ("default", f"/v1/assets/{white}")
            assert client.get(draft["image"]).content == (tmp_path / "white.png").read_bytes()
            assert client.get(f"/v1/tests/{made['id']}").json() == made
            assert client.post(f"/v1/tests/{made['id']}/start").status_code == 200
            (running,) = client.post("/v1/decide", json=asked).json()["decisions"]
            assert (running["reason"], running["test"]) == ("test", made["id"])
        server.terminate()
        rest(server)
        assert server.returncode == 0


def test_a_worker_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with process(tmp_path, "worker", "--workers", "2") as worker:
        assert heard(worker, "working")["workers"] == 2
        worker.terminate()
        assert rest(worker) == ["stopping", "stopped"]
        assert worker.returncode == 0


def test_an_address_that_others_reach_needs_a_key(tmp_path: Path) -> None:
    with process(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0") as server:
        _, err = server.communicate(timeout=STOP_S)
    assert server.returncode == 1
    assert "error: 0.0.0.0 can be reached from other machines" in err
    assert "packshot keys create" in err
