"""The intake's side of a stream in a Valkey (or a Redis, from 7.2 on): nothing it took is lost.

An append returns once the server has the entry on its disk: every append waits for `WAITAOF`,
which answers at once where `appendfsync` is `always`, and within a second where it is `everysec`.
A server without an append-only file, or one that evicts keys, is refused: it would forget events
that were acknowledged.

An intake holds what it appended until a counter has let go of it: where the server lost
everything, it sends that again with the next append.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from studio.streams.connection import Connection
from studio.streams.entries import KEY, Waiting, fields_of
from studio.streams.errors import StreamFull, StreamGone, StreamNotDurable
from studio.streams.retained import Retained, Sent, place_of

_LOG = logging.getLogger(__name__)

_MARK: Final = "life"
"""After the stream's key: a random one that a server which lost everything has lost too."""
MOST_ENTRIES: Final = 4_000
"""Waiting, of up to 500 events each: 2 million events, which take 400 MB of the server's memory."""
_FLUSHED_WITHIN_S: Final = 5.0
"""`everysec` answers within one or two seconds; a disk that takes longer is as good as gone."""
_RETRY_AFTER_S: Final = 2.0


class StreamIntake:
    """What appends to one stream. Safe to use from several threads.

    Parameters
    ----------
        key : of the stream, in a server that may have several
    """

    def __init__(self, url: str, *, key: str = KEY, most_entries: int = MOST_ENTRIES) -> None:
        """Connect to nothing yet.

        Raises
        ------
            StreamUnusable
        """
        self._server = Connection(url)
        self._key = key
        self._most = most_entries
        self._waiting = 0
        self._seen_mark: bytes | None = None
        self._retained = Retained()

    def check_durable(self) -> None:
        """See to it that the server forgets nothing that it took.

        Raises
        ------
            StreamNotDurable, StreamGone
        """
        found = self._settings()
        if found.get("appendonly") == "no":
            raise StreamNotDurable(
                url=self._server.url,
                why="it keeps events in memory alone",
                fix="set `appendonly yes` and `appendfsync always`",
            )
        policy = found.get("maxmemory-policy", "noeviction")
        if policy.startswith("allkeys"):
            raise StreamNotDurable(
                url=self._server.url,
                why=f"it throws keys out when memory runs short (maxmemory-policy {policy})",
                fix="set `maxmemory-policy noeviction`",
            )

    def _settings(self) -> Mapping[str, str]:
        """The server's; empty where it does not tell, as hosted ones do."""
        from valkey.exceptions import ResponseError

        with self._server.answering():
            try:
                ask = self._server.client.config_get
                told: dict[str, str] = ask("appendonly", "maxmemory-policy")
            except ResponseError:
                return {}
        return told

    def append(self, payload: bytes, *, events: int) -> str:
        """Write one entry and wait until it is on disk; its id.

        Raises
        ------
            StreamFull : counters are behind; nothing was written
            StreamGone : it is not known whether it was written, so send it again
        """
        self._make_room()
        name, mark = self._append(payload, events)
        # A mark of another life of the server: what was waiting in the former one is lost there.
        before, self._seen_mark = self._seen_mark, mark
        if before not in (None, mark):
            self._send_again(self._retained.take_all())
        return name

    def _send_again(self, lost: Sequence[Sent]) -> None:
        for number, each in enumerate(lost):
            try:
                self._append(each.payload, each.events)
            except StreamGone:
                self._retained.give_back(lost[number:])
                self._seen_mark = b""
                raise
        told = {"entries": len(lost), "events": sum(each.events for each in lost)}
        _LOG.error("stream_lost_and_sent_again", extra=told)

    def _append(self, payload: bytes, events: int) -> tuple[str, bytes]:
        """Write one entry; its id, and the mark of the server's life."""
        with self._server.answering():
            pipe = self._server.client.pipeline(transaction=False)
            pipe.set(f"{self._key}:{_MARK}", uuid.uuid4().bytes, nx=True)
            pipe.get(f"{self._key}:{_MARK}")
            pipe.xadd(self._key, fields_of(payload, events))
            pipe.xlen(self._key)
            pipe.xrange(self._key, count=1)
            pipe.execute_command("WAITAOF", 1, 0, int(_FLUSHED_WITHIN_S * 1000))
            _, mark, name, self._waiting, oldest, flushed = pipe.execute()
        if flushed[0] < 1:
            why = f"not on disk within {_FLUSHED_WITHIN_S:g} s"
            raise StreamGone(url=self._server.url, why=why)
        if oldest and mark == self._seen_mark:
            self._retained.done_before(place_of(oldest[0][0]))
        self._retained.add(Sent(place=place_of(name), payload=payload, events=events))
        return name.decode(), mark

    def _make_room(self) -> None:
        # The length is that of the last append: a full stream is asked again, another is not.
        if self._waiting < self._most:
            return
        with self._server.answering():
            self._waiting = int(self._server.client.xlen(self._key))
        if self._waiting >= self._most:
            raise StreamFull(waiting=self._waiting, limit=self._most, retry_after_s=_RETRY_AFTER_S)

    def waiting(self) -> Waiting:
        """What is not in the database yet, whether or not a counter ever looked.

        Raises
        ------
            StreamGone
        """
        with self._server.answering():
            pipe = self._server.client.pipeline(transaction=True)
            pipe.xlen(self._key)
            pipe.xrange(self._key, count=1)
            entries, first = pipe.execute()
        # An entry's id begins with the milliseconds of its writing.
        oldest_s = place_of(first[0][0])[0] / 1000 if first else None
        return Waiting(entries=int(entries), oldest_s=oldest_s)
