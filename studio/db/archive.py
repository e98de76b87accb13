"""The list of archived files, and how far the archive has read the log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from studio.db.tables import ARCHIVE_FILE

ARCHIVE: str = "archive"
"""The archive's name among the readers of the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile:
    """A Parquet file of raw events.

    Parameters
    ----------
        digest      : SHA-256 of its bytes, their name in the asset store
        day         : UTC day of receipt, counted from 1970-01-01
        first, last : numbers of the log's chunks that it holds
    """

    digest: str
    day: int
    first: int
    last: int
    events: int
    size_bytes: int
    written_s: float


def archive_files(connection: Connection) -> tuple[ArchiveFile, ...]:
    """The archive, in the order of the log."""
    rows = connection.execute(select(ARCHIVE_FILE).order_by(ARCHIVE_FILE.c.first)).mappings()
    return tuple(ArchiveFile(**row) for row in rows)


def archived_to(connection: Connection) -> int:
    """Number of the last chunk that is archived; 0 where none is."""
    return connection.execute(select(func.max(ARCHIVE_FILE.c.last))).scalar() or 0


def add_file(connection: Connection, file: ArchiveFile) -> None:
    """List a file: from now on it is part of the archive."""
    values = {name: getattr(file, name) for name in ArchiveFile.__slots__}
    connection.execute(ARCHIVE_FILE.insert().values(values))


def drop_files(connection: Connection, digests: Iterable[str]) -> None:
    """Take files off the list."""
    names = list(digests)
    for start in range(0, len(names), 400):
        some = names[start : start + 400]
        connection.execute(delete(ARCHIVE_FILE).where(ARCHIVE_FILE.c.digest.in_(some)))
