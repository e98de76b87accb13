"""The snapshot as clients fetch it: JSON, packed once, under an ETag that says what it holds."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from fastapi import Depends
from starlette.requests import HTTPConnection

from abtest.snapshot import Snapshot
from studio.api.services import WORLD
from studio.services.feed import Feed

_GZIP_LEVEL: Final = 5
_BUILT_AT: Final = re.compile(rb'"built_at_s":\s*[-+.0-9eE]+')
_ETAG_DIGITS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of the snapshot.

    Parameters
    ----------
        version : of the snapshot
        etag    : the same on every replica that serves the same tests; weak, for it stands for
                  both the plain and the packed bytes
        plain   : JSON
        packed  : the same by gzip
    """

    version: str
    etag: str
    plain: bytes
    packed: bytes

    def matches(self, header: str | None) -> bool:
        """Whether an If-None-Match names this document.

        >>> document = Document(version="7", etag='W/"a1"', plain=b"", packed=b"")
        >>> [document.matches(header) for header in ('W/"a1"', '"x", "a1"', "*", '"b"', None)]
        [True, True, True, False, False]
        """
        if header is None:
            return False
        named = {part.strip().removeprefix("W/") for part in header.split(",")}
        return "*" in named or self.etag.removeprefix("W/") in named


class Documents:
    """The current document of a feed; built in a thread, once for all who ask."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._lock = asyncio.Lock()
        self._last: tuple[Snapshot, Document] | None = None

    @property
    def snapshot(self) -> Snapshot:
        """What the document is to be of."""
        return self._feed.snapshot

    async def current(self) -> Document:
        """The document of the snapshot that decisions rest on now."""
        async with self._lock:
            snapshot = self._feed.snapshot
            if self._last is None or self._last[0] is not snapshot:
                plain = await asyncio.to_thread(self._feed.document)
                document = await asyncio.to_thread(_document, snapshot.version, plain)
                self._last = (snapshot, document)
            return self._last[1]


def _document(version: str, plain: bytes) -> Document:
    # Replicas build the same tests at different moments; that alone makes no other document.
    digest = hashlib.sha256(_BUILT_AT.sub(b"", plain, count=1)).hexdigest()[:_ETAG_DIGITS]
    packed = gzip.compress(plain, _GZIP_LEVEL, mtime=0)
    return Document(version=version, etag=f'W/"{digest}"', plain=plain, packed=packed)


async def _documents_of(connection: HTTPConnection) -> Documents:
    documents: Documents = connection.scope[WORLD].documents
    return documents


DocumentsOf: TypeAlias = Annotated[Documents, Depends(_documents_of)]
"""The documents, as a route's argument."""
