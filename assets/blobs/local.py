"""Bytes in a local folder: one read-only file a blob, never half-written."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from assets.errors import BlobNotFound, BlobStoreFull, BlobStoreUnwritable
from assets.keys import blob_key, check_digest

_PART_SUFFIX: Final = ".part"
_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class LocalBlobs:
    """A `BlobStore` in a folder that is made when the first bytes arrive.

    A blob is written to a temporary file beside its final name, flushed to the device, and then
    renamed, which POSIX does at once or not at all. A crash leaves at most a `.part` file, which
    `remove_parts` clears.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Where the bytes of this digest lie or would lie."""
        return self.root / blob_key(digest)

    def write(self, digest: str, data: bytes) -> None:
        """Store the bytes durably, whole or not at all; as `BlobStore.write`."""
        path = self.path(check_digest(digest))
        if _holds(path, data):
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_atomically(path, data)
        except OSError as error:
            _translate(error, path=path, size_bytes=len(data))

    def read(self, digest: str) -> bytes:
        """All bytes. Raises BlobNotFound."""
        with self.open(digest) as stream:
            return stream.read()

    def open(self, digest: str) -> BinaryIO:
        """A stream of the bytes that the caller closes. Raises BlobNotFound."""
        path = self.path(digest)
        try:
            return path.open("rb")
        except FileNotFoundError:
            raise BlobNotFound(digest=digest) from None

    def exists(self, digest: str) -> bool:
        """Whether bytes lie under this digest; says nothing about damage."""
        return self.path(digest).is_file()

    def remove(self, digest: str) -> None:
        """Delete the bytes, if they are there. Raises BlobStoreUnwritable."""
        path = self.path(digest)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            _translate(error, path=path, size_bytes=0)

    def remove_parts(self, *, before_s: float) -> int:
        """Delete what crashed writes left behind and return how many files that were.

        Parameters
        ----------
            before_s : epoch seconds; younger parts may belong to a write that still runs
        """
        stale = [
            part
            for part in self.root.glob(f"??/??/*{_PART_SUFFIX}")
            if part.stat().st_mtime < before_s
        ]
        for part in stale:
            part.unlink(missing_ok=True)
        return len(stale)


def _holds(path: Path, data: bytes) -> bool:
    """Whether the file has exactly these bytes: damage must not pass for a stored blob."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _write_atomically(path: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=path.name[:8], suffix=_PART_SUFFIX, dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o444)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut; only POSIX can open a folder."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _translate(error: OSError, *, path: Path, size_bytes: int) -> NoReturn:
    if error.errno in _NO_ROOM:
        raise BlobStoreFull(path=str(path), size_bytes=size_bytes) from error
    why = error.strerror or str(error)
    raise BlobStoreUnwritable(path=str(path.parent), why=why) from error
