"""A Valkey (or Redis, from 7.2 on) stream: written by intakes, read by a group of counters.

An append returns once the server has the entry on its disk: every append waits for `WAITAOF`,
which answers at once where `appendfsync` is `always`, and within a second where it is `everysec`.
A server without an append-only file, or one that evicts keys, is refused: it would forget events
that were acknowledged.

An entry goes when a counter has put it into the database, and not before: what was read and not
acknowledged is claimed by another counter. Counters may so see an entry twice; the database tells
events by their ids. An intake holds what it appended until then: where the server lost everything,
it sends that again with the next append.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from studio.streams.connection import open_client, shown_url
from studio.streams.entries import Backlog, Entry, Waiting
from studio.streams.errors import StreamFull, StreamGone, StreamNotDurable
from studio.streams.retained import Retained, Sent, place_of

_LOG = logging.getLogger(__name__)

KEY: Final = "packshot:events"
GROUP: Final = "counters"
_MARK: Final = "life"
"""After the stream's key: a random one that a server which lost everything has lost too."""
MOST_ENTRIES: Final = 4_000
"""Waiting, of up to 500 events each: 2 million events, which take 400 MB of the server's memory."""
CLAIM_AFTER_S: Final = 30.0
"""An entry that a counter has held so long is another's: counting one takes well under a second."""
_CLAIM_EVERY: Final = 10
"""Takes between two looks at what other counters have left behind."""
_FLUSHED_WITHIN_S: Final = 5.0
"""`everysec` answers within one or two seconds; a disk that takes longer is as good as gone."""
_RETRY_AFTER_S: Final = 2.0
_PAYLOAD, _EVENTS = b"d", b"n"


