"""The archive of raw events: written once, checked when read, whole together with the log.

::

    archive = Archive(engine, blobs=LocalBlobs(home / "assets"), clock=time.time)
    archive.write()                        # by a scheduler: what is counted and an hour old
    archive.events(test_id="3f2a")         # of the archive, then of the log: each event once
    archive.compact()                      # many small files of a day become few large ones
    archive.sweep()                        # delete the small ones' bytes, a week later

A file is written to the store first, under the digest of its bytes, and listed in the transaction
that moves the archive's place in the log. Before both, its digest is noted as of bytes that nobody
lists: what a crash leaves between the two is swept up as what is joined. Nothing else is deleted,
so that several databases may share a store.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final, Protocol

from assets import BlobError, BlobNotFound
from studio.db import archive as rows
from studio.db import event_log
from studio.db.archive import ArchiveFile
from studio.db.engine import Connection, Engine, reading, writing
from studio.db.events import EventRecord
from studio.db.log_reading import counted_chunks
from studio.services.archiving.errors import ArchiveDamaged
from studio.services.archiving.parquet import check_parquet, decode, encode
from studio.services.experiment_analysis import DAY_S

_LOG = logging.getLogger(__name__)

FILE_EVENTS: Final = 200_000
"""Of one file at least, unless an hour is over: 5 to 8 MB, and 300 MB of memory while written."""
FILE_AGE_S: Final = 3600.0
"""A chunk that has waited so long is archived however few there are."""
COMPACT_EVENTS: Final = FILE_EVENTS
"""Of one file at most once it is compacted: joining a million takes a gigabyte of memory, in the
process that serves."""


_MOST_KEPT: Final = 20
"""After so many files that could not be deleted a sweep ends: it is the store that is at fault, and
one that is away takes its time to say so of each."""
GRACE_S: Final = 7 * DAY_S
"""Bytes that nobody lists are kept so long: for who began to read when they were listed, and for
backups of the database that name them."""


class Blobs(Protocol):
    """Where files lie: `assets.ports.BlobStore`, a local folder or S3."""

    def write(self, digest: str, data: bytes) -> None:
        """Store the bytes durably, whole or not at all."""
        ...

    def read(self, digest: str) -> bytes:
        """All bytes. Raises assets.BlobNotFound."""
        ...

    def remove(self, digest: str) -> None:
        """Delete the bytes, if they are there."""
        ...


class Archive:
    """Writing, reading and compacting."""

    def __init__(self, engine: Engine, *, blobs: Blobs, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._blobs = blobs
        self._clock = clock

    def hold(self) -> None:
        """Let the log keep what is not archived yet, for as long as it takes.

        Without it, a log that nobody archives is removed after a while.
        """
        with writing(self._engine) as connection:
            _alone(connection)

    def files(self) -> tuple[ArchiveFile, ...]:
        """All files, in the order of the log."""
        with reading(self._engine) as connection:
            return rows.archive_files(connection)

    def write(self, *, everything: bool = False) -> tuple[ArchiveFile, ...]:
        """Archive what is counted and enough for a file, or old enough.

        Parameters
        ----------
            everything : all that is counted, however little
        Raises           ParquetMissing, BlobStoreFull, BlobStoreUnwritable: nothing is lost
        """
        check_parquet()
        written: list[ArchiveFile] = []
        while (file := self._write_next(everything=everything)) is not None:
            written.append(file)
        return tuple(written)

    def _write_next(self, *, everything: bool) -> ArchiveFile | None:
        with reading(self._engine) as connection:
            after = rows.archived_to(connection)
            chunks = _of_one_day(connection, after)
        events = [event for chunk in chunks for event in chunk.events]
        now_s = self._clock()
        if not chunks or not (
            everything or len(events) >= FILE_EVENTS or chunks[0].received_s <= now_s - FILE_AGE_S
        ):
            return None
        file = self._store(
            events, day=chunks[0].day, first=chunks[0].number, last=chunks[-1].number
        )
        if file is None:
            return None
        with writing(self._engine) as connection:
            _alone(connection)
            # Another process may have been here meanwhile: whoever lists first has done it.
            if rows.archived_to(connection) != after:
                return None
            rows.add_file(connection, file)
            event_log.set_reader(connection, rows.ARCHIVE, file.last)
        told = {"events": file.events, "size_bytes": file.size_bytes}
        _LOG.info("events_archived", extra=told)
        return file

    def _store(
        self, events: Sequence[EventRecord], *, day: int, first: int, last: int
    ) -> ArchiveFile | None:
        """Write a file that is to be listed; None where these very bytes are just being removed."""
        data = encode(events)
        digest = hashlib.sha256(data).hexdigest()
        with writing(self._engine) as connection:
            _alone(connection)
            if not rows.leave(connection, digest, at_s=self._clock()):
                return None
        self._blobs.write(digest, data)
        return ArchiveFile(
            digest=digest,
            day=day,
            first=first,
            last=last,
            events=len(events),
            size_bytes=len(data),
            written_s=self._clock(),
        )

    def events(self, *, test_id: str | None = None) -> Iterator[EventRecord]:
        """All counted events that were ever accepted, or those of one test, in the log's order.

        Raises
        ------
            ParquetMissing : there are files, and no pyarrow to read them
            ArchiveDamaged
        """
        with reading(self._engine) as connection:
            yield from self.read(connection, test_id=test_id)

    def read(self, connection: Connection, *, test_id: str | None = None) -> Iterator[EventRecord]:
        """As `events`, in the caller's transaction."""
        files = rows.archive_files(connection)
        for file in files:
            yield from self._read(file, test_id=test_id)
        for chunk in counted_chunks(connection, files[-1].last if files else 0):
            yield from (event for event in chunk.events if test_id in (None, event.test_id))

    def _read(self, file: ArchiveFile, *, test_id: str | None = None) -> Iterator[EventRecord]:
        try:
            data = self._blobs.read(file.digest)
        except BlobNotFound as fault:
            raise ArchiveDamaged(what=file.digest, why="it is not in the store") from fault
        if hashlib.sha256(data).hexdigest() != file.digest:
            raise ArchiveDamaged(what=file.digest, why="its bytes are not those that were written")
        return decode(data, test_id=test_id)

    def compact(self) -> int:
        """Join the files of days that are over, as long as they are small; how many were joined.

        Raises
        ------
            ParquetMissing, ArchiveDamaged, BlobStoreFull, BlobStoreUnwritable
        """
        today = int(self._clock() // DAY_S)
        joined = 0
        for day, files in groupby(self.files(), key=lambda file: file.day):
            if day < today:
                joined += sum(self._join(part) for part in _parts(list(files)))
        return joined

    def _join(self, files: Sequence[ArchiveFile]) -> int:
        if len(files) < 2:
            return 0
        events = [event for file in files for event in self._read(file)]
        joined = self._store(events, day=files[0].day, first=files[0].first, last=files[-1].last)
        if joined is None:
            return 0
        with writing(self._engine) as connection:
            _alone(connection)
            listed = {file.digest for file in rows.archive_files(connection)}
            if not listed.issuperset(file.digest for file in files):
                return 0
            former = [file.digest for file in files]
            rows.drop_files(connection, former, at_s=self._clock())
            rows.add_file(connection, joined)
        return len(files)

    def sweep(self) -> int:
        """Delete bytes that this archive has not listed for `GRACE_S`; of how many files.

        A store that is slow or away holds up no transaction: bytes are marked first, and who would
        write the same anew leaves it be until they are gone. Bytes that cannot be deleted keep no
        others, and are tried again by the next sweep.

        Raises
        ------
            BlobError: what it was that kept the first of them, once all others are deleted
        """
        with writing(self._engine) as connection:
            _alone(connection)
            going = rows.take_left(connection, until_s=self._clock() - GRACE_S)
        kept: list[BlobError] = []
        for digest in going:
            try:
                self._blobs.remove(digest)
            except BlobError as fault:
                kept.append(fault)
                if len(kept) >= _MOST_KEPT:
                    break
                continue
            with writing(self._engine) as connection:
                _alone(connection)
                rows.forget_left(connection, [digest])
        gone = len(going) - len(kept)
        if kept:
            told = {"files": len(kept), "of": len(going), "why": str(kept[0])}
            _LOG.error("archive_not_swept", extra=told)
            raise kept[0]
        if gone:
            _LOG.info("archive_swept", extra={"files": gone})
        return gone


def _alone(connection: Connection) -> None:
    """Let nobody else change the list of files until the transaction ends.

    The reader's place is written, as far as files are listed: its row is the lock. Two who list at
    the same moment would list the same events twice.
    """
    event_log.set_reader(connection, rows.ARCHIVE, rows.archived_to(connection))


def _of_one_day(connection: Connection, after: int) -> list[event_log.Chunk]:
    """The next chunks to archive: of one day of receipt, and of one file's size."""
    found: list[event_log.Chunk] = []
    events = 0
    for chunk in counted_chunks(connection, after):
        if found and (chunk.day != found[0].day or events >= FILE_EVENTS):
            break
        found.append(chunk)
        events += len(chunk.events)
    return found


def _parts(files: Sequence[ArchiveFile]) -> Iterator[list[ArchiveFile]]:
    """Neighbours that fit into one file together."""
    part: list[ArchiveFile] = []
    for file in files:
        if part and sum(each.events for each in part) + file.events > COMPACT_EVENTS:
            yield part
            part = []
        part.append(file)
    yield part
