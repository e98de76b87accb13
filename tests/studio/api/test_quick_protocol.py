"""The quick way on the wire: what is answered there, and that all else reaches the application."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from studio.api.quick_protocol import QuickProtocol

PATH = b"/quick"
BODY = b'{"items":[]}'


class Quick:
    """Answers every body but those that say no."""

    path = PATH
    limit_bytes = 100

    def __init__(self) -> None:
        self.asked: list[tuple[dict[bytes, bytes], bytes]] = []

    def reply(self, headers: dict[bytes, bytes], body: bytes) -> tuple[bytes, bytes] | None:
        self.asked.append((headers, body))
        if b"raise" in body:
            raise ZeroDivisionError
        return None if b"no" in body else (b"id-%d" % len(self.asked), b"<" + body + b">")


class Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 80), "peername": ("127.0.0.1", 5)})
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        """Nothing more is given to it anyway."""

    def resume_reading(self) -> None:
        """As above."""


class Connection:
    """A connection to a server whose application echoes, and notes what reached it."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, list[tuple[bytes, bytes]], bytes]] = []
        self.quick = Quick()
        self.wire = Wire()
        self.state = ServerState()
        self.state.default_headers = [(b"date", b"today")]
        config = uvicorn.Config(
            self._application, interface="asgi3", ws="none", log_config=None, proxy_headers=False
        )
        self.protocol = QuickProtocol(config, self.state, {}, quick=self.quick)
        self.protocol.connection_made(self.wire)

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        self.reached.append((scope["path"], scope["headers"], body))
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def answered(self) -> bytes:
        """All that was sent once the application's tasks have ended."""
        while self.state.tasks:
            await asyncio.gather(*self.state.tasks)
        return b"".join(self.wire.sent)


def asked(body: bytes = BODY, *more: bytes, line: bytes = b"POST /quick HTTP/1.1") -> bytes:
    lines = [line, b"Host: shop.example", b"Content-Length: %d" % len(body), *more]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def connected(play: Callable[[Connection], Awaitable[None]]) -> Connection:
    async def run() -> Connection:
        connection = Connection()
        await play(connection)
        return connection

    return asyncio.run(run())


def test_a_plain_request_is_answered_at_once_and_the_application_sees_nothing() -> None:
    async def play(connection: Connection) -> None:
        connection.protocol.data_received(asked(BODY, b"X-Plain: Yes"))
        assert b"".join(connection.wire.sent) == (
            b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-type: application/json\r\n"
            b"content-length: 14\r\nx-request-id: id-1\r\n\r\n<" + BODY + b">"
        )

    connection = connected(play)
    ((headers, body),) = connection.quick.asked
    assert (headers[b"x-plain"], body) == (b"Yes", BODY)
    assert connection.reached == []
    assert connection.state.total_requests == 1
    assert not connection.wire.closed


def test_a_body_in_pieces_is_answered_when_it_is_whole() -> None:
    async def play(connection: Connection) -> None:
        whole = asked()
        for at in range(len(whole)):
            assert connection.wire.sent == []
            connection.protocol.data_received(whole[at : at + 1])
            # Its head must come as a whole in time; its body need only move on.
            came = at + 1 - (len(whole) - len(BODY))
            assert connection.protocol.in_head == (came < 0 or came == len(BODY))
        assert b"<" + BODY + b">" in await connection.answered()

    assert connected(play).reached == []


def test_requests_sent_together_are_answered_in_their_order() -> None:
    async def play(connection: Connection) -> None:
        other = asked(b"the slow way", line=b"POST /other HTTP/1.1")
        connection.protocol.data_received(asked(b"1") + asked(b"2") + other + asked(b"4"))
        sent = await connection.answered()
        places = [sent.index(part) for part in (b"<1>", b"<2>", b"the slow way", b"\r\n\r\n4")]
        assert places == sorted(places)
        connection.protocol.data_received(asked(b"5"))
        assert (await connection.answered()).endswith(b"<5>")

    connection = connected(play)
    assert [body for _, _, body in connection.reached] == [b"the slow way", b"4"]


def test_a_connection_at_rest_is_closed_once() -> None:
    async def play(connection: Connection) -> None:
        loop: Any = asyncio.get_running_loop()
        connection.protocol.data_received(asked() + asked())
        connection.protocol.data_received(asked())
        assert sum(not handle.cancelled() for handle in loop._scheduled) == 1

    connected(play)


@pytest.mark.parametrize(
    "request_",
    [
        asked(b"no"),
        asked(b"raise"),
        asked(b"x" * 101),
        asked(BODY, line=b"POST /quick?key=k HTTP/1.1"),
        asked(BODY, line=b"POST /quick/ HTTP/1.1"),
        asked(BODY, line=b"PUT /quick HTTP/1.1"),
        asked(BODY, line=b"POST /quick HTTP/1.0"),
        asked(BODY, b"Connection: close"),
        asked(BODY, b"Expect: 100-continue"),
    ],
)
def test_what_is_not_plain_reaches_the_application_as_it_came(request_: bytes) -> None:
    async def play(connection: Connection) -> None:
        head, _, body = request_.partition(b"\r\n\r\n")
        connection.protocol.data_received(head + b"\r\n\r\n")
        for piece in (body[:1], body[1:60], body[60:]):
            connection.protocol.data_received(piece)
        assert b"HTTP/1.1 201" in await connection.answered()
        ((path, headers, came),) = connection.reached
        assert came == body
        assert path.startswith("/quick")
        assert (b"host", b"shop.example") in headers

    connected(play)


def test_pieces_of_unknown_length_are_asked_about_as_one() -> None:
    async def play(connection: Connection) -> None:
        head = b"POST /quick HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.protocol.data_received(head + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
        assert (await connection.answered()).endswith(b"<abc>")

    connected(play)


def test_a_server_that_stops_says_so_with_the_answer() -> None:
    async def play(connection: Connection) -> None:
        connection.state.default_headers.append((b"connection", b"close"))
        connection.protocol.data_received(asked())
        assert b"connection: close" in await connection.answered()

    connection = connected(play)
    assert len(connection.reached) == 1
    assert connection.wire.closed


def test_a_server_that_stops_waits_for_the_body_that_is_on_its_way() -> None:
    async def play(connection: Connection) -> None:
        connection.protocol.data_received(asked()[:-1])
        connection.protocol.shutdown()
        assert not connection.wire.closed
        connection.protocol.data_received(asked()[-1:])
        assert (await connection.answered()).endswith(BODY)

    assert connected(play).wire.closed


def test_a_client_that_does_not_read_is_answered_no_further() -> None:
    async def play(connection: Connection) -> None:
        connection.protocol.pause_writing()
        connection.protocol.data_received(asked())
        await asyncio.sleep(0)
        assert connection.wire.sent == []
        connection.protocol.resume_writing()
        assert BODY in await connection.answered()

    connected(play)


def test_without_quick_answers_all_reaches_the_application() -> None:
    async def play(connection: Connection) -> None:
        config = connection.protocol.config
        plain = QuickProtocol(config, connection.state, {}, quick=None)
        plain.connection_made(connection.wire)
        plain.data_received(asked())
        assert (await connection.answered()).endswith(BODY)

    assert len(connected(play).reached) == 1
