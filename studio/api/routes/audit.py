"""Who did what, when."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from studio.api.auth import Manager
from studio.api.problems import described
from studio.api.services import ServicesOf
from studio.db.records import AuditRecord
from studio.services.audit import MOST, AuditQuery

router = APIRouter(prefix="/v1/audit", tags=["operations"])


class AuditIn(BaseModel):
    """Which entries to show."""

    kind: Literal["test", "key", "webhook", "image_key"] | None = Field(
        default=None, description="What was acted on; null: anything."
    )
    subject: str | None = Field(default=None, description="The id of what was acted on.")
    action: str | None = Field(default=None, examples=["revoke"])
    who: str | None = Field(default=None, description="A part of the name of who acted.")
    since_s: float | None = Field(default=None, description="Of this moment or later.")
    before: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="`next_before` of the page before."
    )
    most: int = Field(default=100, ge=1, le=MOST)


class EntryOut(BaseModel):
    """One action."""

    id: int = Field(examples=[184])
    at_s: float = Field(examples=[1_790_000_000.0], description="Seconds since the epoch.")
    who: str = Field(examples=["key 5b1f (shop)", "scheduler", "ada on the command line"])
    kind: str = Field(examples=["key"])
    subject: str = Field(examples=["3f2a90bc41d7"], description="The id of what was acted on.")
    action: str = Field(examples=["revoke"])
    detail: dict[str, Any] = Field(examples=[{"name": "shop feed"}])

    @classmethod
    def of(cls, record: AuditRecord) -> EntryOut:
        """An entry as JSON."""
        return cls(
            id=record.id,
            at_s=record.at_s,
            who=record.who,
            kind=record.kind,
            subject=record.subject,
            action=record.action,
            detail=dict(record.detail),
        )


class AuditPage(BaseModel):
    """Entries, newest first."""

    entries: list[EntryOut]
    next_before: int | None = Field(
        examples=[None], description="Pass as `before` for the next page; null on the last."
    )


@router.get("", summary="Who did what", responses=described(401, 403, 422, 503))
def audit(services: ServicesOf, _who: Manager, asked: Annotated[AuditIn, Query()]) -> AuditPage:
    """List what was done to tests, keys, webhooks and image keys, newest first.

    Each entry was written together with what it tells, and none is ever changed.
    """
    query = AuditQuery(
        kinds=() if asked.kind is None else (asked.kind,),
        actions=() if asked.action is None else (asked.action,),
        subject=asked.subject,
        who=asked.who,
        since_s=asked.since_s,
        before=asked.before,
        most=asked.most,
    )
    found = services.audit.entries(query)
    more = len(found) == query.most
    return AuditPage(
        entries=[EntryOut.of(record) for record in found],
        next_before=found[-1].id if more else None,
    )
