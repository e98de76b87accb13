"""Events as they were accepted: their ids, the log, what units did, and the archive."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from studio.db.tables.metadata import METADATA

EVENT_ID = Table(
    "event_id",
    METADATA,
    Column(
        "digest", LargeBinary(16).with_variant(Uuid(as_uuid=False), "postgresql"), primary_key=True
    ),
    Column("day", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Ids of accepted events, as 128 bits of their BLAKE2b, with the UTC day of receipt.

One table for all days: an event that is sent again after midnight is found by the same look."""

EVENT_WAITING = Table(
    "event_waiting",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("day", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("received_s", Float(53), nullable=False),
    sqlite_autoincrement=True,
)
"""Chunks of the log that are not counted yet. It gives chunks their numbers, which rise in the
order of commits."""

EVENT_CHUNK = Table(
    "event_chunk",
    METADATA,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("events", Integer, nullable=False),
    Column("received_s", Float(53), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("event_chunk_by_number", "number"),
    postgresql_partition_by="RANGE (day)",
)
"""The log: events as they were accepted, many in a row, by UTC day of receipt.

See `studio.db.event_log`. On PostgreSQL each day is a partition."""

EVENT_READER = Table(
    "event_reader",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""Who else reads the log, and up to which chunk: nothing is removed that one has not read."""

EXPOSURE = Table(
    "exposure",
    METADATA,
    Column("test_id", String(64), primary_key=True),
    Column("unit", String(256), primary_key=True),
    Column("history", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What each unit did in each test, whichever event came first; see `studio.db.exposures`."""

ARCHIVE_FILE = Table(
    "archive_file",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("day", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("written_s", Float(53), nullable=False),
    Index("archive_file_by_number", "first"),
)
"""Parquet files of raw events in the asset store: the log's chunks `first` to `last`, received on
one UTC day. Only files that stand here are of the archive."""

ARCHIVE_LEFT = Table(
    "archive_left",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("since_s", Float(53), nullable=False),
    Column("removing", Boolean, nullable=False),
)
"""Bytes in the asset store that the archive wrote and does not list: of files that were joined into
larger ones, and of those that are being written. `removing`: they go, and may be gone."""
