"""What the asset store needs from the outside: a place for bytes and a place for records."""

from __future__ import annotations

from typing import BinaryIO, Protocol

from assets.model import Asset, AssetKind, AssetRecord, Derivation, Rendition


class BlobStore(Protocol):
    """Bytes under their digest. Implementations are safe to call from several threads.

    One that lies elsewhere raises BlobStoreAway too, whatever it is asked.
    """

    def write(self, digest: str, data: bytes) -> None:
        """Store the bytes durably, whole or not at all; bytes that lie there already are kept.

        Bytes under this digest that differ from `data` (damage) are replaced.

        Raises         BlobStoreFull, BlobStoreUnwritable
        """
        ...

    def read(self, digest: str) -> bytes:
        """All bytes. Raises BlobNotFound."""
        ...

    def open(self, digest: str) -> BinaryIO:
        """A stream of the bytes that the caller closes. Raises BlobNotFound."""
        ...

    def exists(self, digest: str) -> bool:
        """Whether bytes lie under this digest; says nothing about damage."""
        ...

    def remove(self, digest: str) -> None:
        """Delete the bytes, if they are there: for what nobody names any more.

        Raises         BlobStoreUnwritable
        """
        ...


class Index(Protocol):
    """Records of assets. Implementations are safe to call from several threads."""

    def add(
        self, asset: Asset, *, kind: AssetKind, created_s: float, derivation: Derivation | None
    ) -> None:
        """Record an asset once; a further derivation of a known asset is added to its record."""
        ...

    def find(self, digest: str) -> AssetRecord | None:
        """The record of an asset, or None."""
        ...

    def find_output(self, recipe_hash: str) -> AssetRecord | None:
        """The newest asset that this recipe made, or None."""
        ...

    def add_rendition(self, rendition: Rendition, *, width_px: int, created_s: float) -> None:
        """Remember a rendition by its original, its width and its media type; the last stays."""
        ...

    def find_rendition(self, digest: str, *, width_px: int, media_type: str) -> Rendition | None:
        """The rendition of this width and media type, or None."""
        ...
