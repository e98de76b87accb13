"""Upload images, fetch them in any size."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final, TypeAlias

from fastapi import (
    APIRouter,
    Depends,
    File,
    Header,
    HTTPException,
    Query,
    Request,
    Response,
    UploadFile,
)

from studio.api.auth import Manager, require_to_manage
from studio.api.pictures import ANY_IMAGE, Format, PictureThreadsOf, WantedPicture, check_size
from studio.api.problems import described
from studio.api.schemas.images import AssetOut, LinkOut, RecordOut
from studio.api.services import ServicesOf
from studio.db.engine import DatabaseSilent
from studio.services.errors import ImageLinkRefused
from studio.services.image_links import AskedImage

router = APIRouter(prefix="/v1/assets", tags=["assets"])

unserved = APIRouter(include_in_schema=False)
"""Images of tenants who are not served here: of all others the door knows whose they are."""

REFUSED: Final = "packshot_image_links_refused_total"
"""Counter of requests for images whose address was unsigned, altered or expired."""
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_OWN: Final = "private, no-cache"
"""Of an image that a key opened: no cache may show it to whoever has none."""
_HEADERS: Final = {
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}

Width: TypeAlias = Annotated[int | None, Query(description="Width in pixels; never enlarged.")]
AsFormat: TypeAlias = Annotated[Format | None, Query(description="None keeps the original's.")]


async def _caching(
    request: Request,
    services: ServicesOf,
    threads: PictureThreadsOf,
    digest: str,
    w: Width = None,
    format: AsFormat = None,  # noqa: A002 - the parameter's public name
    sig: Annotated[
        str | None, Query(description="Signature of the address, where images are not public.")
    ] = None,
    preview: Annotated[str | None, Query(description="A preview's token instead.")] = None,
) -> str:
    """Let in who was given this address, or may read all; how long caches may keep the image."""
    asked = AskedImage(digest=digest, width_px=w, format_name=format, sig=sig, preview=preview)
    try:
        left_s = await threads.run(partial(services.image_links.check, asked))
    except ImageLinkRefused as fault:
        if "authorization" not in request.headers:
            services.metrics.add(REFUSED, why=fault.why)
            raise
        await require_to_manage(request)
        return _OWN
    return _FOR_GOOD if left_s is None else f"public, max-age={int(left_s)}, immutable"


Caching: TypeAlias = Annotated[str, Depends(_caching)]


@router.post(
    "",
    status_code=201,
    summary="Upload an image",
    responses=described(401, 403, 413, 415, 422, 503, 507),
)
def upload(
    services: ServicesOf,
    _key: Manager,
    file: Annotated[
        UploadFile,
        File(description="JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF, BMP or OpenEXR."),
    ],
) -> AssetOut:
    """Keep an image under the SHA-256 of its bytes.

    The same bytes are one asset however often they are sent. The answer comes once they are on
    disk. The image is identified by its content; its name and declared type are not believed.
    3D models are not taken: rendering one takes minutes and Blender, so `packshot white`, `cutout`
    and `scene` do it on a machine that has both, and their renders can be uploaded.
    """
    addresses = services.image_links.at()
    return AssetOut.of(services.images.add_source(file.file.read()), addresses)


@router.head("/{digest}", include_in_schema=False)
@router.get(
    "/{digest}",
    summary="Fetch an image, or a size or format of it",
    response_class=Response,
    responses={
        200: {"description": "The image's bytes.", "content": ANY_IMAGE},
        304: {"description": "The client has it already."},
        **described(401, 403, 404, 422, 429, 503),
    },
)
async def fetch(
    services: ServicesOf,
    threads: PictureThreadsOf,
    caching: Caching,
    digest: str,
    w: Width = None,
    format: AsFormat = None,  # noqa: A002 - the parameter's public name
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Fetch bytes that never change under this address, so that every cache may keep them.

    Without `w` and `format` these are the bytes as they were uploaded or made; otherwise a
    rendition, made once and kept, upright, in sRGB and without camera data.

    No key is needed: shops show these addresses to shoppers. Where PACKSHOT_IMAGES is `public`,
    whoever knows an image's digest can ask for it. Where it is `signed`, addresses carry `sig`,
    which covers the digest, the size, the format and the moment at which it expires, 24 to 36 hours
    after it was given; unsigned, altered and expired ones are refused, except with a key of scope
    `manage`. Decisions give signed addresses, and `/v1/assets/{digest}/link` does. Whoever has no
    key of a tenant's finds that tenant's images under `/of/{tenant}/v1/assets/{digest}`.
    """
    wanted = WantedPicture(
        digest=digest, width_px=w, format_name=format, if_none_match=if_none_match
    )
    headers = {**_HEADERS, "Cache-Control": caching}
    return await threads.answer(services.images.store, wanted, headers=headers)


@unserved.head("/of/{tenant}/v1/assets/{digest}")
@unserved.get("/of/{tenant}/v1/assets/{digest}")
async def fetch_of_unserved(services: ServicesOf, tenant: str) -> None:
    """Tell who asks for an image of a tenant that could not be opened to come again.

    A cache may keep for long that there is no such image.
    """
    if services.tenancy is not None and tenant in services.tenancy.closed:
        raise DatabaseSilent(f"tenant {tenant}: could not be opened")
    raise HTTPException(404)


@router.get(
    "/{digest}/link",
    summary="Where everybody finds an image",
    responses=described(401, 403, 404, 422, 503),
)
def link(
    services: ServicesOf,
    _key: Manager,
    digest: str,
    w: Width = None,
    format: AsFormat = None,  # noqa: A002 - the parameter's public name
) -> LinkOut:
    """Give the address of an image, or of a size or format of it, to pass on to whoever has no key.

    It is signed where images are not public.
    """
    services.images.store.record(digest)
    check_size(width_px=w, format_name=format)
    addresses = services.image_links.at()
    url = addresses.url(digest, width_px=w, format_name=format)
    return LinkOut(url=url, until_s=addresses.until_s)


@router.get(
    "/{digest}/lineage",
    summary="How an image came about",
    responses=described(401, 403, 404, 422, 503),
)
def lineage(services: ServicesOf, _key: Manager, digest: str) -> list[RecordOut]:
    """List the image, what it was made from, and so on, up to the uploaded source."""
    addresses = services.image_links.at()
    line = services.images.store.lineage(digest)
    return [RecordOut.of_record(record, addresses) for record in line]
