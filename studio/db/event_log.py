"""The log of events: written before anything is counted, read by the counter and by archives.

A **chunk** is what one transaction of the intake accepted: up to thousands of events in one row,
so that to keep an event costs little more than its bytes. Chunks are numbered in the order of their
commits. Whoever wrote one has also written the ids of its events: an id is taken once, for at least
`KEPT_DAYS` after it was first received, whichever process or day it comes to.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, and_, delete, func, insert, select

from studio.db.bulk import put_ids
from studio.db.engine import lock_number
from studio.db.events import EventRecord
from studio.db.exposures import DAY_S
from studio.db.tables import EVENT_CHUNK, EVENT_ID, EVENT_READER, EVENT_WAITING
from studio.db.upserts import conflict_insert

KEPT_DAYS: Final = 8
"""For how many UTC days ids are remembered: seven full ones, whatever the hour of receipt."""

_NUMBERING: Final = 0x7061636B_0001
"""Advisory lock of PostgreSQL under which a chunk gets its number and is committed."""
COUNTING: Final = 0x7061636B_0002
"""Advisory lock of PostgreSQL of whoever counts."""
_DROP_WAIT_MS: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Events that were accepted together at `received_s`, on a UTC day counted from 1970-01-01."""

    number: int
    day: int
    received_s: float
    events: tuple[EventRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What of the log is not counted yet.

    Parameters
    ----------
        events   : how many
        oldest_s : when the first of them was received; None where all is counted
    """

    events: int = 0
    oldest_s: float | None = None


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(tuple[EventRecord, ...]).decode


def digest_of(event_id: str) -> bytes:
    """128 bits of an id: two of a trillion ids are the same with a chance of 1 in 10**15."""
    return blake2b(event_id.encode(), digest_size=16).digest()


def append(
    connection: Connection, events: Mapping[bytes, EventRecord], *, received_s: float
) -> set[bytes]:
    """Write the events whose id is new; the digests of those that were known already."""
    if not events:
        return set()
    day = int(received_s // DAY_S)
    known = put_ids(connection, events, day=day)
    new = [event for digest, event in events.items() if digest not in known] if known else [
        *events.values()
    ]  # fmt: skip
    if not new:
        return known
    if connection.dialect.name == "postgresql":
        # Numbers must rise in the order of commits, or a reader would pass by a late one.
        connection.exec_driver_sql(
            f"SELECT pg_advisory_xact_lock({lock_number(connection, _NUMBERING)})"
        )
    waiting = {"day": day, "events": len(new), "received_s": received_s}
    number = connection.execute(
        insert(EVENT_WAITING).values(waiting).returning(EVENT_WAITING.c.number)
    ).scalar_one()
    body = _ENCODE(new)
    connection.execute(insert(EVENT_CHUNK).values(**waiting, number=number, body=body))
    return known


def lead_counting(connection: Connection, *, wait: bool) -> bool:
    """Become the only counter until the transaction ends; False where another one is."""
    if connection.dialect.name != "postgresql":
        return True  # whoever writes to SQLite is alone
    if wait:
        connection.exec_driver_sql(
            f"SELECT pg_advisory_xact_lock({lock_number(connection, COUNTING)})"
        )
        return True
    got = connection.exec_driver_sql(
        f"SELECT pg_try_advisory_xact_lock({lock_number(connection, COUNTING)})"
    ).scalar()
    return bool(got)


def take_waiting(connection: Connection, *, most_events: int) -> list[Chunk]:
    """The oldest chunks that are not counted, one at least, taken off the list of those."""
    numbers: list[int] = []
    events = 0
    columns = EVENT_WAITING.c
    for row in connection.execute(
        select(columns.number, columns.events).order_by(columns.number).limit(1000)
    ):
        if numbers and events + row.events > most_events:
            break
        numbers.append(row.number)
        events += row.events
    if not numbers:
        return []
    same = and_(EVENT_CHUNK.c.day == columns.day, EVENT_CHUNK.c.number == columns.number)
    rows = connection.execute(
        select(EVENT_CHUNK)
        .join(EVENT_WAITING, same)
        .where(columns.number <= numbers[-1])
        .order_by(columns.number)
    )
    chunks = [_chunk(row) for row in rows]
    connection.execute(delete(EVENT_WAITING).where(columns.number <= numbers[-1]))
    return chunks


def backlog(connection: Connection) -> Backlog:
    """How much waits to be counted."""
    row = connection.execute(
        select(func.sum(EVENT_WAITING.c.events), func.min(EVENT_WAITING.c.received_s))
    ).one()
    return Backlog(events=int(row[0] or 0), oldest_s=row[1])


def last_waiting(connection: Connection) -> int:
    """Number of the newest chunk that is not counted; 0 where there is none."""
    return connection.execute(select(func.max(EVENT_WAITING.c.number))).scalar() or 0


def first_waiting(connection: Connection) -> int | None:
    """Number of the oldest chunk that is not counted."""
    return connection.execute(select(func.min(EVENT_WAITING.c.number))).scalar()


def counted_to(connection: Connection) -> int:
    """Number of a chunk up to which all are counted; 0 where none is."""
    # One statement: a chunk that is committed between two would pass for a counted one.
    first = select(func.min(EVENT_WAITING.c.number) - 1).scalar_subquery()
    last = select(func.max(EVENT_CHUNK.c.number)).scalar_subquery()
    return int(connection.execute(select(func.coalesce(first, last, 0))).scalar_one())


def read_chunks(connection: Connection, *, after: int, most: int) -> list[Chunk]:
    """Chunks that follow one by number, counted or not."""
    rows = connection.execute(
        select(EVENT_CHUNK)
        .where(EVENT_CHUNK.c.number > after)
        .order_by(EVENT_CHUNK.c.number)
        .limit(most)
    )
    return [_chunk(row) for row in rows]


def set_reader(connection: Connection, name: str, number: int) -> None:
    """Remember that a reader needs no chunk up to this one any more, but those that follow."""
    statement = conflict_insert(connection, EVENT_READER).values(name=name, number=number)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"number": number})
    )


def forget_chunks(connection: Connection, *, before_day: int) -> int:
    """Remove days of the log that are counted, and read by every reader; how many chunks."""
    kept = [first_waiting(connection), connection.execute(
        select(func.min(EVENT_READER.c.number) + 1)
    ).scalar()]  # fmt: skip
    limit = min((number for number in kept if number is not None), default=None)
    old = EVENT_CHUNK.c.day < before_day
    if connection.dialect.name == "postgresql":
        return _drop_partitions(connection, before_day=before_day, limit=limit)
    condition = old if limit is None else and_(old, EVENT_CHUNK.c.number < limit)
    return connection.execute(delete(EVENT_CHUNK).where(condition)).rowcount


def forget_ids(connection: Connection, *, before_day: int, part: int, parts: int) -> int:
    """Remove ids that were received before a day, of one part of all ids; how many.

    Parameters
    ----------
        part  : 0 to `parts` - 1, by the first byte of the digest
        parts : 1 to 256
    """
    low, high = 256 * part // parts, 256 * (part + 1) // parts
    condition = [EVENT_ID.c.day < before_day, EVENT_ID.c.digest >= _bound(connection, low)]
    if high < 256:
        condition.append(EVENT_ID.c.digest < _bound(connection, high))
    return connection.execute(delete(EVENT_ID).where(and_(*condition))).rowcount


def _bound(connection: Connection, first: int) -> bytes | str:
    digest = bytes([first]) + bytes(15)
    return digest.hex() if connection.dialect.name == "postgresql" else digest


def make_partition(connection: Connection, day: int) -> None:
    """Make a day's partition of the log, where the database has any and this one is missing."""
    if connection.dialect.name != "postgresql":
        return
    # Two processes may come to the same midnight.
    connection.exec_driver_sql(
        f"SELECT pg_advisory_xact_lock({lock_number(connection, _NUMBERING)})"
    )
    name = _partition(day)
    if connection.exec_driver_sql("SELECT to_regclass(%s)", (name,)).scalar() is not None:
        return
    # Made within the log it would wait for all who read the log, and all who write for it.
    connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE event_chunk INCLUDING ALL)")
    connection.exec_driver_sql(
        f"ALTER TABLE event_chunk ATTACH PARTITION {name} FOR VALUES FROM ({day}) TO ({day + 1})"
    )


def _drop_partitions(connection: Connection, *, before_day: int, limit: int | None) -> int:
    days = connection.execute(
        select(EVENT_CHUNK.c.day, func.max(EVENT_CHUNK.c.number), func.count())
        .where(EVENT_CHUNK.c.day < before_day)
        .group_by(EVENT_CHUNK.c.day)
    ).all()
    # Who waits to drop one lets nobody write: where the log is read at length, it is tried later.
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_DROP_WAIT_MS}")
    dropped = 0
    for day, last, chunks in days:
        if limit is None or last < limit:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_partition(day)}")
            dropped += chunks
    return dropped


def _partition(day: int) -> str:
    return f"event_chunk_{_EPOCH + timedelta(days=day):%Y%m%d}"


def _chunk(row: Row[Any]) -> Chunk:
    return Chunk(
        number=row.number, day=row.day, received_s=row.received_s, events=_DECODE(row.body)
    )
