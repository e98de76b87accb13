"""Pictures over HTTP: the size and format asked for, and nothing where the client has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Literal, TypeVar

from fastapi import Response

import assets
from studio.api.write_threads import WriteThreads
from studio.db.engine import DatabaseFault

_T = TypeVar("_T")
_THREADS: Final = 16
_BRING_S: Final = 60.0
"""How long a picture may take that nobody has to be asked for: a store of blobs elsewhere gives up
by itself before."""
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


class PictureThreads:
    """The threads that bring pictures, so that a database which hangs keeps none from shoppers.

    What a picture is does not change, so that it is known by heart or told by its bytes: the one
    kind of threads never asks the database. The other looks up sizes that are not known yet, and
    makes them; where the database is away or says nothing, they are made without it.
    """

    def __init__(self) -> None:
        self._bringing = WriteThreads(threads=_THREADS, patience_s=_BRING_S)
        self._asking = WriteThreads(threads=_THREADS)

    async def run(self, work: Callable[[], _T]) -> _T:
        """What some work that does not wait for the database returns or raises."""
        return await self._bringing.run(work)

    async def in_size(
        self,
        store: assets.AssetStore,
        digest: str,
        *,
        width_px: int | None,
        format_name: Format | None,
    ) -> assets.Asset:
        """The asset itself, or the rendition that is asked for, made once and kept."""
        media_type = _media_type(format_name)
        known = store.remembered(digest, width_px=width_px, media_type=media_type)
        if known is not None:
            return known
        show = partial(store.shown, digest, width_px=width_px, media_type=media_type)
        if width_px is None and media_type is None:
            return await self.run(show)
        try:
            return await self._asking.run(show)
        except DatabaseFault:
            return await self.run(partial(show, recorded=False))


def in_size(
    store: assets.AssetStore, digest: str, *, width_px: int | None, format_name: Format | None
) -> assets.Asset:
    """The asset itself, or the rendition that is asked for, made once and kept."""
    if width_px is None and format_name is None:
        return store.record(digest).asset
    return store.rendition(digest, width_px=width_px, media_type=_media_type(format_name)).asset


def check_size(*, width_px: int | None, format_name: Format | None) -> None:
    """Refuse a rendition that cannot be made, without making it.

    Raises
    ------
        RenditionRefused
    """
    assets.check_rendition(width_px=width_px, media_type=_media_type(format_name))


def _media_type(format_name: Format | None) -> str | None:
    return None if format_name is None else f"image/{format_name}"
