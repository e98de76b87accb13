"""Slow clients: they are told and cut off, and nobody waits for them."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from studio.api import patience
from studio.api.patience import PatientProtocol
from tests.studio.serving import Served, serving

HEAD = b"POST /v1/decide HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BODY = json.dumps({"unit": "s", "items": ["mug"]}).encode()


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(PatientProtocol, "window_s", 0.1)
    with serving(tmp_path) as server:
        yield server


def connected(served: Served, *, receive_bytes: int | None = None) -> socket.socket:
    url = httpx.URL(served.url)
    connection = socket.socket()
    if receive_bytes is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.settimeout(30)
    connection.connect((url.host, url.port or 0))
    return connection


def to_the_end(connection: socket.socket) -> bytes:
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    return answer


@pytest.mark.parametrize(
    "sent",
    [HEAD[:30], HEAD, HEAD + b"Content-Length: 28\r\n\r\n", HEAD + b"Content-Length: 28\r\n\r\n{"],
    ids=["line", "head", "no body", "a byte"],
)
def test_a_request_that_does_not_come_is_told_and_cut_off(served: Served, sent: bytes) -> None:
    with connected(served) as connection:
        connection.sendall(sent)
        answer = to_the_end(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"Connection: close" in head
    assert json.loads(body)["type"] == "urn:packshot:problem:request-too-slow"


def test_a_second_request_on_a_connection_is_watched_too(served: Served) -> None:
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    with connected(served) as connection:
        connection.sendall(whole)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(whole + HEAD)
        answer = to_the_end(connection)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408 " in answer


def test_a_body_that_moves_on_is_taken(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window ends after each piece, not by a clock that a busy machine runs behind."""
    watched: list[bool] = []
    received = PatientProtocol.data_received

    def look_after(self: PatientProtocol, data: bytes) -> None:
        received(self, data)
        if self._watch is not None:
            self._watch.cancel()
            self._look()
            watched.append(self._watch is not None)

    monkeypatch.setattr(PatientProtocol, "data_received", look_after)
    monkeypatch.setattr(PatientProtocol, "window_s", 60.0)
    monkeypatch.setattr(patience, "LEAST_BYTES_PER_S", 1 / 60)
    length = 10 * 256
    head = HEAD.replace(b"/v1/decide", b"/v1/events")
    body = b'{"events":[]}'.ljust(length)
    with connected(served) as connection:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % length)
        for start in range(0, length, 256):
            connection.sendall(body[start : start + 256])
            httpx.get(f"{served.url}/healthz")  # until the piece before has been read
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    assert len(watched) >= 2
    assert all(watched)


def test_nobody_waits_for_the_slow(served: Served) -> None:
    slow = [connected(served) for _ in range(50)]
    for connection in slow:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
    asked = {"unit": "s", "items": ["mug"]}
    for _ in range(20):
        assert served.client.post("/v1/decide", json=asked).status_code == 200
    for connection in slow:
        assert to_the_end(connection).startswith(b"HTTP/1.1 408 ")
        connection.close()


def test_an_answer_that_nobody_reads_is_given_up(served: Served) -> None:
    ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"

    def ask_on() -> None:
        while True:
            connection.sendall(ask * 1000)

    reset = pytest.raises(ConnectionResetError)  # the test would hang, were the client kept
    with connected(served, receive_bytes=4096) as connection, reset:
        ask_on()
