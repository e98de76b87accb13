"""How long a client may keep the server waiting.

A connection costs little, but not nothing, and a client that sends a byte a minute would keep its
own for ever. So a request's head must come within `WINDOW_S`, and its body, as well as what the
client reads of the answer, must move on by `LEAST_BYTES_PER_S` on the average of each such window.
A client that does not gets 408 where it can still be told, and is cut off. Nobody else waits
meanwhile: requests are handled once they are whole, or read by their route piece by piece.

The rule and its numbers are those of Apache's mod_reqtimeout.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from studio.api.problems import MEDIA_TYPE, TYPE_PREFIX, Problem

_LOG = structlog.get_logger("studio.api")

WINDOW_S: Final = 20.0
LEAST_BYTES_PER_S: Final = 500
KEEP_ALIVE_S: Final = 75
"""How long a connection may rest between requests: longer than load balancers (60 s) keep theirs,
so that it is they who close it, and never the server in the moment of a new request."""


class PatientProtocol(HttpToolsProtocol):
    """One connection, watched."""

    window_s = WINDOW_S
    """A subclass of the tests has less patience."""
    _watch: asyncio.TimerHandle | None = None
    _write_watch: asyncio.TimerHandle | None = None
    _within_message = False
    _received_bytes = 0
    _unsent_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a first request as long as a next one."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        self._unwatch()
        self.resume_writing()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request's first byte."""
        self._within_message = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """A request's last byte."""
        self._within_message = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Watch a request that has begun and is not whole."""
        super().data_received(data)
        if not self._within_message:
            if self._watch is not None:
                self._unwatch()
            return
        self._received_bytes += len(data)
        if self._watch is None and not self.transport.is_closing():
            self._watch = self.loop.call_later(self.window_s, self._look)

    def pause_writing(self) -> None:
        """Watch an answer that the client does not read."""
        super().pause_writing()
        self._unsent_bytes = self.transport.get_write_buffer_size()
        self._write_watch = self.loop.call_later(self.window_s, self._look_at_answer)

    def resume_writing(self) -> None:
        """The client has read on."""
        if self._write_watch is not None:
            self._write_watch.cancel()
            self._write_watch = None
        if self.flow is not None:
            super().resume_writing()

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        self._received_bytes = 0

    def _look(self) -> None:
        """Cut off a client that is too slow; look again later at one that is not."""
        received, self._received_bytes = self._received_bytes, 0
        in_head = self.in_head
        waits_for_us = self.flow.read_paused
        if waits_for_us or (not in_head and received >= self.window_s * LEAST_BYTES_PER_S):
            self._watch = self.loop.call_later(self.window_s, self._look)
            return
        self._watch = None
        _LOG.info("slow_client", part="head" if in_head else "body", received_bytes=received)
        if self.can_be_told(in_head=in_head):
            self.transport.write(_TOO_SLOW)
        self.transport.close()

    @property
    def in_head(self) -> bool:
        """Whether the request's head is not whole yet."""
        return "path" not in self.scope  # it is entered then

    def can_be_told(self, *, in_head: bool) -> bool:
        """Whether no other answer is on its way, which this one would cut in two."""
        last = self.cycle
        if last is None or self.pipeline:
            return last is None
        return last.response_complete if in_head else not last.response_started

    def _look_at_answer(self) -> None:
        left_bytes = self.transport.get_write_buffer_size()
        if self._unsent_bytes - left_bytes < self.window_s * LEAST_BYTES_PER_S:
            _LOG.info("slow_client", part="answer", unsent_bytes=left_bytes)
            self.transport.abort()
            return
        self._unsent_bytes = left_bytes
        self._write_watch = self.loop.call_later(self.window_s, self._look_at_answer)


def _too_slow() -> bytes:
    problem = Problem(
        type=f"{TYPE_PREFIX}request-too-slow",
        title="Request too slow",
        status=408,
        detail=f"the request did not come within {WINDOW_S:g} s, or its body at less than "
        f"{LEAST_BYTES_PER_S} bytes a second; send it again",
        instance="",
        request_id="",
    )
    body = problem.model_dump_json(exclude={"errors"}).encode()
    head = (
        f"HTTP/1.1 408 Request Timeout\r\nContent-Type: {MEDIA_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


_TOO_SLOW: Final = _too_slow()
