"""Who is left out of a test's statistics."""

from __future__ import annotations

from fastapi import APIRouter

from studio.api.auth import Manager
from studio.api.problems import described
from studio.api.routes.tests import TestId
from studio.api.schemas.traffic import TrafficOut, UnitDecisionIn
from studio.api.services import ServicesOf

router = APIRouter(prefix="/v1/tests/{test}/traffic", tags=["tests"])


@router.get("", summary="Who is left out, and why", responses=described(401, 403, 404, 422, 503))
def show(services: ServicesOf, _who: Manager, test: TestId) -> TrafficOut:
    """List bots that were found, with the rules they broke, and decisions by hand."""
    return TrafficOut.of(services.traffic.report(test))


@router.post("", summary="Let a unit count, or not", responses=described(401, 403, 404, 422, 503))
def decide(services: ServicesOf, who: Manager, test: TestId, wanted: UnitDecisionIn) -> TrafficOut:
    """Leave a unit out of the statistics, or take it in with all that it did.

    A decision by hand stands, whatever the rules find later. It can be taken back at any time:
    events are never deleted for it.
    """
    act = services.traffic.exclude if wanted.excluded else services.traffic.include
    return TrafficOut.of(act(test, wanted.unit, who=who, why=wanted.reason))
