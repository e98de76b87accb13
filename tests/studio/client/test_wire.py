"""HTTP without sockets: what is sent, what is understood, what is refused."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.client import UrlInvalid
from studio.client.messages import Request
from studio.client.sse import MAX_PENDING_BYTES, EventReader, ServerEvent, StreamMalformed
from studio.client.wire import MAX_ANSWER_BYTES, Origin, Wire, WireFault, unpacked

ORIGIN = Origin.of("http://shop.example:8080/images")


def wire() -> Wire:
    return Wire(ORIGIN, {"Authorization": "Bearer k"})


def test_a_request_is_plain_http() -> None:
    sent = wire().begin(Request(method="POST", path="/v1/events", body=b"{}"))
    head, _, body = sent.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /images/v1/events HTTP/1.1"
    assert {b"Host: shop.example:8080", b"Authorization: Bearer k", b"Content-Length: 2"} <= set(
        lines
    )
    assert body == b"{}"


def test_answers_in_pieces_and_one_after_the_other() -> None:
    line = wire()
    for _ in range(2):
        line.begin(Request(method="GET", path="/"))
        raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: x\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        body = b"".join(line.feed(raw[n : n + 1]) for n in range(len(raw)))
        assert (line.status, line.ended, body) == (200, True, b"abcde")
        assert line.answer(body).headers["etag"] == "x"
        assert line.recycle()


def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    line = wire()
    line.begin(Request(method="GET", path="/"))
    line.feed(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    assert line.ended
    assert not line.recycle()


@pytest.mark.parametrize(
    "raw", [b"", b"220 smtp.example\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
)
def test_what_is_no_answer_is_a_fault(raw: bytes) -> None:
    line = wire()
    line.begin(Request(method="GET", path="/"))
    with pytest.raises(WireFault):
        line.feed(raw)


def test_packed_answers_are_unpacked_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unpacked(gzip.compress(b"abc")) == b"abc"
    for broken in (b"abc", gzip.compress(b"abc")[:-4]):
        with pytest.raises(WireFault):
            unpacked(broken)
    monkeypatch.setattr("studio.client.wire.MAX_ANSWER_BYTES", 1000)
    with pytest.raises(WireFault, match="too large"):
        unpacked(gzip.compress(bytes(100_000)))
    assert MAX_ANSWER_BYTES > 100 << 20


@pytest.mark.parametrize(
    "url",
    ["", "shop.example", "ftp://shop.example", "https://", "https://a:b@shop.example", "http://x:99999",
     "https://shop.example/?key=1", "https://shop.example/ä", "https://bücher.example", "http://shop.example/a b"],
)  # fmt: skip
def test_addresses_that_cannot_be_used_are_refused(url: str) -> None:
    with pytest.raises(UrlInvalid):
        Origin.of(url)


def test_an_address_of_numbers_keeps_its_brackets() -> None:
    origin = Origin.of("http://[::1]:8080")
    assert (origin.host, origin.authority, origin.base) == (
        "::1",
        "[::1]:8080",
        "http://[::1]:8080",
    )


@pytest.mark.parametrize("piece", [b"x" * 9999, b"data: " + b"x" * 9999 + b"\n"])
def test_a_stream_without_an_end_of_event_fills_no_memory(piece: bytes) -> None:
    reader = EventReader()
    with pytest.raises(StreamMalformed):
        list(map(reader.feed, [piece] * (MAX_PENDING_BYTES // 9999 + 1)))


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.text("xyz:\n", max_size=9)), max_size=5),
       st.integers(1, 7), st.sampled_from(["\n", "\r\n", "\r"]))  # fmt: skip
def test_events_are_read_however_their_bytes_are_cut(
    events: list[tuple[str, str]], size: int, end: str
) -> None:
    sent = "".join(
        f"event: {name}{end}" + "".join(f"data: {line}{end}" for line in data.split("\n")) + end
        for name, data in events
    ).encode()
    reader = EventReader()
    found = [
        event for at in range(0, len(sent), size) for event in reader.feed(sent[at : at + size])
    ]
    found += reader.feed(b"\n")
    assert found == [ServerEvent(name, data) for name, data in events]
