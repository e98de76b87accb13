"""Pictures in other sizes and formats, made once and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from assets.encode import MAX_RENDITION_WIDTH_PX, encode_rendition
from assets.formats import Limits, read_header
from assets.keys import digest_of
from assets.model import Asset, AssetRecord, Rendition
from assets.ports import BlobStore, Index

_LOCK_STRIPES: Final = 64


class Renditions:
    """Makes and finds renditions. Safe to call from several threads and processes."""

    def __init__(
        self, *, blobs: BlobStore, index: Index, clock: Callable[[], float], limits: Limits
    ) -> None:
        self._blobs = blobs
        self._index = index
        self._clock = clock
        self._limits = limits
        self._making = tuple(threading.Lock() for _ in range(_LOCK_STRIPES))

    def of(self, record: AssetRecord, *, width_px: int | None, media_type: str | None) -> Rendition:
        """The rendition of an asset: found, or made and recorded.

        Raises
        ------
            BlobNotFound, BlobStoreFull, BlobStoreUnwritable
        """
        original, digest = record.asset, record.asset.digest
        width_px, media_type = _form(original, width_px=width_px, media_type=media_type)
        unchanged = (width_px, media_type) == (original.width_px, original.media_type)
        if unchanged and record.kind == "output":  # a source may carry EXIF and foreign colours
            return Rendition(original_digest=digest, asset=original)
        with self._making[hash((digest, width_px, media_type)) % _LOCK_STRIPES]:
            known = self._index.find_rendition(digest, width_px=width_px, media_type=media_type)
            if known is not None and self._blobs.exists(known.asset.digest):
                return known
            asset = self._encoded(original, width_px=width_px, media_type=media_type)
            made = Rendition(original_digest=digest, asset=asset)
            self._index.add_rendition(made, width_px=width_px, created_s=self._clock())
            return made

    def unrecorded(self, original: Asset, *, width_px: int | None, media_type: str | None) -> Asset:
        """The rendition made anew, without asking or telling the index.

        Raises
        ------
            BlobNotFound, BlobStoreFull, BlobStoreUnwritable
        """
        width_px, media_type = _form(original, width_px=width_px, media_type=media_type)
        return self._encoded(original, width_px=width_px, media_type=media_type)

    def _encoded(self, original: Asset, *, width_px: int, media_type: str) -> Asset:
        data = encode_rendition(
            self._blobs.read(original.digest),
            width_px=width_px,
            media_type=media_type,
            limits=self._limits,
        )
        header = read_header(data, limits=self._limits)
        asset = Asset(
            digest=digest_of(data),
            media_type=media_type,
            width_px=header.width_px,
            height_px=header.height_px,
            size_bytes=len(data),
        )
        self._blobs.write(asset.digest, data)
        return asset


def _form(original: Asset, *, width_px: int | None, media_type: str | None) -> tuple[int, str]:
    """The width and type of what is made: never wider than the original."""
    widest_px = min(original.width_px, MAX_RENDITION_WIDTH_PX)
    return min(width_px or widest_px, widest_px), media_type or _screen_type(original.media_type)


def _screen_type(media_type: str) -> str:
    """What a browser shows everywhere in place of this type."""
    return media_type if media_type in {"image/jpeg", "image/png", "image/webp"} else "image/jpeg"
