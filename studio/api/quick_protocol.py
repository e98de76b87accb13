"""The quick way of decisions on the wire: answered as soon as the request's last byte is there.

An ASGI server makes a task, a scope and an event for each request, and sends head and body one
after the other; that takes twice as long as to read and to answer it. A plain request to one path
needs none of it: it is collected here, answered in the same step and written at once. Whatever is
not plain is given to the application as if it had only just come.

Measured with `python -m tests.benchmarks.serving http`: an empty handler takes 31 us of a core a
request as an application, and 13 us as a quick answer here.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

import structlog
from uvicorn.config import Config
from uvicorn.server import ServerState

from studio.api.patience import PatientProtocol

_LOG = structlog.get_logger("studio.api")

_CLOSE: Final = b"connection"


class QuickAnswers(Protocol):
    """Answers plain requests by POST to one path, without waiting for anything."""

    path: bytes
    """In the request line, exactly."""
    limit_bytes: int
    """Of a body; more is the application's."""

    def reply(self, headers: dict[bytes, bytes], body: bytes) -> tuple[bytes, bytes] | None:
        """A request's id and the JSON of its answer; None for what the application must answer.

        Parameters
        ----------
            headers : by name in small letters
        """
        ...


class QuickProtocol(PatientProtocol):
    """One connection, with a short way to quick answers.

    Parameters
    ----------
        quick : answers; None leaves all to the application
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: Any = None,
        *,
        quick: QuickAnswers | None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._quick = quick
        self._quick_path = None if quick is None else quick.path
        self._quick_body: bytes | None = None
        """What has come of the body of a request that may be plain; None during all others."""

    @property
    def in_head(self) -> bool:
        """Whether the request's head is not whole yet."""
        return self._quick_body is None and super().in_head

    def on_headers_complete(self) -> None:
        """Keep what may be plain from the application."""
        if self.url == self._quick_path and self._is_free():
            self._quick_body = b""
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body, mostly all of it."""
        if self._quick_body is None:
            super().on_body(body)
            return
        self._quick_body += body
        if self._quick is None or len(self._quick_body) > self._quick.limit_bytes:
            self._hand_on()

    def on_message_complete(self) -> None:
        """Answer what is plain."""
        if self._quick_body is not None:
            if self._answered(self._quick_body):
                self._quick_body = None
                self._within_message = False
                return
            self._hand_on()
        super().on_message_complete()

    def shutdown(self) -> None:
        """Of a server that stops: a request whose body is on its way is answered first."""
        if self._quick_body is not None:
            self._hand_on()
        super().shutdown()

    def can_be_told(self, *, in_head: bool) -> bool:
        """Whether no other answer is on its way."""
        return self._quick_body is not None or super().can_be_told(in_head=in_head)

    def _is_free(self) -> bool:
        """Whether an answer may be written at once, and the connection goes on afterwards."""
        return (
            self.parser.get_method() == b"POST"
            and (self.cycle is None or self.cycle.response_complete)
            and not self.pipeline
            and not self.flow.write_paused
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and self.parser.should_keep_alive()
        )

    def _hand_on(self) -> None:
        """Give the application what has come so far, as if it had only just come."""
        body, self._quick_body = self._quick_body, None
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def _answered(self, body: bytes) -> bool:
        """Whether the request was plain, and is answered."""
        defaults = self.server_state.default_headers
        if self._quick is None or self.transport.is_closing() or not _goes_on(defaults):
            return False
        try:
            replied = self._quick.reply(dict(self.headers), body)
        except Exception:  # noqa: BLE001 - a request's outermost loop
            _LOG.exception("quick_answer_failed")
            return False
        if replied is None:
            return False
        request_id, content = replied
        self.transport.writelines(
            (
                b"HTTP/1.1 200 OK\r\n%bcontent-type: application/json\r\ncontent-length: %d\r\n"
                b"x-request-id: %b\r\n\r\n" % (_lines_of(defaults), len(content), request_id),
                content,
            )
        )
        self.server_state.total_requests += 1
        self._rest()
        return True

    def _rest(self) -> None:
        """Close the connection if no other request comes."""
        self._unset_keepalive_if_required()  # of an answer just before, to requests sent together
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )


def _goes_on(defaults: list[tuple[bytes, bytes]]) -> bool:
    """Whether the server takes further requests; else each answer says that the connection ends."""
    return all(name != _CLOSE for name, _ in defaults)


def _lines_of(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])
