"""Reading and writing the audit trail, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Row, insert, select

from studio.db.records import AuditRecord
from studio.db.tables import AUDIT
from studio.db.text import is_storable

Kind: TypeAlias = Literal["test", "key", "webhook", "image_key"]
"""What an action was on."""


def add_entry(
    connection: Connection,
    kind: Kind,
    subject: str,
    *,
    at_s: float,
    who: str,
    action: str,
    detail: Mapping[str, object],
) -> None:
    """Record an action. Those on tests `studio.db.changes` does: the feed must hear of them."""
    connection.execute(
        insert(AUDIT).values(
            kind=kind, subject=subject, at_s=at_s, who=who, action=action, detail=dict(detail)
        )
    )


def entries(
    connection: Connection,
    *,
    kinds: Sequence[str] = (),
    subject: str | None = None,
    actions: Sequence[str] = (),
    who: str | None = None,
    since_s: float | None = None,
    before: int | None = None,
    most: int | None = None,
) -> tuple[AuditRecord, ...]:
    """Actions, newest first.

    Parameters
    ----------
        kinds, actions : of these alone; empty: of all
        subject        : the id of what they were on
        who            : a part of the name of who acted, in any case
        before         : those with lower numbers alone, to go on where an answer ended
        most           : how many at most
    """
    texts = (*kinds, *actions, subject or "", who or "")
    if not all(map(is_storable, texts)):
        return ()
    wanted = select(AUDIT).order_by(AUDIT.c.id.desc())
    if kinds:
        wanted = wanted.where(AUDIT.c.kind.in_(kinds))
    if subject is not None:
        wanted = wanted.where(AUDIT.c.subject == subject)
    if actions:
        wanted = wanted.where(AUDIT.c.action.in_(actions))
    if who is not None:
        wanted = wanted.where(AUDIT.c.who.icontains(who, autoescape=True))
    if since_s is not None:
        wanted = wanted.where(AUDIT.c.at_s >= since_s)
    if before is not None:
        wanted = wanted.where(AUDIT.c.id < before)
    return tuple(_entry(row) for row in connection.execute(wanted.limit(most)))


def _entry(row: Row[Any]) -> AuditRecord:
    return AuditRecord(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        at_s=row.at_s,
        who=row.who,
        action=row.action,
        detail=row.detail,
    )
