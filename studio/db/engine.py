"""Opening the database, and the two kinds of transaction."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from studio.db.turns import Turns

__all__ = [
    "Connection",
    "DatabaseFault",
    "DatabaseGone",
    "DatabaseSilent",
    "Engine",
    "KeysBroken",
    "encoding_of",
    "in_schema",
    "lock_number",
    "open_engine",
    "reading",
    "reshaping",
    "schema_of_engine",
    "writing",
]

DatabaseFault = SQLAlchemyError
"""What any use of the database may raise when it is gone, full or broken."""


class DatabaseSilent(DatabaseFault):
    """The database did not answer in time; what it was asked for may still be done."""


DatabaseGone = OperationalError
"""What it raises when it cannot be reached, is busy for too long, or is full: nothing will work."""

BUSY_TIMEOUT_S = 30.0
"""How long a SQLite connection waits for another writer."""
_WRITES = "packshot_writes"
_TURNS = "packshot_turns"
_SCHEMA = "packshot_schema"
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_CHECKPOINT_PAGES = 16_000
"""Pages (64 MB) that are written to the log before they are moved to their place: ids of events
touch a page each, many of them again and again. With SQLite's 1,000 an id takes 36 us, with these
22 (batches of 8,000 into a table of a million)."""
_CACHE_KIB = 32_768
"""Of each connection."""
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""libpq's, in seconds, the last in milliseconds: without them, who waits for a server whose machine
is gone waits for some fifteen minutes after another has taken its place. The URL's own come first.
"""
_RESHAPING = 0x7061636B73636865
"""Of PostgreSQL's advisory lock: "packsche" in ASCII."""


class KeysBroken(Exception):
    """A change of tables left rows that point to nothing; it was taken back."""

    def __init__(self, *, tables: set[str]) -> None:
        self.tables = tables
        super().__init__(f"rows of {', '.join(sorted(tables))} would point to nothing")


def open_engine(url: str) -> Engine:
    """Open a database; nothing is connected before the first use.

    SQLite runs in WAL mode with foreign keys, and is synchronised to disk at every commit, so that
    what was acknowledged survives a power cut.

    Parameters
    ----------
        url : SQLAlchemy URL of SQLite or PostgreSQL
    Raises    sqlalchemy.exc.ArgumentError: not such a URL
    """
    told = make_url(url)
    if told.get_backend_name() != "sqlite":
        patience = {name: value for name, value in _PATIENCE.items() if name not in told.query}
        # Whatever is the database's: arrays are encoded here, and bytes are no text to us.
        told_so = {"client_encoding": "utf8"}
        return create_engine(url, pool_pre_ping=True, connect_args=patience | told_so)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S},
        execution_options={_TURNS: Turns()},
        # Writers come one after the other: whose connection wrote last knows the pages by heart,
        # any other's must read them all again.
        pool_use_lifo=True,
    )
    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def encoding_of(connection: Connection) -> str:
    """How the database keeps characters; what is not Unicode has no place for most of them."""
    if connection.dialect.name != "postgresql":
        return "UTF8"
    return str(connection.exec_driver_sql("SHOW server_encoding").scalar())


def in_schema(engine: Engine, schema: str) -> Engine:
    """The same PostgreSQL database and connections, and of its tables those of one schema alone.

    Each transaction says at its beginning which schema it is of, and PostgreSQL forgets it at the
    end: a connection that goes back to the pool, or a pooler between, carries nothing over. Other
    schemas are not looked at for what this one lacks.

    Parameters
    ----------
        schema : small letters, digits and underscores; it need not be there yet
    """
    if _SCHEMA_NAME.fullmatch(schema) is None:
        raise ValueError(f"not a name for a schema: {schema!r}")
    within = engine.execution_options(**{_SCHEMA: schema})

    def enter(connection: Connection) -> None:
        connection.exec_driver_sql(f'SET LOCAL search_path TO "{schema}"')

    event.listen(within, "begin", enter)
    return within


def schema_of_engine(of: Engine | Connection) -> str | None:
    """The schema that `in_schema` named; None for the database's own."""
    found: str | None = of.get_execution_options().get(_SCHEMA)
    return found


def lock_number(connection: Connection, number: int) -> int:
    """The number of an advisory lock, which all schemas of a database share, for this one's own."""
    schema = schema_of_engine(connection)
    if schema is None:
        return number
    digest = blake2b(f"{schema}:{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _make_private(
    _dialect: Dialect, _record: ConnectionPoolEntry, args: tuple[Any, ...], _more: dict[str, Any]
) -> None:
    """Let a new database be its owner's alone.

    It holds the keys that sign images' addresses, and secrets of webhooks. SQLite gives the files
    beside it the same rights; one that is there keeps those that somebody gave it.
    """
    if args[0].startswith("file:"):  # who writes an address chooses the rights, too
        return
    with suppress(OSError):  # it is there already, or cannot be made, as is told then
        os.close(os.open(args[0], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _set_up_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver's own habit of opening transactions late is switched off; see _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
        f"cache_size=-{_CACHE_KIB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: one that has read first could no longer wait for it.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, and sees one state throughout."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may read and then write; it commits at the end or leaves no trace."""
    turns = engine.get_execution_options().get(_TURNS)
    turn = nullcontext() if turns is None else turns.turn(timeout_s=BUSY_TIMEOUT_S)
    with turn, engine.execution_options(**{_WRITES: True}).begin() as connection:
        yield connection


@contextmanager
def reshaping(engine: Engine) -> Iterator[Connection]:
    """A transaction that changes tables; only one at a time, and nobody writes beside it.

    SQLite changes a table by copying it, and would follow its foreign keys when the old one goes;
    they are off meanwhile, and checked before it commits.

    Raises
    ------
        KeysBroken
    """
    with engine.execution_options(**{_WRITES: True}).connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                connection.exec_driver_sql(
                    f"SELECT pg_advisory_xact_lock({lock_number(connection, _RESHAPING)})"
                )
                yield connection
            return
        driver = connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("a connection without a driver's")
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise KeysBroken(tables={row[0] for row in broken})
        finally:
            driver.execute("PRAGMA foreign_keys=ON")
