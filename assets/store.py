"""The asset store: immutable images by digest, with records, renditions and lineage."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import BinaryIO, Final

from assets.encode import check_rendition
from assets.errors import AssetNotFound, BlobCorrupt, ImageRefused
from assets.exr import MEDIA_TYPE as EXR
from assets.formats import Limits, read_header, refuse_damaged
from assets.keys import check_digest, digest_of
from assets.model import Asset, AssetRecord, Derivation, Rendition
from assets.ports import BlobStore, Index
from assets.renditions import Renditions

_REMEMBERED: Final = 20_000
"""Pictures of which a store knows by heart what they are: some 10 MB."""


class AssetStore:
    """Puts image bytes away under their digest and tells how each of them came about.

    Safe to call from several threads and processes. Bytes are durable before their record is
    written, so that a record never names bytes that a crash took.
    """

    def __init__(
        self,
        *,
        blobs: BlobStore,
        index: Index,
        clock: Callable[[], float],
        limits: Limits | None = None,
    ) -> None:
        self._blobs = blobs
        self._index = index
        self._clock = clock
        self._limits = Limits() if limits is None else limits
        self._renditions = Renditions(blobs=blobs, index=index, clock=clock, limits=self._limits)
        self._shown: OrderedDict[tuple[str, int | None, str | None], Asset] = OrderedDict()
        self._showing = threading.Lock()

    @property
    def limits(self) -> Limits:
        """What this store takes at most."""
        return self._limits

    def put(self, data: bytes, *, derivation: Derivation | None = None) -> Asset:
        """Store an image: a source, or with a `derivation` the output of a recipe.

        The same bytes give the same asset however often they are put. A source comes from
        outside: it is decoded wholly, so that a truncated upload is refused here and not later;
        of OpenEXR renders only the header is read, their passes are for who works on them.

        Raises
        ------
            ImageRefused: not a readable image of a taken format within the limits
            AssetNotFound: the derivation names a source that is not in the store
            BlobStoreFull, BlobStoreUnwritable
        """
        header = read_header(data, limits=self._limits)
        if derivation is None and header.media_type != EXR:
            refuse_damaged(data, limits=self._limits)
        elif derivation is not None:
            self.record(derivation.source_digest)
        asset = Asset(
            digest=digest_of(data),
            media_type=header.media_type,
            width_px=header.width_px,
            height_px=header.height_px,
            size_bytes=len(data),
        )
        self._blobs.write(asset.digest, data)
        self._index.add(
            asset,
            kind="source" if derivation is None else "output",
            created_s=self._clock(),
            derivation=derivation,
        )
        return asset

    def read(self, digest: str) -> bytes:
        """All bytes of an asset or a rendition. Raises BlobNotFound, DigestInvalid."""
        return self._blobs.read(check_digest(digest))

    def open(self, digest: str) -> BinaryIO:
        """A stream that the caller closes. Raises BlobNotFound, DigestInvalid."""
        return self._blobs.open(check_digest(digest))

    def record(self, digest: str) -> AssetRecord:
        """What is known of an asset. Raises AssetNotFound, DigestInvalid."""
        record = self._index.find(check_digest(digest))
        if record is None:
            raise AssetNotFound(digest=digest)
        return record

    def find_output(self, recipe_hash: str) -> AssetRecord | None:
        """The asset that a recipe made, if its bytes are still here."""
        record = self._index.find_output(recipe_hash)
        if record is None or not self._blobs.exists(record.asset.digest):
            return None
        return record

    def lineage(self, digest: str) -> tuple[AssetRecord, ...]:
        """The asset, what it was made from, and so on, up to the source.

        An output's first derivation names a record older than itself, so that this ends.

        Raises         AssetNotFound, DigestInvalid
        """
        steps = [self.record(digest)]
        while steps[-1].kind == "output":
            steps.append(self.record(steps[-1].derivations[0].source_digest))
        return tuple(steps)

    def verify(self, digest: str) -> Asset:
        """Read the bytes back and compare them with their digest.

        Raises         AssetNotFound, BlobNotFound, BlobCorrupt, DigestInvalid
        """
        record = self.record(digest)
        found = digest_of(self._blobs.read(digest))
        if found != digest:
            raise BlobCorrupt(digest=digest, found=found)
        return record.asset

    def rendition(
        self, digest: str, *, width_px: int | None = None, media_type: str | None = None
    ) -> Rendition:
        """The picture in another size or format, made once and kept.

        Parameters
        ----------
            width_px : 1 to 8192; None or more than the original has: the original's width,
                8192 at most
            media_type : image/jpeg, image/webp, image/avif or image/png; None: the original's
                where it is one of these, else image/jpeg

        Raises
        ------
            RenditionRefused: a width or format that is not made
            AssetNotFound, BlobNotFound, BlobStoreFull, DigestInvalid
        """
        check_rendition(width_px=width_px, media_type=media_type)
        record = self.record(digest)
        return self._renditions.of(record, width_px=width_px, media_type=media_type)

    def remembered(
        self, digest: str, *, width_px: int | None = None, media_type: str | None = None
    ) -> Asset | None:
        """What `shown` gave before, without asking anybody; None where that is not known."""
        with self._showing:
            known = self._shown.get((digest, width_px, media_type))
            if known is not None:
                self._shown.move_to_end((digest, width_px, media_type))
            return known

    def forget(self, digest: str) -> None:
        """Ask again for a picture, and for all its sizes: its bytes were not where they lay."""
        with self._showing:
            for key in [key for key in self._shown if key[0] == digest]:
                del self._shown[key]

    def fetch(self, digest: str) -> tuple[Asset, bytes]:
        """What a picture is, and its bytes, read once; remembered.

        The bytes alone tell what it is: the index, which may be away, is not asked.

        Raises
        ------
            AssetNotFound, BlobNotFound, DigestInvalid
        """
        data = self.read(digest)
        asset = self._told_by(digest, data)
        self._remember((digest, None, None), asset)
        return asset, data

    def shown(
        self,
        digest: str,
        *,
        width_px: int | None = None,
        media_type: str | None = None,
        recorded: bool = True,
    ) -> Asset:
        """The picture in another size or format, or as it is where none is asked for; remembered.

        A rendition is looked up, made and recorded; where that cannot be, it can be made all the
        same.

        Parameters
        ----------
            recorded : whether to look a rendition up and to record it

        Raises
        ------
            RenditionRefused, AssetNotFound, BlobNotFound, BlobStoreFull, DigestInvalid
        """
        if width_px is None and media_type is None:
            return self.fetch(digest)[0]
        if recorded:
            asset = self.rendition(digest, width_px=width_px, media_type=media_type).asset
        else:
            asset = self._unrecorded(digest, width_px=width_px, media_type=media_type)
        self._remember((digest, width_px, media_type), asset)
        return asset

    def _remember(self, key: tuple[str, int | None, str | None], asset: Asset) -> None:
        with self._showing:
            self._shown[key] = asset
            while len(self._shown) > _REMEMBERED:
                self._shown.popitem(last=False)

    def _unrecorded(self, digest: str, *, width_px: int | None, media_type: str | None) -> Asset:
        check_rendition(width_px=width_px, media_type=media_type)
        original, _ = self.fetch(digest)
        return self._renditions.unrecorded(original, width_px=width_px, media_type=media_type)

    def _told_by(self, digest: str, data: bytes) -> Asset:
        try:
            header = read_header(data, limits=self._limits)
        except ImageRefused:  # taken under other limits
            return self.record(digest).asset
        return Asset(
            digest=digest,
            media_type=header.media_type,
            width_px=header.width_px,
            height_px=header.height_px,
            size_bytes=len(data),
        )
