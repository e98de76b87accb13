"""Where bytes lie."""

from __future__ import annotations

import time

import assets
from studio.settings import Settings

_LEFTOVER_S = 3600.0
"""A part of a file that is older than this belongs to no write that still runs."""


def blobs_of(settings: Settings) -> assets.BlobStore:
    """Where bytes lie: the home folder, or the bucket that the settings name.

    A tenant's lie below the installation's, where no other tenant's store reaches.

    Raises
    ------
    BlobStoreUnusable
    """
    if not settings.assets_url:
        return assets.LocalBlobs(settings.home_dir / "assets")
    from assets.blobs.s3 import S3Blobs

    below = f"tenants/{settings.tenant}" if settings.tenant else ""
    return S3Blobs.at(settings.assets_url, below=below)


def remove_leftovers(settings: Settings) -> int:
    """Delete what killed processes left half written in the store; how many files that were."""
    blobs = blobs_of(settings)
    if not isinstance(blobs, assets.LocalBlobs):
        return 0  # a bucket keeps no halves
    return blobs.remove_parts(before_s=time.time() - _LEFTOVER_S)
