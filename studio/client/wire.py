"""HTTP/1.1 without sockets: bytes to send, and what received bytes mean.

The protocol itself is h11's, which is written for just this: both shells, of threads and of
asyncio, put the same object between themselves and their socket.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

from studio.client.errors import UrlInvalid
from studio.client.messages import Answer, Request

MAX_ANSWER_BYTES = 512 << 20
"""Most bytes of an answer, packed or unpacked: a snapshot of 100,000 tests is far below."""
READ_BYTES = 1 << 16


class WireFault(Exception):
    """The other side does not speak HTTP as it should, or says too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the server is.

    Examples
    --------
    >>> Origin.of("https://images.shop.example/packshot/")
    Origin(host='images.shop.example', port=443, secure=True, prefix='/packshot')
    >>> Origin.of("images.shop.example")
    Traceback (most recent call last):
    studio.client.errors.UrlInvalid: 'images.shop.example' is no address of a server: begin it \
with https:// or http://
    """

    host: str
    port: int
    secure: bool
    prefix: str

    @classmethod
    def of(cls, url: str) -> Origin:
        """The parts of an address.

        Raises
        ------
            UrlInvalid
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as fault:
            raise UrlInvalid(url, str(fault)) from fault
        if parts.scheme not in ("http", "https"):
            raise UrlInvalid(url, "begin it with https:// or http://")
        if not host or parts.query or parts.fragment or parts.username is not None:
            raise UrlInvalid(url, "a host is expected, with a port or a path at most")
        if not (host.isascii() and host.isprintable() and " " not in host):
            raise UrlInvalid(url, "its host must be written in ASCII, as xn--…")
        if not (parts.path.isascii() and parts.path.isprintable()) or " " in parts.path:
            raise UrlInvalid(url, "its path must be written in ASCII, with %XX for the rest")
        secure = parts.scheme == "https"
        return cls(
            host=host,
            port=port or (443 if secure else 80),
            secure=secure,
            prefix=parts.path.rstrip("/"),
        )

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def base(self) -> str:
        """The address without its path."""
        return f"{'https' if self.secure else 'http'}://{self.authority}"


class Wire:
    """One connection's requests and answers, one after the other."""

    def __init__(self, origin: Origin, headers: Mapping[str, str]) -> None:
        self._origin = origin
        self._headers = headers
        self._connection = h11.Connection(h11.CLIENT)
        self.status = 0
        self.headers: dict[str, str] = {}
        self.ended = False

    def begin(self, request: Request) -> bytes:
        """The bytes of a request."""
        self.status, self.headers, self.ended = 0, {}, False
        fields = {"Host": self._origin.authority, **self._headers, **request.headers}
        if request.body or request.method == "POST":
            fields["Content-Length"] = str(len(request.body))
        head = h11.Request(
            method=request.method,
            target=self._origin.prefix + request.path,
            headers=list(fields.items()),
        )
        parts: list[h11.Event] = [head]
        if request.body:
            parts.append(h11.Data(data=request.body))
        parts.append(h11.EndOfMessage())
        return b"".join(self._connection.send(part) or b"" for part in parts)

    def feed(self, data: bytes) -> bytes:
        """The body's bytes in what was received; b"" says that the other side closed.

        Raises
        ------
            WireFault
        """
        try:
            self._connection.receive_data(data)
            return self._read()
        except h11.RemoteProtocolError as fault:
            raise WireFault(str(fault)) from fault

    def _read(self) -> bytes:
        body: list[bytes] = []
        while True:
            event = self._connection.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return b"".join(body)
            if isinstance(event, h11.Response):
                self.status = event.status_code
                self.headers = {
                    name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers
                }
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self.ended = True
                return b"".join(body)
            elif isinstance(event, h11.ConnectionClosed):
                raise WireFault("the connection was closed")

    def recycle(self) -> bool:
        """Get ready for the next request; False where the connection must be closed."""
        states = self._connection.our_state, self._connection.their_state
        if states != (h11.DONE, h11.DONE):
            return False
        self._connection.start_next_cycle()
        return True

    def answer(self, body: bytes) -> Answer:
        """The answer with this body, unpacked.

        Raises
        ------
            WireFault
        """
        if self.headers.get("content-encoding", "") == "gzip":
            body = unpacked(body)
        return Answer(status=self.status, headers=self.headers, body=body)


def unpacked(body: bytes) -> bytes:
    """The bytes that gzip packed, at most `MAX_ANSWER_BYTES`.

    Raises
    ------
        WireFault
    """
    reader = zlib.decompressobj(wbits=31)
    try:
        whole = reader.decompress(body, MAX_ANSWER_BYTES)
    except zlib.error as fault:
        raise WireFault(f"the answer is not gzip: {fault}") from fault
    if not reader.eof:
        raise WireFault("the answer is cut off or too large")
    return whole
