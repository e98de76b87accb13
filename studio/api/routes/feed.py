"""The feed's two calls: which image to show, and what shoppers did."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import structlog
from fastapi import APIRouter, Response

from studio.api.auth import Decider, Reporter
from studio.api.problems import described
from studio.api.schemas.feed import DecideIn, DecideOut, EventsIn, EventsOut
from studio.api.services import Services, ServicesOf
from studio.services.experiment_errors import BatchTooLarge

_LOG = structlog.get_logger("studio.api")

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
async def decide(services: ServicesOf, _who: Decider, asked: DecideIn) -> Response:
    """Choose the image of each item for one shopper.

    The same shopper gets the same image each time, on every server. There is always an answer:
    the winner, the variant under test, or the default image.
    """
    return AsciiJson(_decide(services, asked))


@router.post(
    "/events",
    summary="What shoppers did",
    response_model=EventsOut,
    responses=described(400, 401, 403, 413, 422, 503),
)
def take_events(services: ServicesOf, _who: Reporter, sent: EventsIn) -> Response:
    """Take impressions, clicks and conversions; answer once they are on disk and counted.

    An event counts once, however often it is sent and in whatever order: on an error or a
    timeout, send the same events again.
    """
    taken = services.events.accept(sent.events)
    outcomes = {
        "accepted": taken.accepted,
        "duplicates": taken.duplicates,
        "rejected": len(taken.rejected),
    }
    for outcome, count in outcomes.items():
        services.metrics.add("packshot_events_total", count, outcome=outcome)
    return AsciiJson({**outcomes, "rejected": [asdict(each) for each in taken.rejected]})


def _decide(services: Services, asked: DecideIn) -> dict[str, object]:
    placement = asked.placement if isinstance(asked.placement, str) else None
    try:
        answer = services.feed.decide(
            asked.unit, asked.attributes, asked.items, placement=placement
        )
    except BatchTooLarge:
        raise
    except Exception:  # noqa: BLE001 - a shop must have an image, whatever is wrong here
        _LOG.exception("decide_failed")
        services.metrics.add("packshot_decide_failures_total")
        return {"snapshot": "none", "decisions": [_default(item) for item in asked.items]}
    return {
        "snapshot": answer.snapshot,
        "decisions": [asdict(decision) for decision in answer.decisions],
    }


def _default(item: object) -> dict[str, object]:
    return {
        "item": item if isinstance(item, str) else type(item).__name__,
        "image": None,
        "variant": None,
        "test": None,
        "segment": None,
        "propensity": 1.0,
        "reason": "default",
    }
