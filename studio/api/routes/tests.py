"""Image tests: create, start, watch, promote, undo."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter, Path

from assets import AssetNotFound, AssetRecord
from studio.api.auth import Manager
from studio.api.problems import described
from studio.api.schemas.audit import AuditOut
from studio.api.schemas.results import ResultsOut
from studio.api.schemas.tests import PromoteIn, ReasonIn, TestIn, TestOut
from studio.api.services import Services, ServicesOf
from studio.db.records import TestRecord
from studio.services.acceptance import refuse_failed_asset
from studio.services.errors import TestInvalid

router = APIRouter(prefix="/v1/tests", tags=["tests"])

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_READING: Final = described(401, 403, 404, 422, 503)
_ACTING: Final = described(401, 403, 404, 409, 422, 503)

TestId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["3f2a90bc41d7"])]


@router.post(
    "", status_code=201, summary="Create a test", responses=described(401, 403, 413, 422, 503)
)
def create(services: ServicesOf, who: Manager, wanted: TestIn) -> TestOut:
    """Write a draft. It takes no traffic before it is started.

    An image that failed a check is refused, unless `accept_failed` says otherwise; the audit trail
    keeps that.
    """
    new = wanted.new_test()
    for number, variant in enumerate(new.variants):
        record = _check_image(services, f"variants[{number}].image", variant.image)
        if record is not None and not new.accept_failed:
            refuse_failed_asset(record, variant=variant.name)
    if new.default_image is not None:
        _check_image(services, "default_image", new.default_image)
    return _answer(services, services.tests.create(new, who=who))


@router.get("", summary="List all tests", responses=described(401, 403, 503))
def list_all(services: ServicesOf, _who: Manager) -> list[TestOut]:
    """List the newest tests first."""
    return [TestOut.of(test) for test in services.tests.all()]


@router.get("/{test}", summary="Where a test stands", responses=_READING)
def show(services: ServicesOf, _who: Manager, test: TestId) -> TestOut:
    """Show a test with its variants, traffic and promotions."""
    return TestOut.of(services.tests.get(test))


@router.get("/{test}/results", summary="What the counts say", responses=_READING)
def results(services: ServicesOf, _who: Manager, test: TestId) -> ResultsOut:
    """Analyse the counts up to now, overall and per segment.

    The verdict lists each condition of promotion with its value, its limit and whether it holds.
    Looking early and often is safe: only the verdict promotes.
    """
    return ResultsOut.of(services.tests.results(test))


@router.get("/{test}/audit", summary="Who did what", responses=_READING)
def audit(services: ServicesOf, _who: Manager, test: TestId) -> list[AuditOut]:
    """List every action on a test, oldest first, with the numbers it rested on."""
    return [AuditOut.of(record) for record in services.tests.audit(test)]


@router.post("/{test}/start", summary="Start a test", responses=_ACTING)
def start(services: ServicesOf, who: Manager, test: TestId) -> TestOut:
    """Split traffic among the variants from now on."""
    return _answer(services, services.tests.start(test, who=who))


@router.post("/{test}/stop", summary="Stop a test", responses=_ACTING)
def stop(services: ServicesOf, who: Manager, test: TestId, why: ReasonIn | None = None) -> TestOut:
    """End a test without a winner: the feed goes back to the default image."""
    reason = "" if why is None else why.reason
    return _answer(services, services.tests.stop(test, who=who, reason=reason))


@router.post("/{test}/promote", summary="Promote a winner", responses=_ACTING)
def promote(
    services: ServicesOf, who: Manager, test: TestId, wanted: PromoteIn | None = None
) -> TestOut:
    """Promote what the verdict names, or by hand a variant with a reason."""
    wanted = PromoteIn() if wanted is None else wanted
    promoted = services.tests.promote(
        test,
        who=who,
        variant=wanted.variant,
        segment=wanted.segment,
        reason=wanted.reason,
    )
    return _answer(services, promoted)


@router.post("/{test}/rollback", summary="Undo a promotion", responses=_ACTING)
def rollback(
    services: ServicesOf, who: Manager, test: TestId, why: ReasonIn | None = None
) -> TestOut:
    """Undo all promotions of a test, for a reason: the feed goes back to the default image."""
    reason = "" if why is None else why.reason
    return _answer(services, services.tests.rollback(test, who=who, reason=reason))


@router.post("/{test}/variants/{variant}/drop", summary="Drop a variant", responses=_ACTING)
def drop(
    services: ServicesOf,
    who: Manager,
    test: TestId,
    variant: str,
    why: ReasonIn | None = None,
) -> TestOut:
    """Take a variant out; its shoppers move to the others, and nobody else moves."""
    reason = "" if why is None else why.reason
    return _answer(services, services.tests.drop_variant(test, variant, who=who, reason=reason))


def _answer(services: Services, test: TestRecord) -> TestOut:
    """Answer with a changed test, once this server's feed knows of the change."""
    services.feed.refresh()
    return TestOut.of(test)


def _check_image(services: Services, field: str, image: str) -> AssetRecord | None:
    """Refuse a digest that nothing was stored under: shoppers would see a broken image."""
    if _DIGEST.fullmatch(image) is None:
        return None
    try:
        return services.images.store.record(image)
    except AssetNotFound as missing:
        raise TestInvalid(field=field, why=str(missing)) from missing
