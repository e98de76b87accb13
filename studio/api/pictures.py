"""Pictures over HTTP: the size and format asked for, and nothing where the client has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from fastapi import Response

import assets

ANY_IMAGE: Final = {"image/*": {"schema": {"type": "string", "format": "binary"}}}
SAFE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}

Format = Literal["jpeg", "webp", "avif", "png"]


def picture(
    store: assets.AssetStore,
    asset: assets.Asset,
    *,
    if_none_match: str | None,
    headers: Mapping[str, str],
) -> Response:
    """Answer with an image's bytes, or with 304 where the client holds them."""
    told = {**SAFE_HEADERS, **headers, "ETag": f'"{asset.digest}"'}
    if if_none_match is not None and asset.digest in if_none_match:
        return Response(status_code=304, headers=told)
    return Response(store.read(asset.digest), media_type=asset.media_type, headers=told)


def in_size(
    store: assets.AssetStore, digest: str, *, width_px: int | None, format_name: Format | None
) -> assets.Asset:
    """The asset itself, or the rendition that is asked for, made once and kept."""
    if width_px is None and format_name is None:
        return store.record(digest).asset
    media_type = None if format_name is None else f"image/{format_name}"
    return store.rendition(digest, width_px=width_px, media_type=media_type).asset
