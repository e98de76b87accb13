"""What operators ask: alive, ready, and the numbers."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from studio.api.auth import Manager
from studio.api.metrics import CONTENT_TYPE
from studio.api.problems import described
from studio.api.services import Services, ServicesOf
from studio.db.engine import DatabaseFault

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The process answers."""

    status: str = Field(examples=["ok"])


class Readiness(BaseModel):
    """Whether traffic may be sent here, and what is behind it."""

    ready: bool
    stopping: bool
    database: bool = Field(description="The feed answers without it, the rest does not.")
    snapshot: str = Field(examples=["184"], description="'none' before the first was built.")
    snapshot_age_s: float = Field(examples=[0.4])


@router.get("/healthz", summary="Alive")
async def healthz() -> Health:
    """Say that the process answers."""
    return Health(status="ok")


@router.get(
    "/readyz",
    summary="Ready",
    responses={503: {"model": Readiness, "description": "Send traffic elsewhere."}},
)
def readyz(services: ServicesOf, response: Response) -> Readiness:
    """Say whether traffic may be sent here.

    A server that has lost its database stays ready while it has a snapshot to decide by.
    """
    stopping = services.stopping.is_set()
    snapshot = services.feed.snapshot.version
    ready = not stopping and snapshot != "none"
    if not ready:
        response.status_code = 503
    return Readiness(
        ready=ready,
        stopping=stopping,
        database=_database_answers(services),
        snapshot=snapshot,
        snapshot_age_s=round(services.feed.age_s, 3),
    )


@router.get(
    "/metrics",
    summary="Counters",
    response_class=Response,
    responses={
        200: {"description": "Prometheus text.", "content": {"text/plain": {}}},
        **described(401, 403, 503),
    },
)
def metrics(services: ServicesOf, _who: Manager) -> Response:
    """Show counters in the text format that Prometheus scrapes."""
    feed = services.feed
    counters = services.metrics.render(
        extra={
            "packshot_decisions_total": ("reason", feed.reasons),
            "packshot_snapshot_refreshes_total": ("outcome", feed.refreshes),
        },
        gauges={"packshot_snapshot_age_seconds": feed.age_s},
    )
    return Response(counters, media_type=CONTENT_TYPE)


def _database_answers(services: Services) -> bool:
    try:
        services.keys.any_in_force()
    except DatabaseFault:
        return False
    return True
