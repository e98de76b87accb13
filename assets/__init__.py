"""The content-addressed image store: immutable images, their records, renditions and lineage.

An asset is named by the SHA-256 of its bytes. `AssetStore` puts images away, refuses what is no
image or too large before it decodes a pixel, makes sizes and formats once, and tells from which
source and by which recipe an image was made.

    store = AssetStore(blobs=LocalBlobs(folder), index=SqlIndex(engine), clock=time.time)
    photo = store.put(data)
    white = store.put(png, derivation=Derivation(source_digest=photo.digest, ...))
    small = store.rendition(white.digest, width_px=640, media_type="image/webp")

Records live in a database: `assets.index.sql.SqlIndex` over an SQLAlchemy engine. Bytes may lie in
a bucket: `assets.blobs.s3.S3Blobs`. Neither is imported here, so that this package loads no library
of databases or clouds.
"""

from assets.blobs.local import LocalBlobs
from assets.blobs.memory import MemoryBlobs
from assets.encode import ENCODERS, check_rendition
from assets.errors import (
    AssetError,
    AssetNotFound,
    BlobCorrupt,
    BlobError,
    BlobNotFound,
    BlobStoreAway,
    BlobStoreFull,
    BlobStoreUnusable,
    BlobStoreUnwritable,
    DigestInvalid,
    FormatUnsupported,
    ImageAnimated,
    ImageRefused,
    ImageTooLarge,
    ImageUnreadable,
    RenditionRefused,
)
from assets.exr import MEDIA_TYPE as EXR_MEDIA_TYPE
from assets.formats import ImageHeader, Limits, read_header
from assets.keys import digest_of
from assets.model import Asset, AssetKind, AssetRecord, Derivation, JsonObject, Rendition
from assets.ports import BlobStore, Index
from assets.store import AssetStore

__all__ = [
    "ENCODERS",
    "EXR_MEDIA_TYPE",
    "Asset",
    "AssetError",
    "AssetKind",
    "AssetNotFound",
    "AssetRecord",
    "AssetStore",
    "BlobCorrupt",
    "BlobError",
    "BlobNotFound",
    "BlobStore",
    "BlobStoreAway",
    "BlobStoreFull",
    "BlobStoreUnusable",
    "BlobStoreUnwritable",
    "Derivation",
    "DigestInvalid",
    "FormatUnsupported",
    "ImageAnimated",
    "ImageHeader",
    "ImageRefused",
    "ImageTooLarge",
    "ImageUnreadable",
    "Index",
    "JsonObject",
    "Limits",
    "LocalBlobs",
    "MemoryBlobs",
    "Rendition",
    "RenditionRefused",
    "check_rendition",
    "digest_of",
    "read_header",
]