class ValkeyStream:
    """One stream and its group of counters. Safe to use from several threads.

    Parameters
    ----------
        key : of the stream, in a server that may have several
    """

    def __init__(
        self,
        url: str,
        *,
        key: str = KEY,
        most_entries: int = MOST_ENTRIES,
        claim_after_s: float = CLAIM_AFTER_S,
    ) -> None:
        """Connect to nothing yet.

        Raises
        ------
            StreamUnusable
        """
        self.key = key
        self._claim_after_s = claim_after_s
        self.url = shown_url(url)
        self._client = open_client(url)
        self._most = most_entries
        self._waiting = 0
        self._takes = 0
        self._seen_mark: bytes | None = None
        self._retained = Retained()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def check_durable(self) -> None:
        """See to it that the server forgets nothing that it took.

        Raises
        ------
            StreamNotDurable, StreamGone
        """
        found = self._settings()
        if found.get("appendonly") == "no":
            raise StreamNotDurable(
                url=self.url,
                why="it keeps events in memory alone",
                fix="set `appendonly yes` and `appendfsync always`",
            )
        policy = found.get("maxmemory-policy", "noeviction")
        if policy.startswith("allkeys"):
            raise StreamNotDurable(
                url=self.url,
                why=f"it throws keys out when memory runs short (maxmemory-policy {policy})",
                fix="set `maxmemory-policy noeviction`",
            )

    def _settings(self) -> Mapping[str, str]:
        """The server's; empty where it does not tell, as hosted ones do."""
        from valkey.exceptions import ResponseError

        with self._answering():
            try:
                told: dict[str, str] = self._client.config_get("appendonly", "maxmemory-policy")
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
        with self._answering():
            pipe = self._client.pipeline(transaction=False)
            pipe.set(f"{self.key}:{_MARK}", uuid.uuid4().bytes, nx=True)
            pipe.get(f"{self.key}:{_MARK}")
            pipe.xadd(self.key, {_PAYLOAD: payload, _EVENTS: events})
            pipe.xlen(self.key)
            pipe.xrange(self.key, count=1)
            pipe.execute_command("WAITAOF", 1, 0, int(_FLUSHED_WITHIN_S * 1000))
            _, mark, name, self._waiting, oldest, flushed = pipe.execute()
        if flushed[0] < 1:
            raise StreamGone(url=self.url, why=f"not on disk within {_FLUSHED_WITHIN_S:g} s")
        if oldest and mark == self._seen_mark:
            self._retained.done_before(place_of(oldest[0][0]))
        self._retained.add(Sent(place=place_of(name), payload=payload, events=events))
        return name.decode(), mark

    def _make_room(self) -> None:
        # The length is that of the last append: a full stream is asked again, another is not.
        if self._waiting < self._most:
            return
        with self._answering():
            self._waiting = int(self._client.xlen(self.key))
        if self._waiting >= self._most:
            raise StreamFull(waiting=self._waiting, limit=self._most, retry_after_s=_RETRY_AFTER_S)

    def open_group(self) -> bool:
        """See to it that the group is there; whether it had to be made.

        Raises
        ------
            StreamGone
        """
        from valkey.exceptions import ResponseError

        with self._answering():
            try:
                self._client.xgroup_create(self.key, GROUP, id="0", mkstream=True)
            except ResponseError as fault:
                if "BUSYGROUP" in str(fault):
                    return False
                raise
        return True

    def take(self, reader: str, *, most: int, wait_s: float) -> list[Entry] | None:
        """Entries that no counter has, or that one has left behind; None where the group is gone.

        Raises
        ------
            StreamGone
        """
        claimed: list[Entry] | None = []
        if self._takes % _CLAIM_EVERY == 0:
            claimed = self.claim(reader, most=most, idle_s=self._claim_after_s)
        self._takes += 1
        if claimed is None or claimed:
            return claimed
        return self.read(reader, most=most, wait_s=wait_s)

    def read(self, reader: str, *, most: int, wait_s: float) -> list[Entry] | None:
        """Entries that no counter has; None where the group is gone.

        Parameters
        ----------
            reader : the counter's own name
            wait_s : how long to wait for the first one; 0 asks once
        Raises       StreamGone
        """
        block = int(wait_s * 1000) or None
        with self._group_may_be_gone() as call:
            found = self._client.xreadgroup(GROUP, reader, {self.key: ">"}, count=most, block=block)
            call.entries = _entries(found[0][1]) if found else []
        return call.entries

    def claim(self, reader: str, *, most: int, idle_s: float) -> list[Entry] | None:
        """Entries that another counter has held for `idle_s`; None where the group is gone.

        Raises
        ------
            StreamGone
        """
        with self._group_may_be_gone() as call:
            idle_ms = int(idle_s * 1000)
            found = self._client.xautoclaim(
                self.key, GROUP, reader, idle_ms, start_id="0", count=most
            )
            call.entries = _entries(found[1])
        return call.entries

    def done(self, ids: Sequence[str]) -> None:
        """Let go of entries that are in the database.

        Raises
        ------
            StreamGone
        """
        if not ids:
            return
        with self._answering():
            pipe = self._client.pipeline(transaction=True)
            pipe.xack(self.key, GROUP, *ids)
            pipe.xdel(self.key, *ids)
            pipe.execute()

    def set_aside(self, entry: Entry, *, why: str) -> None:
        """Keep an entry that cannot be read beside the stream, for a person to look at.

        Raises
        ------
            StreamGone
        """
        with self._answering():
            pipe = self._client.pipeline(transaction=True)
            pipe.xadd(
                f"{self.key}:unreadable", {_PAYLOAD: entry.payload, b"id": entry.id, b"why": why}
            )
            pipe.xack(self.key, GROUP, entry.id)
            pipe.xdel(self.key, entry.id)
            pipe.execute()

    def backlog(self) -> Backlog | None:
        """What waits; None where the stream or its group is gone.

        Raises
        ------
            StreamGone
        """
        from valkey.exceptions import ResponseError

        with self._answering():
            try:
                stream = self._client.xinfo_stream(self.key)
                held = self._client.xpending(self.key, GROUP)
            except ResponseError as fault:
                if _is_missing(fault):
                    return None
                raise
        added = int(stream.get("entries-added", stream["length"]))
        return Backlog(entries=int(stream["length"]), held=int(held["pending"]), added=added)

    def waiting(self) -> Waiting:
        """What is not in the database yet, whether or not a counter ever looked.

        Raises
        ------
            StreamGone
        """
        with self._answering():
            pipe = self._client.pipeline(transaction=True)
            pipe.xlen(self.key)
            pipe.xrange(self.key, count=1)
            entries, first = pipe.execute()
        # An entry's id begins with the milliseconds of its writing.
        oldest_s = place_of(first[0][0])[0] / 1000 if first else None
        return Waiting(entries=int(entries), oldest_s=oldest_s)

    @contextmanager
    def _group_may_be_gone(self) -> Iterator[_Call]:
        from valkey.exceptions import ResponseError

        call = _Call()
        with self._answering():
            try:
                yield call
            except ResponseError as fault:
                if not _is_missing(fault):
                    raise

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """The vendor's errors as ours."""
        from valkey.exceptions import ValkeyError

        try:
            yield
        except ValkeyError as fault:
            raise StreamGone(url=self.url, why=str(fault)) from fault


@dataclass(slots=True)
class _Call:
    entries: list[Entry] | None = None


def _is_missing(fault: Exception) -> bool:
    return "NOGROUP" in str(fault) or "no such key" in str(fault)


def _entries(found: Sequence[tuple[bytes, Mapping[bytes, bytes] | None]]) -> list[Entry]:
    # An entry that was deleted while it was held comes without its fields.
    return [
        Entry(id=name.decode(), payload=fields[_PAYLOAD], events=int(fields.get(_EVENTS, b"0")))
        for name, fields in found
        if fields
    ]


def key_of(tenant: str) -> str:
    """The key of a tenant's stream; empty: of the installation's own.

    Examples
    --------
    >>> key_of(""), key_of("acme")
    ('packshot:events', 'packshot:of:acme:events')
    """
    return f"packshot:of:{tenant}:events" if tenant else KEY
