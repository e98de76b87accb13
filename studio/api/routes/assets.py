"""Upload images, fetch them in any size."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, File, Header, Query, Response, UploadFile

from studio.api.auth import Manager
from studio.api.pictures import ANY_IMAGE, Format, in_size, picture
from studio.api.problems import described
from studio.api.schemas.images import AssetOut, RecordOut
from studio.api.services import ServicesOf

router = APIRouter(prefix="/v1/assets", tags=["assets"])

_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_HEADERS: Final = {
    "Cache-Control": _IMMUTABLE,
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}


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
    return AssetOut.of(services.images.add_source(file.file.read()))


@router.head("/{digest}", include_in_schema=False)
@router.get(
    "/{digest}",
    summary="Fetch an image, or a size or format of it",
    response_class=Response,
    responses={
        200: {"description": "The image's bytes.", "content": ANY_IMAGE},
        304: {"description": "The client has it already."},
        **described(404, 422, 503),
    },
)
def fetch(
    services: ServicesOf,
    digest: str,
    w: Annotated[int | None, Query(description="Width in pixels; never enlarged.")] = None,
    format: Annotated[  # noqa: A002 - the parameter's public name
        Format | None, Query(description="None keeps the original's.")
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Fetch bytes that never change under this address, so that every cache may keep them.

    No key is needed: shops show these addresses to shoppers, and only who knows an image's
    digest can ask for it. Without `w` and `format` these are the bytes as they were uploaded or
    made; otherwise a rendition, made once and kept, upright, in sRGB and without camera data.
    """
    store = services.images.store
    asset = in_size(store, digest, width_px=w, format_name=format)
    return picture(store, asset, if_none_match=if_none_match, headers=_HEADERS)


@router.get(
    "/{digest}/lineage",
    summary="How an image came about",
    responses=described(401, 403, 404, 422, 503),
)
def lineage(services: ServicesOf, _key: Manager, digest: str) -> list[RecordOut]:
    """List the image, what it was made from, and so on, up to the uploaded source."""
    return [RecordOut.of_record(record) for record in services.images.store.lineage(digest)]
