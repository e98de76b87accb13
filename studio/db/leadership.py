"""Who of several schedulers leads: a lock that the operating system or PostgreSQL takes back.

Neither lock can outlive its holder for long: a file lock ends with its process, an advisory lock
with its session, and the session of a machine that lost its power or its network after half a
minute. No clock decides who leads, so that no clock can let two lead at once.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from studio.db.engine import DatabaseFault

_LOCK_KEY: Final = 0x7061636B73686F74
"""Of PostgreSQL's advisory lock: "packshot" in ASCII."""
_TRY: Final = text("SELECT pg_try_advisory_lock(:key)")
_FREE: Final = text("SELECT pg_advisory_unlock(:key)")
_KEEPALIVES: Final = tuple(
    text(f"SET {name} = {value}")
    for name, value in (
        ("tcp_keepalives_idle", 10), ("tcp_keepalives_interval", 5), ("tcp_keepalives_count", 3),
        ("tcp_user_timeout", 25_000),
    )
)  # fmt: skip
"""Of this session: by default a server waits two hours for a machine that is off, and nobody could
lead meanwhile."""
_PATIENCE: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""Of the other side: who leads and is cut off from the server notices as soon."""
_STILL: Final = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND pid = pg_backend_pid() AND ((classid::bigint << 32) | objid::bigint) = :key"
)


class Leadership(Protocol):
    """The right to be the one scheduler."""

    def hold(self) -> bool:
        """Whether it is held now: kept where it was held, taken where it is free."""

    def release(self) -> None:
        """Let another have it."""

    @property
    def elsewhere(self) -> bool:
        """Whether another process had it when `hold` was last asked."""


class FileLeadership:
    """A lock on a file, for processes that share a folder."""

    def __init__(self, file: Path) -> None:
        # Not bound to a thread: it is asked by one and released by another.
        self._lock = FileLock(file, thread_local=False)
        self.elsewhere = False

    def hold(self) -> bool:
        """Take the lock unless another process has it; a held one stays held."""
        if self._lock.is_locked:
            return True
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            self.elsewhere = True
        else:
            self.elsewhere = False
        return not self.elsewhere

    def release(self) -> None:
        """Let another process have it."""
        self._lock.release(force=True)


class PostgresLeadership:
    """A session's advisory lock, on a connection that does nothing else.

    PostgreSQL frees it as soon as the session ends, whatever ended it. Each `hold` asks the server
    whether this session has it still: a connection that was cut, or that a pooler put on another
    session, is noticed there.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = create_engine(
            engine.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            pool_pre_ping=False,
            connect_args=_PATIENCE,
        )
        self._connection: Connection | None = None
        self.elsewhere = False

    def hold(self) -> bool:
        """Take the lock unless another session has it; False too where the server is gone."""
        try:
            held = self._still() or self._take()
        except DatabaseFault:
            self.release()
            self.elsewhere = False  # nobody knows
            return False
        self.elsewhere = not held
        return held

    def release(self) -> None:
        """End the session, and the lock with it."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        # The server ends a session some time after it was left; the lock is to be free now.
        with suppress(DatabaseFault):
            connection.execute(_FREE, {"key": _LOCK_KEY})
        with suppress(DatabaseFault):
            connection.close()

    def _still(self) -> bool:
        if self._connection is None:
            return False
        return bool(self._connection.execute(_STILL, {"key": _LOCK_KEY}).scalar())

    def _take(self) -> bool:
        if self._connection is None:
            self._connection = self._engine.connect()
            for setting in _KEEPALIVES:
                self._connection.execute(setting)
        return bool(self._connection.execute(_TRY, {"key": _LOCK_KEY}).scalar())


def leadership_of(engine: Engine) -> Leadership:
    """The lock that all schedulers of a database compete for."""
    if engine.dialect.name == "postgresql":
        return PostgresLeadership(engine)
    database = Path(engine.url.database or "packshot.sqlite")
    return FileLeadership(database.with_name(f"{database.name}.scheduler"))
