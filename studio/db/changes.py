"""Actions on tests: kept in the audit trail, and numbered so that the feed hears of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from studio.db.audit import add_entry, entries
from studio.db.records import AuditRecord
from studio.db.tables import AUDIT, FEED_VERSION
from studio.db.upserts import conflict_insert


def add_audit(
    connection: Connection,
    test_id: str,
    *,
    at_s: float,
    who: str,
    action: str,
    detail: Mapping[str, object],
) -> None:
    """Record an action, and let the feed know that something has changed."""
    # The one row is locked until the commit, so that versions are seen in the order of commits.
    bump = conflict_insert(connection, FEED_VERSION).values(id=1, version=1)
    connection.execute(
        bump.on_conflict_do_update(
            index_elements=["id"], set_={"version": FEED_VERSION.c.version + 1}
        )
    )
    add_entry(connection, "test", test_id, at_s=at_s, who=who, action=action, detail=detail)


def audit_of(connection: Connection, test_id: str) -> tuple[AuditRecord, ...]:
    """The actions on a test, oldest first."""
    return entries(connection, kinds=["test"], subject=test_id)[::-1]


def last_audit(
    connection: Connection, test_id: str, *, actions: Sequence[str]
) -> AuditRecord | None:
    """The newest entry on a test that is of one of these actions."""
    found = entries(connection, kinds=["test"], subject=test_id, actions=actions, most=1)
    return found[0] if found else None


def version(connection: Connection) -> int:
    """How many actions there were on any test."""
    return connection.execute(select(FEED_VERSION.c.version)).scalar() or 0


def last_entry(connection: Connection) -> int:
    """The number of the latest action on a test in the audit trail, 0 while there is none."""
    # Actions on other things take no turns: one of a higher number may be there before this is.
    latest = select(AUDIT.c.id).where(AUDIT.c.kind == "test").order_by(AUDIT.c.id.desc()).limit(1)
    return connection.execute(latest).scalar() or 0


def tests_named_since(connection: Connection, entry: int, *, limit: int) -> set[str] | None:
    """Tests that actions after this entry of the audit trail are on; None if above the limit.

    Actions are numbered in the order of their commits, see `add_audit`.
    """
    named = select(AUDIT.c.subject).where(AUDIT.c.id > entry, AUDIT.c.kind == "test")
    found = set(connection.execute(named.distinct().limit(limit + 1)).scalars())
    return found if len(found) <= limit else None
