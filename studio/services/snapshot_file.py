"""The feed's snapshot on disk: written whole or not at all, checked when read, its elder kept.

The builder of a machine writes it, the processes that serve read it, and each of them starts from
it where there is no database. The first line tells what follows: its length and its blake2b-256.
`touch` says that the file is still what the database says, so that readers know its age.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

_LOG = logging.getLogger(__name__)

_KIND: Final = "packshot-snapshot"
_MAX_HEADER_BYTES: Final = 1024
TOUCHES: Final = 30
"""After so many, which come once a second, a file is read again: 20 MB take some 30 ms."""
FAULTS: Final = ("damaged", "unwritable")


class SnapshotDamaged(ValueError):
    """The file is not what was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the first line and the file system tell of a file.

    Parameters
    ----------
        digest       : of the document, blake2b-256 in hexadecimal
        length_bytes : of the document
        whole        : whether the file is as long as that asks for
        checked_s    : when it was last known to be what the database says, seconds since the epoch
    """

    digest: str
    length_bytes: int
    whole: bool
    checked_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A document that was read whole."""

    heading: Heading
    document: bytes


class SnapshotFile:
    """One file and its predecessor.

    Parameters
    ----------
        path : of the file; the one before it is beside it, with ".previous" at its end
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.previous = path.with_name(path.name + ".previous")
        self._faults: Counter[str] = Counter()
        self._sound = ""
        self._touched: tuple[int, int, int] | None = None
        self._touches = 0

    @property
    def faults(self) -> Mapping[str, int]:
        """How often the file was found damaged, or could not be written."""
        return {name: self._faults[name] for name in FAULTS}

    def read(self) -> Kept | None:
        """The newest document that is whole; None where there is none."""
        return self.read_current() or self._read(self.previous)

    def read_current(self) -> Kept | None:
        """The document of the file itself, None where it is missing or damaged."""
        kept = self._read(self.path)
        if kept is not None:
            self._sound = kept.heading.digest
        return kept

    def _read(self, path: Path) -> Kept | None:
        try:
            return _read(path)
        except FileNotFoundError:
            return None
        except (OSError, SnapshotDamaged) as fault:
            self.refuse(path, str(fault))
            return None

    def refuse(self, path: Path, why: str) -> None:
        """Count and log a file that cannot be used."""
        self._faults["damaged"] += 1
        _LOG.error("snapshot_damaged", extra={"file": path.name, "why": why})

    def stamp(self) -> tuple[int, int, int] | None:
        """What changes when the file is written or touched; None without a file."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def heading(self) -> Heading | None:
        """What the first line tells; None where it is no such file."""
        try:
            with self.path.open("rb") as stream:
                return _heading(stream)
        except (OSError, SnapshotDamaged):
            return None

    def write(self, document: bytes, *, now_s: float) -> bool:
        """Put a document in the file's place; False, a log line and a count where that fails."""
        digest = _digest(document)
        header = {"kind": _KIND, "bytes": len(document), "blake2b": digest}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # In a folder of its own, which goes whatever happens, on the same file system.
            with tempfile.TemporaryDirectory(dir=self.path.parent, prefix=".snapshot-") as folder:
                part = Path(folder) / self.path.name
                with part.open("wb") as stream:
                    stream.write(json.dumps(header).encode() + b"\n")
                    stream.write(document)
                    stream.flush()
                    os.fsync(stream.fileno())
                os.utime(part, (now_s, now_s))
                self._keep_previous(Path(folder))
                part.replace(self.path)
        except OSError as fault:
            # A full disk must not keep the feed from its new snapshot; the old file stays.
            self._faults["unwritable"] += 1
            _LOG.error("snapshot_unwritable", extra={"file": self.path.name, "why": str(fault)})
            return False
        self._sound, self._touched = digest, self.stamp()
        return True

    def touch(self, now_s: float) -> bool:
        """Say that the file is what the database says now; False where it must be written anew.

        Its bytes are looked at where somebody else has changed the file or its time, and now and
        then in any case: a change in the very moment of a touch leaves no trace but itself.
        """
        if not self._is_sound():
            return False
        self._touches += 1
        if self.stamp() != self._touched or self._touches >= TOUCHES:
            if not self._is_whole():
                return False
            self._touches = 0
        with contextlib.suppress(OSError):
            os.utime(self.path, (now_s, now_s))
        self._touched = self.stamp()
        return True

    def _is_whole(self) -> bool:
        """Whether its bytes are those that were written."""
        return self.read_current() is not None

    def _is_sound(self) -> bool:
        """Whether it is what this process has read or written whole, by its first line and size."""
        heading = self.heading()
        return heading is not None and heading.whole and heading.digest == self._sound

    def _keep_previous(self, folder: Path) -> None:
        # What is damaged must not take the place of what is sound.
        if not self._is_sound():
            return
        link = folder / self.previous.name
        with contextlib.suppress(OSError):  # some file systems have no hard links
            link.hardlink_to(self.path)
            link.replace(self.previous)


def _read(path: Path) -> Kept:
    with path.open("rb") as stream:
        heading = _heading(stream)
        document = stream.read()
    if len(document) != heading.length_bytes:
        raise SnapshotDamaged(f"{len(document)} bytes instead of {heading.length_bytes}")
    if _digest(document) != heading.digest:
        raise SnapshotDamaged("its bytes are not those that were written")
    return Kept(heading=heading, document=document)


def _heading(stream: BinaryIO) -> Heading:
    """Read the first line."""
    line = stream.readline(_MAX_HEADER_BYTES)
    status = os.fstat(stream.fileno())
    try:
        told = json.loads(line)
        kind, digest, length = told["kind"], str(told["blake2b"]), int(told["bytes"])
    except (ValueError, TypeError, KeyError) as fault:
        raise SnapshotDamaged("its first line is no heading") from fault
    if kind != _KIND:
        raise SnapshotDamaged(f"is of another kind, {kind!r}")
    return Heading(
        digest=digest,
        length_bytes=length,
        whole=status.st_size == len(line) + length,
        checked_s=status.st_mtime,
    )


def _digest(document: bytes) -> str:
    return hashlib.blake2b(document, digest_size=32).hexdigest()
