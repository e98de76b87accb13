"""The counters' side of a stream in a Valkey (or a Redis, from 7.2 on): read, and let go of.

An entry goes when a counter has put it into the database, and not before: what was read and not
acknowledged is claimed by another counter. Counters may so see an entry twice; the database tells
events by their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from studio.streams.connection import Connection
from studio.streams.entries import KEY, Backlog, Entry, entries_of, unreadable_of

GROUP: Final = "counters"
CLAIM_AFTER_S: Final = 30.0
"""An entry that a counter has held so long is another's: counting one takes well under a second."""
_CLAIM_EVERY: Final = 10
"""Takes between two looks at what other counters have left behind."""


class CounterGroup:
    """The group of counters that share one stream. Safe to use from several threads.

    Parameters
    ----------
        key : of the stream, in a server that may have several
    """

    def __init__(self, url: str, *, key: str = KEY, claim_after_s: float = CLAIM_AFTER_S) -> None:
        """Connect to nothing yet.

        Raises
        ------
            StreamUnusable
        """
        self._server = Connection(url)
        self._key = key
        self._claim_after_s = claim_after_s
        self._takes = 0

    def open_group(self) -> bool:
        """See to it that the group is there; whether it had to be made.

        Raises
        ------
            StreamGone
        """
        from valkey.exceptions import ResponseError

        with self._server.answering():
            try:
                self._server.client.xgroup_create(self._key, GROUP, id="0", mkstream=True)
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
            read = self._server.client.xreadgroup
            found = read(GROUP, reader, {self._key: ">"}, count=most, block=block)
            call.entries = entries_of(found[0][1]) if found else []
        return call.entries

    def claim(self, reader: str, *, most: int, idle_s: float) -> list[Entry] | None:
        """Entries that another counter has held for `idle_s`; None where the group is gone.

        Raises
        ------
            StreamGone
        """
        with self._group_may_be_gone() as call:
            idle_ms = int(idle_s * 1000)
            found = self._server.client.xautoclaim(
                self._key, GROUP, reader, idle_ms, start_id="0", count=most
            )
            call.entries = entries_of(found[1])
        return call.entries

    def done(self, ids: Sequence[str]) -> None:
        """Let go of entries that are in the database.

        Raises
        ------
            StreamGone
        """
        if not ids:
            return
        with self._server.answering():
            pipe = self._server.client.pipeline(transaction=True)
            pipe.xack(self._key, GROUP, *ids)
            pipe.xdel(self._key, *ids)
            pipe.execute()

    def set_aside(self, entry: Entry, *, why: str) -> None:
        """Keep an entry that cannot be read beside the stream, for a person to look at.

        Raises
        ------
            StreamGone
        """
        with self._server.answering():
            pipe = self._server.client.pipeline(transaction=True)
            pipe.xadd(f"{self._key}:unreadable", unreadable_of(entry, why=why))
            pipe.xack(self._key, GROUP, entry.id)
            pipe.xdel(self._key, entry.id)
            pipe.execute()

    def backlog(self) -> Backlog | None:
        """What waits; None where the stream or its group is gone.

        Raises
        ------
            StreamGone
        """
        from valkey.exceptions import ResponseError

        with self._server.answering():
            try:
                stream = self._server.client.xinfo_stream(self._key)
                held = self._server.client.xpending(self._key, GROUP)
            except ResponseError as fault:
                if _is_missing(fault):
                    return None
                raise
        added = int(stream.get("entries-added", stream["length"]))
        return Backlog(entries=int(stream["length"]), held=int(held["pending"]), added=added)

    @contextmanager
    def _group_may_be_gone(self) -> Iterator[_Call]:
        from valkey.exceptions import ResponseError

        call = _Call()
        with self._server.answering():
            try:
                yield call
            except ResponseError as fault:
                if not _is_missing(fault):
                    raise


@dataclass(slots=True)
class _Call:
    entries: list[Entry] | None = None


def _is_missing(fault: Exception) -> bool:
    return "NOGROUP" in str(fault) or "no such key" in str(fault)
