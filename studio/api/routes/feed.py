"""The feed's call: which image to show to one shopper."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Response

from studio.api.auth import Decider
from studio.api.problems import described
from studio.api.schemas.feed import DecideIn, DecideOut
from studio.api.services import SafeFeedOf

router = APIRouter(prefix="/v1", tags=["feed"])


class AsciiJson(Response):
    """JSON in ASCII: an id with half a surrogate pair, which UTF-8 cannot hold, is echoed too."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode plain data."""
        return json.dumps(content, separators=(",", ":")).encode("ascii")


@router.post(
    "/decide",
    summary="Which image to show",
    response_model=DecideOut,
    responses=described(400, 401, 403, 413, 422),
)
async def decide(safe_feed: SafeFeedOf, _who: Decider, asked: DecideIn) -> Response:
    """Choose the image of each item for one shopper.

    The same shopper gets the same image each time, on every server. There is always an answer:
    the winner, the variant under test, or the default image.
    """
    # Plain requests do not come this far: `studio.api.quick` answers them.
    content = safe_feed.answer(
        asked.unit, asked.attributes, asked.items, placement=asked.placement, forced=asked.preview
    )
    return Response(content, media_type="application/json")
