"""The list of archived files, and how far the archive has read the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from studio.db.parts import parts
from studio.db.tables import ARCHIVE_FILE, ARCHIVE_LEFT

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
    forget_left(connection, [file.digest])


def drop_files(connection: Connection, digests: Iterable[str], *, at_s: float) -> None:
    """Take files off the list; their bytes are left."""
    names = list(digests)
    for some in parts(names):
        connection.execute(delete(ARCHIVE_FILE).where(ARCHIVE_FILE.c.digest.in_(some)))
    for name in names:
        leave(connection, name, at_s=at_s)


def leave(connection: Connection, digest: str, *, at_s: float) -> bool:
    """Note bytes that no file of the list has, or that were noted before, as left at this moment.

    False where they are being removed: who writes them now could lose them.
    """
    found = connection.execute(
        select(ARCHIVE_LEFT.c.removing).where(ARCHIVE_LEFT.c.digest == digest)
    ).scalar()
    if found:
        return False
    forget_left(connection, [digest])
    connection.execute(insert(ARCHIVE_LEFT).values(digest=digest, since_s=at_s, removing=False))
    return True


def take_left(connection: Connection, *, until_s: float) -> tuple[str, ...]:
    """Mark the bytes that were left by then as being removed; these, and those so marked before."""
    # Whoever wrote the same bytes as another may have noted them after that one's listing.
    listed = select(ARCHIVE_FILE.c.digest)
    connection.execute(delete(ARCHIVE_LEFT).where(ARCHIVE_LEFT.c.digest.in_(listed)))
    due = or_(ARCHIVE_LEFT.c.since_s <= until_s, ARCHIVE_LEFT.c.removing)
    connection.execute(update(ARCHIVE_LEFT).where(due).values(removing=True))
    marked = select(ARCHIVE_LEFT.c.digest).where(ARCHIVE_LEFT.c.removing)
    return tuple(connection.execute(marked.order_by(ARCHIVE_LEFT.c.digest)).scalars())


def forget_left(connection: Connection, digests: Sequence[str]) -> None:
    """Strike bytes off what is left: they are listed now, or gone."""
    for some in parts(digests):
        connection.execute(delete(ARCHIVE_LEFT).where(ARCHIVE_LEFT.c.digest.in_(some)))
