"""Opening the database, and the two kinds of transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

__all__ = [
    "Connection",
    "DatabaseFault",
    "DatabaseGone",
    "Engine",
    "open_engine",
    "reading",
    "writing",
]

DatabaseFault = SQLAlchemyError
"""What any use of the database may raise when it is gone, full or broken."""

DatabaseGone = OperationalError
"""What it raises when it cannot be reached, is busy for too long, or is full: nothing will work."""

BUSY_TIMEOUT_S = 30.0
"""How long a SQLite connection waits for another writer."""
_WRITES = "packshot_writes"


def open_engine(url: str) -> Engine:
    """Open a database; nothing is connected before the first use.

    SQLite runs in WAL mode with foreign keys, and is synchronised to disk at every commit, so that
    what was acknowledged survives a power cut.

    Parameters
    ----------
        url : SQLAlchemy URL of SQLite or PostgreSQL
    Raises    sqlalchemy.exc.ArgumentError: not such a URL
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver's own habit of opening transactions late is switched off; see _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
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
    with engine.execution_options(**{_WRITES: True}).begin() as connection:
        yield connection
