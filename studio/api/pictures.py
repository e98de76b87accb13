"""Pictures over HTTP: the size and format asked for, and nothing where the client has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Literal, TypeAlias, TypeVar

from fastapi import Depends, Request, Response

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


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPicture:
    """A picture as a request asks for it.

    Parameters
    ----------
        width_px, format_name : None: the original's
        if_none_match         : the header of that name: what the client holds
    """

    digest: str
    width_px: int | None
    format_name: Format | None
    if_none_match: str | None

    @property
    def media_type(self) -> str | None:
        """The type that is asked for."""
        return _media_type(self.format_name)


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

    async def answer(
        self, store: assets.AssetStore, wanted: WantedPicture, *, headers: Mapping[str, str]
    ) -> Response:
        """The picture itself, or the size that is asked for, made once and kept; or 304.

        Raises
        ------
            assets.AssetError
        """
        asset, data = await self._found(store, wanted)
        if wanted.if_none_match is not None and asset.digest in wanted.if_none_match:
            return Response(status_code=304, headers=_told(asset, headers))
        if data is None:
            asset, data = await self._read(store, wanted, asset)
        return Response(data, media_type=asset.media_type, headers=_told(asset, headers))

    async def _read(
        self, store: assets.AssetStore, wanted: WantedPicture, asset: assets.Asset
    ) -> tuple[assets.Asset, bytes]:
        try:
            return asset, await self.run(partial(store.read, asset.digest))
        except assets.BlobNotFound:  # the bytes of a rendition, which can be made anew
            store.forget(wanted.digest)
        asset, data = await self._found(store, wanted)
        if data is None:
            data = await self.run(partial(store.read, asset.digest))
        return asset, data

    async def _found(
        self, store: assets.AssetStore, wanted: WantedPicture
    ) -> tuple[assets.Asset, bytes | None]:
        """What is shown, and its bytes where they had to be read to know that."""
        digest, size = wanted.digest, (wanted.width_px, wanted.media_type)
        known = store.remembered(digest, width_px=size[0], media_type=size[1])
        if known is not None:
            return known, None
        if size == (None, None):
            return await self.run(partial(store.fetch, digest))
        show = partial(store.shown, digest, width_px=size[0], media_type=size[1])
        try:
            return await self._asking.run(show), None
        except DatabaseFault:
            return await self.run(partial(show, recorded=False)), None


def _told(asset: assets.Asset, headers: Mapping[str, str]) -> dict[str, str]:
    return {**SAFE_HEADERS, **headers, "ETag": f'"{asset.digest}"'}


async def _threads_of(request: Request) -> PictureThreads:
    threads: PictureThreads = request.app.state.picture_threads
    return threads


PictureThreadsOf: TypeAlias = Annotated[PictureThreads, Depends(_threads_of)]
"""The threads that bring pictures, as a route's argument."""


def check_size(*, width_px: int | None, format_name: Format | None) -> None:
    """Refuse a rendition that cannot be made, without making it.

    Raises
    ------
        RenditionRefused
    """
    assets.check_rendition(width_px=width_px, media_type=_media_type(format_name))


def _media_type(format_name: Format | None) -> str | None:
    return None if format_name is None else f"image/{format_name}"
