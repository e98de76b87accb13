"""Copies of the embedded database, made while it is used, and put back.

SQLite's own online backup copies a state that was committed as a whole, whatever is written
meanwhile. A PostgreSQL database is copied by its own tools, which know more than we do.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from studio.db.engine import BUSY_TIMEOUT_S, Engine, reading
from studio.db.leadership import leadership_of
from studio.db.migrations import HEAD
from studio.db.revision import MARK, revision_of
from studio.services.errors import BackupRefused, BackupUnusable


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
    """Copies of one database.

    Parameters
    ----------
        used_with : the installation's own, where this is a tenant's: they are used together
    """

    def __init__(
        self, engine: Engine, *, clock: Callable[[], float], used_with: Engine | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._used_with = engine if used_with is None else used_with

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
        with reading(self._engine) as connection:
            if revision_of(connection) is None:
                raise BackupRefused(
                    f"{database}: has no mark of its step, so that no backup of it could be put "
                    "back; stop what uses it and copy the file itself"
                )
        part = file.with_name(f"{file.name}.part")
        try:
            part.unlink(missing_ok=True)
            _copy(database, part)
            _make_one_file(part)
            shutil.copymode(database, part)
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
            BackupRefused : PostgreSQL, a server or scheduler that is running, the database
                            itself, or a backup that a newer version made
            BackupUnusable : no backup, or a damaged one
        """
        database = self._file("pg_restore --clean --dbname=URL FILE")
        found = examine(file)
        if database.exists() and file.samefile(database):
            raise BackupRefused(f"{file}: is the database itself; name a backup of it")
        _check_known(found)
        lead = leadership_of(self._used_with)
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
        try:
            kept = self._keep(database) if database.exists() else None
        except sqlite3.OperationalError:
            raise  # in use, or no space: it is whole
        except sqlite3.DatabaseError:
            return self._replace(file, database, revision=revision)
        try:
            # Through the database itself, in one transaction: whoever has it open sees all or
            # nothing.
            _copy(file, database)
        except BaseException:
            if kept is not None:
                kept.unlink()  # the database is as it was
            raise
        return Restored(revision=revision, kept=kept)

    def _replace(self, file: Path, database: Path, *, revision: str) -> Restored:
        """Put a copy where a file lies that is no database any more, and keep that file."""
        kept = self._spare_name(database)
        part = database.with_name(f"{database.name}.part")
        try:
            _copy(file, part)
            shutil.copymode(database, part)
            database.rename(kept)
            for log in ("-wal", "-shm"):  # they belong to what was there
                with suppress(FileNotFoundError):
                    database.with_name(f"{database.name}{log}").rename(f"{kept}{log}")
            part.rename(database)
        finally:
            part.unlink(missing_ok=True)
        return Restored(revision=revision, kept=kept)

    def _keep(self, database: Path) -> Path:
        """Copy what is there now beside it; nothing is left of a copy that fails."""
        kept = self._spare_name(database)
        try:
            _copy(database, kept)
            _make_one_file(kept)
            shutil.copymode(database, kept)
        except BaseException:
            kept.unlink(missing_ok=True)
            raise
        return kept

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


def _check_known(found: Backup) -> None:
    """Refuse what this version could not open once it is put back."""
    from studio.db import migrating

    if found.revision not in {step.revision for step in migrating.steps()}:
        raise BackupRefused(
            f"{found.path}: is at step {found.revision}, which this version does not know (it "
            f"knows up to {HEAD}); install the version that made it, then restore"
        )


def _copy(source: Path, target: Path) -> None:
    # All pages in one step, which is one reading transaction: between steps SQLite begins anew
    # whenever another process has written, and under a load it would never come to an end. Nobody
    # waits for it: readers hold up no writer.
    with (
        closing(sqlite3.connect(source)) as read,
        closing(sqlite3.connect(target, timeout=BUSY_TIMEOUT_S)) as written,
    ):
        read.backup(written, pages=-1, progress=_refuse_waiting)


def _refuse_waiting(status: int, _remaining: int, _pages: int) -> None:
    """End what Python would try again for ever: somebody writes and does not come to an end."""
    if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        raise sqlite3.OperationalError("another process is writing to it")


def _make_one_file(copy: Path) -> None:
    """Let a copy need no log beside it."""
    with closing(sqlite3.connect(copy)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")


def _to_disk(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
