"""What operators ask: alive, ready, and the numbers."""

from __future__ import annotations

import asyncio
from typing import Final, Literal, TypeAlias

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from studio.api.auth import Manager, is_manager
from studio.api.metric_pages import merged
from studio.api.metrics import CONTENT_TYPE
from studio.api.problems import described
from studio.api.services import SafeFeedOf, Services, ServicesOf
from studio.db.engine import DatabaseFault

router = APIRouter(tags=["operations"])

STALE_S: Final = 30.0
"""A snapshot that was not confirmed for so long is old: it is looked at each second."""
FAILING_S: Final = 60.0
"""How long a failed decision is told of."""
MAX_AGE_S: Final = 1e9
"""Age of a snapshot that never was, which JSON can hold."""
DATABASE_S: Final = 1.0
"""How long a probe waits for the database: a prober's own patience is about as long."""

Reason: TypeAlias = Literal[
    "stopping",
    "no_snapshot",
    "database_away",
    "snapshot_stale",
    "decisions_failing",
    "tenants_closed",
]


class Health(BaseModel):
    """The process answers."""

    status: str = Field(examples=["ok"])


class Readiness(BaseModel):
    """Whether traffic may be sent here, and what is behind it."""

    ready: bool
    degraded: bool = Field(description="Something is wrong, and shoppers see images all the same.")
    reasons: list[Reason] = Field(
        description="Why it is not ready, or degraded; the first two alone end readiness."
    )
    stopping: bool
    database: bool = Field(description="The feed answers without it, the rest does not.")
    snapshot: str = Field(examples=["184"], description="'none' before the first was built.")
    snapshot_age_s: float = Field(examples=[0.4])
    tenants_closed: list[str] | None = Field(
        default=None,
        description="Tenants that are not served because they could not be opened; they are tried "
        "again. Named to those who may manage, else null.",
    )


@router.get("/healthz", summary="Alive")
async def healthz() -> Health:
    """Say that the process answers."""
    return Health(status="ok")


@router.get(
    "/readyz",
    summary="Ready",
    responses={503: {"model": Readiness, "description": "Send traffic elsewhere."}},
)
async def readyz(
    request: Request, services: ServicesOf, safe_feed: SafeFeedOf, response: Response
) -> Readiness:
    """Say whether traffic may be sent here.

    Only a server that stops, or has never had a snapshot, says no. A lost database, an old
    snapshot, failing decisions and tenants who are not served are told as `degraded`, for alerts:
    they befall all servers at once, and to take all of them out would leave the shop without
    images, where each of them still answers with the last that it knew. No key is needed; one of
    scope `manage` is told more.
    """
    feed = services.feed
    closed = [] if services.tenancy is None else sorted(services.tenancy.closed)
    database, may_know = await asyncio.gather(
        _database_answers(services), is_manager(request, within_s=DATABASE_S) if closed else _no()
    )
    found: dict[Reason, bool] = {
        "stopping": services.stopping.is_set(),
        "no_snapshot": feed.version == "none",
        "database_away": not database,
        "snapshot_stale": feed.age_s > STALE_S,
        "decisions_failing": safe_feed.failed_within(FAILING_S),
        "tenants_closed": bool(closed),
    }
    reasons = [reason for reason, is_so in found.items() if is_so]
    ready = not (found["stopping"] or found["no_snapshot"])
    if not ready:
        response.status_code = 503
    return Readiness(
        ready=ready,
        degraded=any(reason not in {"stopping", "no_snapshot"} for reason in reasons),
        reasons=reasons,
        stopping=found["stopping"],
        database=database,
        snapshot=feed.version,
        snapshot_age_s=round(min(feed.age_s, MAX_AGE_S), 3),
        tenants_closed=closed if may_know else None,
    )


async def _no() -> bool:
    return False


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
    """Show counters in the text format that Prometheus scrapes, those of all processes.

    A tenant's key shows that tenant's numbers. One of the installation's own shows those of all,
    each with the tenant's name.
    """
    tenants = [] if services.tenancy is None else services.tenancy.services.values()
    pages = [page for each in (services, *tenants) for page in _pages_of(each)]
    return Response(merged(pages) if len(pages) > 1 else pages[0], media_type=CONTENT_TYPE)


def _pages_of(services: Services) -> list[str]:
    others = [] if services.pages is None else services.pages.others()
    return [metrics_page(services), *others]


def metrics_page(services: Services) -> str:
    """The counters of this process."""
    feed = services.feed
    gauges = {"packshot_snapshot_age_seconds": feed.age_s}
    if services.mover is not None and services.mover.seen_waiting is not None:
        gauges["packshot_stream_waiting_entries"] = services.mover.seen_waiting
    if services.tenancy is not None:
        gauges["packshot_tenants_closed"] = float(len(services.tenancy.closed))
    return services.metrics.render(
        extra={
            "packshot_decisions_total": ("reason", feed.reasons),
            "packshot_snapshot_refreshes_total": ("outcome", feed.refreshes),
            "packshot_snapshot_file_faults_total": ("kind", feed.file_faults),
        },
        gauges=gauges,
    )


async def _database_answers(services: Services) -> bool:
    try:
        await asyncio.wait_for(asyncio.to_thread(services.keys.any_in_force), DATABASE_S)
    except (DatabaseFault, TimeoutError):
        return False
    return True
