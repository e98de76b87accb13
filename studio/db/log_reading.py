"""Going through the log of events: what is counted, and what happened on a day."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from studio.db.event_log import Chunk, counted_to, read_chunks
from studio.db.events import EventRecord
from studio.db.exposures import DAY_S
from studio.db.tables import EVENT_CHUNK

_CHUNKS_AT_ONCE = 50


def counted_chunks(connection: Connection, after: int) -> Iterator[Chunk]:
    """The chunks after one, by number, up to the last that the counts know."""
    last = counted_to(connection)
    while chunks := read_chunks(connection, after=after, most=_CHUNKS_AT_ONCE):
        for chunk in chunks:
            if chunk.number > last:
                return
            yield chunk
        after = chunks[-1].number


def events_of_day(connection: Connection, day: int) -> Iterator[EventRecord]:
    """What the log holds of a UTC day (counted from 1970-01-01), and is counted."""
    # Clients' clocks run ahead by minutes: the chunks of the day before are gone through too.
    earlier = select(func.max(EVENT_CHUNK.c.number)).where(EVENT_CHUNK.c.day < day - 1)
    for chunk in counted_chunks(connection, connection.execute(earlier).scalar() or 0):
        yield from (event for event in chunk.events if int(event.at_s // DAY_S) == day)
