"""The script that a shop puts into its pages.

::

    <style>@keyframes packshot{0%{opacity:0}}img[data-packshot-item]:not([data-packshot])
      {animation:packshot .4s step-end}</style>
    <script async src="https://images.shop.example/v1/snippet.js" data-key="KEY"></script>

    <img data-packshot-item="mug" src="/img/mug.jpg" width="400" height="400" alt="Mug">

The style hides an image until it is decided, 0.4 s at most, also where the script never comes. The
key is one of scope `public`: everybody can read it, and it can do no more than a shopper: ask which
images to show, and send events. Events that no shopper caused are among them, as in all statistics
of web pages: the rate bounds the requests that bring them, `packshot test traffic` shows who does
what no shopper does, and orders and their money are better told by the shop's own server, under a
key that stays there. Give the page's a rate (`packshot keys create --scope public --rate 200`). A
shop on another host than the server is named in PACKSHOT_CORS_ORIGINS.

Attributes of the script, all optional:

data-unit        your id of the shopper; left out, one is made and kept in this site's storage
data-attributes  what is known of the shopper, as JSON
data-placement   where the images are shown
data-timeout     ms to wait for decisions, 300; then the default images are shown
data-consent     "required": nothing is asked, kept or sent before `packshot.consent(true)`;
                 `packshot.consent(false)` takes it back: what is kept is deleted, nothing more sent

A shopper whose browser says Do Not Track or Global Privacy Control sees the default images, gets
no id and is not reported. An impression is an image of which half was in view for one second, once
per image and page. `packshot.scan()` looks for images that were added later. A click counts on the
image, on the link or button around it, and on what bears `data-packshot-card`. A page that wants no
layout to move gives its images a width and a height, or a box in its style; the box is kept.
Events that the server did not take (it was busy, or away) are tried again with growing pauses, and
wait in this site's storage for the next page where the shopper left before an answer came, for a
day and 200 of them at most. That page sends them once more: an event counts once.

`?packshot_preview=TOKEN` in a page's address shows what `packshot test preview` made, unreported.
"""

from __future__ import annotations

import gzip
import hashlib
from importlib.resources import files
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Response

from studio.api.problems import described
from studio.api.routes.snapshot import takes_gzip

router = APIRouter(prefix="/v1", tags=["feed"])


def compacted(source: str) -> str:
    r"""A script without its indentation and its lines of comment.

    >>> compacted("// why\nif (a) {\n  b(); // keeps this\n}\n")
    'if (a) {\nb(); // keeps this\n}\n'
    """
    lines = (line.strip() for line in source.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


SCRIPT: Final = compacted(files("studio.api").joinpath("snippet/snippet.js").read_text()).encode()
VERSION: Final = hashlib.sha256(SCRIPT).hexdigest()[:16]
_PACKED: Final = gzip.compress(SCRIPT, 9, mtime=0)
_ETAG: Final = f'W/"{VERSION}"'
_HOUR_S: Final = 3600
_YEAR_S: Final = 365 * 24 * _HOUR_S


@router.get(
    "/snippet.js",
    summary="The script for web pages",
    response_class=Response,
    responses={
        200: {
            "description": "JavaScript without a dependency.",
            "content": {"text/javascript": {"schema": {"type": "string"}}},
        },
        304: {"description": "It is the one that If-None-Match names."},
        **described(422),
    },
)
async def snippet(
    if_none_match: Annotated[str, Header()] = "",
    accept_encoding: Annotated[str, Header()] = "",
    v: Annotated[str, Query(description="Its version, to be kept for a year.")] = "",
) -> Response:
    """Give the script that swaps images, and records views and clicks, in a shop's pages.

    It is kept for an hour, or for a year where the address names its version.
    """
    kept = f"max-age={_YEAR_S}, immutable" if v == VERSION else f"max-age={_HOUR_S}"
    headers = {
        "Cache-Control": f"public, {kept}",
        "ETag": _ETAG,
        "Vary": "Accept-Encoding",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if VERSION in if_none_match:
        return Response(status_code=304, headers=headers)
    if not takes_gzip(accept_encoding):
        return Response(SCRIPT, media_type="text/javascript", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(_PACKED, media_type="text/javascript", headers=headers)
