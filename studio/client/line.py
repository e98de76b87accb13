"""A connection to the server for a thread."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Mapping

from studio.client.messages import Heard, Request, Unreachable
from studio.client.wire import MAX_ANSWER_BYTES, READ_BYTES, Origin, Wire, WireFault


class Line:
    """A connection to the server, kept open between calls."""

    def __init__(self, origin: Origin, headers: Mapping[str, str]) -> None:
        self._origin = origin
        self._headers = headers
        self._socket: socket.socket | None = None
        self._wire = Wire(origin, headers)
        self._first = b""

    def call(self, request: Request, timeout_s: float) -> Heard:
        """Send a request and wait for the whole answer."""
        until_s = time.monotonic() + timeout_s
        reused = self._socket is not None
        heard = self._heard(lambda: self._exchange(request, until_s))
        if reused and isinstance(heard, Unreachable) and self._wire.status == 0:
            # The server had closed a connection that lay idle. What we send may be sent twice.
            heard = self._heard(lambda: self._exchange(request, until_s))
        return heard

    def listen(self, request: Request, timeout_s: float) -> Heard:
        """Send a request and wait for the answer's head; `hear` gives the body."""
        until_s = time.monotonic() + timeout_s

        def head() -> Heard:
            self._send(request, until_s)
            self._first = b""
            while not self._wire.status:
                self._first += self._receive(until_s)
            return self._wire.answer(b"")

        return self._heard(head)

    def hear(self, timeout_s: float) -> bytes | None:
        """The stream's next bytes; None if none came in time, b"" once it has ended."""
        if self._first:
            chunk, self._first = self._first, b""
            return chunk
        until_s = time.monotonic() + timeout_s
        try:
            while not self._wire.ended:
                if chunk := self._receive(until_s):
                    return chunk
        except TimeoutError:
            return None
        except (OSError, WireFault):
            pass
        return b""

    def cut(self) -> None:
        """Let whoever waits on the connection stop at once; from another thread."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        held, self._socket = self._socket, None
        if held is not None:
            with contextlib.suppress(OSError):
                held.close()

    def _heard(self, exchange: Callable[[], Heard]) -> Heard:
        try:
            return exchange()
        except (OSError, WireFault) as fault:
            self.close()
            why = "timed out" if isinstance(fault, TimeoutError) else str(fault)
            return Unreachable(why or type(fault).__name__)

    def _exchange(self, request: Request, until_s: float) -> Heard:
        self._send(request, until_s)
        body = bytearray()
        while not self._wire.ended:
            body += self._receive(until_s)
            if len(body) > MAX_ANSWER_BYTES:
                raise WireFault(f"the answer is above {MAX_ANSWER_BYTES:,} bytes")
        answer = self._wire.answer(bytes(body))
        if not self._wire.recycle():
            self.close()
        return answer

    def _send(self, request: Request, until_s: float) -> None:
        if self._socket is None:
            self._wire = Wire(self._origin, self._headers)
            self._socket = self._connect(until_s)
        data = self._wire.begin(request)
        self._socket.settimeout(_left_s(until_s))
        self._socket.sendall(data)

    def _receive(self, until_s: float) -> bytes:
        if self._socket is None:
            raise WireFault("the connection was closed")
        self._socket.settimeout(_left_s(until_s))
        return self._wire.feed(self._socket.recv(READ_BYTES))

    def _connect(self, until_s: float) -> socket.socket:
        origin = self._origin
        plain = socket.create_connection((origin.host, origin.port), _left_s(until_s))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not origin.secure:
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=origin.host)
        except BaseException:
            plain.close()
            raise


def _left_s(until_s: float) -> float:
    left_s = until_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
