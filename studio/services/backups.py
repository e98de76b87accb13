"""Copies of the embedded database, made while it is used, and put back.

SQLite's own online backup copies a state that was committed as a whole, whatever is written
meanwhile. A PostgreSQL database is copied by its own tools, which know more than we do.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from studio.db.engine import Engine
from studio.db.leadership import leadership_of
from studio.db.revision import MARK
from studio.services.errors import BackupRefused, BackupUnusable

_PAGES = 1000
"""Copied at a time, so that writers wait for no more than that (4 MB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy of the database, found whole; `revision` is the step of its tables."""

    path: Path
    size_bytes: int
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put back, and where that is kept which was there before."""

    revision: str
    kept: Path | None


class Backups:
    """Copies of one database."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    def make(self, file: Path) -> Backup:
        """Copy the database to a file; it appears under its name once it is whole and checked.

        Raises
        ------
            BackupRefused : PostgreSQL, nothing to copy, or a file that is there already
        """
        database = self._file("pg_dump --format=custom --file=FILE URL")
        if not database.exists():
            raise BackupRefused(f"{database}: there is no database yet, so nothing to back up")
        if file.exists():
            raise BackupRefused(f"{file}: is there already; choose another name")
        part = file.with_name(f"{file.name}.part")
        try:
            part.unlink(missing_ok=True)
            _copy(database, part)
            _make_one_file(part)
            made = examine(part)
            _to_disk(part)
            part.rename(file)
        except OSError as fault:
            raise BackupRefused(f"{file}: cannot be written ({fault.strerror or fault})") from fault
        except sqlite3.Error as fault:
            raise BackupRefused(f"{file}: cannot be written ({fault})") from fault
        finally:
            part.unlink(missing_ok=True)
        return Backup(path=file, size_bytes=made.size_bytes, revision=made.revision)

    def restore(self, file: Path) -> Restored:
        """Put a copy in the place of the database, and keep what was there beside it.

        Raises
        ------
            BackupRefused : PostgreSQL, or a server or scheduler that is running
            BackupUnusable : no backup, or a damaged one
        """
        database = self._file("pg_restore --clean --dbname=URL FILE")
        found = examine(file)
        lead = leadership_of(self._engine)
        if not lead.hold():
            raise BackupRefused(
                f"{database}: a server or scheduler is using it; stop that first, then restore"
            )
        try:
            return self._put_back(file, database, revision=found.revision)
        except (OSError, sqlite3.Error) as fault:
            raise BackupRefused(f"{database}: cannot be written ({fault})") from fault
        finally:
            lead.release()

    def _put_back(self, file: Path, database: Path, *, revision: str) -> Restored:
        kept = None
        if database.exists():
            kept = self._spare_name(database)
            _copy(database, kept)
            _make_one_file(kept)
        # Through the database itself, in one transaction: whoever has it open sees all or nothing.
        _copy(file, database)
        return Restored(revision=revision, kept=kept)

    def _spare_name(self, database: Path) -> Path:
        moment = datetime.fromtimestamp(self._clock(), UTC)
        wanted = database.with_name(f"{database.name}.before-{moment:%Y%m%d-%H%M%S}")
        names = (wanted.with_name(f"{wanted.name}-{number}") for number in range(2, 1000))
        return next(name for name in (wanted, *names) if not name.exists())

    def _file(self, instead: str) -> Path:
        if self._engine.dialect.name != "sqlite":
            raise BackupRefused(f"a PostgreSQL database is copied by its own tools: {instead}")
        return Path(self._engine.url.database or "")


def examine(file: Path) -> Backup:
    """Look whether a file is a whole database of ours.

    Raises
    ------
        BackupUnusable
    """
    if not file.is_file():
        raise BackupUnusable(path=str(file), why="there is no such file")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            (verdict,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
            row = opened.execute(f"SELECT version_num FROM {MARK}").fetchone()  # noqa: S608
    except sqlite3.Error as fault:
        raise BackupUnusable(path=str(file), why=str(fault)) from fault
    if verdict != "ok" or row is None:
        raise BackupUnusable(path=str(file), why=f"damaged ({verdict})")
    return Backup(path=file, size_bytes=file.stat().st_size, revision=str(row[0]))


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written, pages=_PAGES)


def _make_one_file(copy: Path) -> None:
    """Let a copy need no log beside it."""
    with closing(sqlite3.connect(copy)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")


def _to_disk(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
