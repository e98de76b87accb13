"""What can go wrong in the asset store.

AssetError
├── ImageRefused            the bytes are not an image that this store takes
│   ├── ImageUnreadable     empty, truncated, or no image at all
│   ├── FormatUnsupported   a file of a kind that is not taken
│   ├── ImageTooLarge       above a limit on bytes, side or pixel count
│   └── ImageAnimated       more than one frame
├── RenditionRefused        a width or format that renditions do not have
├── AssetNotFound           no record under this digest
├── DigestInvalid           not 64 lower-case hexadecimal digits
└── BlobError
    ├── BlobNotFound        a record whose bytes are gone
    ├── BlobCorrupt         bytes that no longer match their digest
    ├── BlobStoreFull       no room left on the device or in the quota
    ├── BlobStoreUnwritable the folder, or bucket, cannot be written
    ├── BlobStoreAway       a store elsewhere does not answer, or refuses to
    └── BlobStoreUnusable   no address of a store, or its client is not installed
"""

from __future__ import annotations


class AssetError(Exception):
    """Any refusal or failure of the asset store."""


class ImageRefused(AssetError):
    """The bytes are not an image that this store takes."""


class ImageUnreadable(ImageRefused):
    """The bytes cannot be decoded as an image."""

    def __init__(self, *, why: str) -> None:
        self.why = why
        super().__init__(f"not a readable image: {why}; save or export it again")


class FormatUnsupported(ImageRefused):
    """The bytes are of a kind that is not taken."""

    def __init__(self, *, found: str, supported: tuple[str, ...]) -> None:
        self.found = found
        self.supported = supported
        super().__init__(f"{found} is not taken; convert it to one of {', '.join(supported)}")


class ImageTooLarge(ImageRefused):
    """The image is above a limit; it was not decoded."""

    def __init__(self, *, what: str, value: int, limit: int, unit: str) -> None:
        self.what = what
        self.value = value
        self.limit = limit
        self.unit = unit
        super().__init__(
            f"{what} is {value:,} {unit}, the limit is {limit:,} {unit}; make the image smaller"
        )


class ImageAnimated(ImageRefused):
    """The file has several frames; one product image has one."""

    def __init__(self, *, frames: int) -> None:
        self.frames = frames
        super().__init__(f"animated or multi-page ({frames} frames); export a single frame")


class RenditionRefused(AssetError):
    """A rendition with this width or format is never made."""

    def __init__(self, *, field: str, value: object, allowed: str) -> None:
        self.field = field
        self.value = value
        self.allowed = allowed
        super().__init__(f"rendition {field} {value!r} is not possible; use {allowed}")


class AssetNotFound(AssetError):
    """No asset is recorded under this digest."""

    def __init__(self, *, digest: str) -> None:
        self.digest = digest
        super().__init__(f"no asset {digest}; put the image into the store first")


class DigestInvalid(AssetError, ValueError):
    """The text is no SHA-256 digest."""

    def __init__(self, *, value: str) -> None:
        self.value = value
        super().__init__(
            f"{value[:80]!r} is not a digest; a digest is 64 lower-case hexadecimal digits"
        )


class BlobError(AssetError):
    """The bytes of an asset could not be read or written."""


class BlobNotFound(BlobError):
    """No bytes are stored under this digest."""

    def __init__(self, *, digest: str) -> None:
        self.digest = digest
        # Not where they would lie: whoever asks over HTTP need not know the server's folders.
        super().__init__(f"no bytes are stored under {digest}; put the image into the store again")


class BlobCorrupt(BlobError):
    """The stored bytes have another digest than their name says."""

    def __init__(self, *, digest: str, found: str) -> None:
        self.digest = digest
        self.found = found
        super().__init__(
            f"the bytes of {digest} were damaged (they hash to {found}); "
            "put the original image into the store again to repair them"
        )


class BlobStoreFull(BlobError):
    """There is no room for these bytes; nothing was left behind."""

    def __init__(self, *, path: str, size_bytes: int) -> None:
        self.path = path
        self.size_bytes = size_bytes
        super().__init__(f"no room for {size_bytes:,} bytes at {path}; free some space or move it")


class BlobStoreUnwritable(BlobError):
    """The folder or the bucket of the store cannot be written."""

    def __init__(
        self, *, path: str, why: str, fix: str = "make the folder writable or choose another"
    ) -> None:
        self.path = path
        self.why = why
        self.fix = fix
        super().__init__(f"cannot write {path}: {why.rstrip('.')}; {fix}")


class BlobStoreAway(BlobError):
    """A store elsewhere does not answer, or refuses to; what it holds is not touched."""

    def __init__(self, *, place: str, why: str) -> None:
        self.place = place
        self.why = why
        super().__init__(f"{place} does not give its bytes now: {why}")


class BlobStoreUnusable(BlobError):
    """The address is none of a store, or what reaches it is not installed."""

    def __init__(self, *, url: str, why: str) -> None:
        self.url = url
        self.why = why
        super().__init__(f"cannot keep pictures at {url}: {why}")
