"""Bytes in a dictionary: for tests and for previews that nobody keeps."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from assets.errors import BlobNotFound
from assets.keys import check_digest


class MemoryBlobs:
    """A `BlobStore` that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def write(self, digest: str, data: bytes) -> None:
        """Keep the bytes; as `BlobStore.write`."""
        self._blobs[check_digest(digest)] = data

    def read(self, digest: str) -> bytes:
        """All bytes. Raises BlobNotFound."""
        try:
            return self._blobs[check_digest(digest)]
        except KeyError:
            raise BlobNotFound(digest=digest) from None

    def open(self, digest: str) -> BinaryIO:
        """A stream of the bytes. Raises BlobNotFound."""
        return BytesIO(self.read(digest))

    def exists(self, digest: str) -> bool:
        """Whether bytes are kept under this digest."""
        return check_digest(digest) in self._blobs

    def remove(self, digest: str) -> None:
        """Forget the bytes, if they are there."""
        self._blobs.pop(check_digest(digest), None)
