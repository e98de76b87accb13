"""Server-sent events, read as their bytes come in.

References
----------
    WHATWG HTML, section 9.2.6, "Interpreting an event stream"
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_PENDING_BYTES = 1 << 20
"""A stream that sends more than this without an end of event is none of ours."""


class StreamMalformed(ValueError):
    """What comes in is no stream of events."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name, "message" where it has none, and its data."""

    name: str
    data: str


class EventReader:
    r"""Cuts bytes into events; comments, ids and unknown fields are passed over.

    Examples
    --------
    >>> reader = EventReader()
    >>> reader.feed(b": hello\n\nevent: snapshot\nda")
    []
    >>> reader.feed(b'ta: {"version":\ndata: "7"}\r\n\r\n')
    [ServerEvent(name='snapshot', data='{"version":\n"7"}')]
    """

    def __init__(self) -> None:
        self._pending = b""
        self._name = ""
        self._data: list[str] = []
        self._data_chars = 0

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that these bytes complete.

        Raises
        ------
            StreamMalformed
        """
        # A line may end in CR, LF or both; a CR at the end waits for the LF that may follow.
        self._pending += chunk
        if len(self._pending) > MAX_PENDING_BYTES:
            raise StreamMalformed("a line without an end")
        held = b"\r" if self._pending.endswith(b"\r") else b""
        text = self._pending[: len(self._pending) - len(held)]
        lines = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._pending = lines.pop() + held
        found = (self._take(line.decode("utf-8", "replace")) for line in lines)
        return [event for event in found if event is not None]

    def _take(self, line: str) -> ServerEvent | None:
        if not line:
            event = ServerEvent(self._name or "message", "\n".join(self._data))
            complete = bool(self._data)
            self._name, self._data, self._data_chars = "", [], 0
            return event if complete else None
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
            self._data_chars += len(value) + 1
            if self._data_chars > MAX_PENDING_BYTES:
                raise StreamMalformed("an event without an end")
        return None
