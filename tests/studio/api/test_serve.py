"""`serve` as a process: what it says at the start, how it logs, how it stops."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.api.origins import is_loopback
from studio.api.serve import AddressUnusable, KeysNeeded, serve
from studio.services.events import Events
from tests.studio.serving import engine_of, make_services

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import sys
from pathlib import Path
from studio.api.serve import configure_logging, serve
from tests.studio.serving import make_services
configure_logging(level="info", form="json")
serve(make_services(Path(sys.argv[1])), host="127.0.0.1", port=0)
"""


class Process:
    """A server process, and what it logs."""

    def __init__(self, folder: Path) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(folder)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.logged: list[dict[str, Any]] = []
        self._heard = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, event: str) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            return next((one for one in self.logged if one["event"] == event), None)

        with self._heard:
            assert self._heard.wait_for(lambda: found() is not None, timeout=60), self.logged
        return found() or {}

    def end(self) -> int:
        code = self.popen.wait(timeout=60)
        self._reader.join()
        assert self.popen.stderr is not None
        self.popen.stderr.close()
        return code

    def _read(self) -> None:
        assert self.popen.stderr is not None
        for line in self.popen.stderr:
            with self._heard:
                self.logged.append(json.loads(line))
                self._heard.notify_all()


@contextmanager
def process(folder: Path) -> Iterator[Process]:
    started = Process(folder)
    try:
        yield started
    finally:
        started.popen.kill()
        started.end()


def test_a_server_says_where_it_listens_and_that_it_is_open(tmp_path: Path) -> None:
    with process(tmp_path) as server:
        url = server.wait_for("listening")["url"]
        warned = server.wait_for("open_without_keys")
        assert (warned["level"], warned["fix"]) == (
            "warning",
            "packshot keys create --scope manage",
        )
        assert httpx.get(f"{url}/healthz", headers={"X-Request-ID": "r-1"}).status_code == 200
        logged = server.wait_for("request")
        assert {key: logged[key] for key in ("request_id", "route", "status", "method")} == {
            "request_id": "r-1",
            "route": "/healthz",
            "status": 200,
            "method": "GET",
        }
        assert logged["elapsed_s"] >= 0
        server.popen.send_signal(signal.SIGTERM)
        assert server.end() == 0
    events = [one["event"] for one in server.logged]
    assert events[-1] == "stopped"
    assert "stopping" in events


def test_a_stopping_server_finishes_what_it_was_asked(tmp_path: Path) -> None:
    """A request whose body is still on its way when the signal comes is answered."""
    with process(tmp_path) as server:
        url = httpx.URL(server.wait_for("listening")["url"])
        with socket.create_connection((url.host, url.port or 0), timeout=30) as connection:
            body = json.dumps({"unit": "s", "items": ["mug"]}).encode()
            head = (
                f"POST /v1/decide HTTP/1.1\r\nHost: {url.host}\r\nConnection: close\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            connection.sendall(head.encode() + body[:5])
            httpx.get(url.join("/healthz"))
            server.popen.send_signal(signal.SIGTERM)
            server.wait_for("stopping")
            connection.sendall(body[5:])
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'"unknown_item"' in answer
        assert server.end() == 0


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    services = make_services(tmp_path)
    with process(tmp_path) as server:
        url = server.wait_for("listening")["url"]
        variants = [{"name": "a", "image": "a"}, {"name": "b", "image": "b"}]
        made = httpx.post(f"{url}/v1/tests", json={"item": "mug", "variants": variants}).json()
        httpx.post(f"{url}/v1/tests/{made['id']}/start")
        event = {"type": "impression", "item": "mug", "test": made["id"], "variant": "a"}
        sent = [{**event, "id": f"e{n}", "unit": f"s{n}"} for n in range(50)]
        taken = httpx.post(f"{url}/v1/events", json={"events": sent}).json()
        server.popen.kill()
        assert taken["accepted"] == 50
        server.end()
    counted = Events(engine_of(services), clock=time.time).accept(sent)
    assert counted.duplicates == 50
    assert services.tests.get(made["id"]).state == "running"
    engine_of(services).dispose()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "shop.example"])
def test_an_address_that_others_reach_needs_a_key(tmp_path: Path, host: str) -> None:
    services = make_services(tmp_path)
    with pytest.raises(KeysNeeded, match="packshot keys create --scope manage"):
        serve(services, host=host, port=0)
    engine_of(services).dispose()


def test_a_busy_port_is_one_clear_line(tmp_path: Path) -> None:
    services = make_services(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressUnusable, match=rf"cannot listen on 127.0.0.1:{port} \(.*in use"):
            serve(services, host="127.0.0.1", port=port)
    engine_of(services).dispose()


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("localhost.", -1)])
def test_an_impossible_port_is_one_clear_line(tmp_path: Path, host: str, port: int) -> None:
    services = make_services(tmp_path)
    with pytest.raises(AddressUnusable, match="choose another with --host and --port"):
        serve(services, host=host, port=port)
    engine_of(services).dispose()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.2", True), ("[::1]", True), ("LOCALHOST", True), ("10.0.0.1", False), ("", False)],
)
def test_loopback_is_known(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


LOGGING_SCRIPT = """
import logging, sys
import structlog
from studio.api.serve import configure_logging
configure_logging(level="info", form=sys.argv[1])
def fail():
    password = "hunter" + "2"
    raise ZeroDivisionError("on purpose")
try:
    fail()
except ZeroDivisionError:
    structlog.get_logger("studio.api").exception("request_failed", path="/v1/x")
logging.getLogger("gpu.worker").warning("lease_lost", extra={"job_id": "j1"})
structlog.get_logger("studio.api").debug("too_fine")
"""


@pytest.mark.parametrize("form", ["json", "text"])
def test_logs_tell_what_failed_and_no_values_of_variables(form: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING_SCRIPT, form],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert "hunter2" not in done.stderr
    assert "too_fine" not in done.stderr
    assert "ZeroDivisionError: on purpose" in done.stderr
    if form == "json":
        failed, lost = map(json.loads, done.stderr.splitlines())
        assert (failed["event"], failed["level"], failed["path"]) == (
            "request_failed",
            "error",
            "/v1/x",
        )
        assert (lost["event"], lost["logger"], lost["job_id"]) == ("lease_lost", "gpu.worker", "j1")
