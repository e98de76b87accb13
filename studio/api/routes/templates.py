"""The scenes that products can be put into: listed, searched, shown."""

from __future__ import annotations

from heapq import nsmallest
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Response
from starlette.concurrency import run_in_threadpool

from assets import Asset
from pipelines.errors import TemplateInvalid
from pipelines.library.search import MOST_TEMPLATES
from studio.api.auth import Manager
from studio.api.pictures import ANY_IMAGE, Format, PictureThreadsOf, WantedPicture
from studio.api.problems import described
from studio.api.schemas.templates import (
    FoundOut,
    MatchOut,
    TemplateOut,
    TemplatePage,
    TemplateRecord,
)
from studio.api.services import ServicesOf
from studio.services.images import Images

router = APIRouter(prefix="/v1", tags=["templates"])

_HEADERS: Final = {"Cache-Control": "private, no-cache"}
"""A template may be edited: caches ask again whether it was."""


@router.get("/templates", summary="List templates", responses=described(401, 403, 422, 503))
def listed(
    services: ServicesOf,
    _key: Manager,
    after: Annotated[str, Query(max_length=200, description="Names behind this one.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TemplatePage:
    """List templates by name, a page at a time: the built-in ones and the user's own."""
    library = services.images.library.templates
    names = nsmallest(limit + 1, (name for name in library.names() if name > after))
    shown: list[TemplateOut] = []
    broken: list[str] = []
    for name in names[:limit]:
        try:
            shown.append(TemplateOut.of(library.get(name)))
        except TemplateInvalid as fault:
            broken.append(str(fault))
    behind = names[limit - 1] if len(names) > limit else None
    return TemplatePage(templates=shown, broken=broken, next_after=behind)


@router.get("/template-search", summary="Find templates", responses=described(401, 403, 422, 503))
def search(
    services: ServicesOf,
    _key: Manager,
    prompt: Annotated[str, Query(examples=["浴室 清新 绿色"], description="English or Chinese.")],
    count: Annotated[int, Query(ge=1, le=MOST_TEMPLATES)] = 5,
) -> FoundOut:
    """Find the templates closest to a prompt. Nothing is generated.

    A prompt that no template comes close to is refused, with the nearest ones.
    """
    found = services.images.library.search.find(prompt, count=count)
    return FoundOut(
        matches=[MatchOut.of(match) for match in found.matches],
        by=found.by,
        unknown=list(found.unknown),
        remark=found.remark,
    )


@router.get(
    "/templates/{name}", summary="Show a template", responses=described(401, 403, 404, 422, 503)
)
def shown(services: ServicesOf, _key: Manager, name: str) -> TemplateRecord:
    """Show a template with its light, its surface and its places."""
    return TemplateRecord.of_record(services.images.library.templates.get(name))


@router.get(
    "/templates/{name}/plate",
    summary="Fetch a template's empty scene",
    response_class=Response,
    responses={
        200: {"description": "The image's bytes.", "content": ANY_IMAGE},
        304: {"description": "The client has it already."},
        **described(401, 403, 404, 422, 503, 507),
    },
)
async def plate(
    services: ServicesOf,
    threads: PictureThreadsOf,
    _key: Manager,
    name: str,
    w: Annotated[int | None, Query(description="Width in pixels; never enlarged.")] = None,
    format: Annotated[  # noqa: A002 - the parameter's public name
        Format | None, Query(description="None keeps the plate's.")
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Fetch the empty scene in any size, made once and kept."""
    taken_in = await run_in_threadpool(_take_plate_in, services.images, name)
    wanted = WantedPicture(
        digest=taken_in.digest, width_px=w, format_name=format, if_none_match=if_none_match
    )
    return await threads.answer(services.images.store, wanted, headers=_HEADERS)


def _take_plate_in(images: Images, name: str) -> Asset:
    template = images.library.templates.get(name)
    return images.add_source((template.folder / template.plate_file).read_bytes())
