"""Reading and writing the names of tenants, inside the caller's transaction.

They stand in the database of the installation itself, and say only who there is: what a tenant has
is in a database, or a schema, of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from studio.db.tables import TENANT
from studio.db.upserts import conflict_insert


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRecord:
    """A tenant, and when it was made."""

    name: str
    created_s: float


def add_tenant(connection: Connection, tenant: TenantRecord) -> bool:
    """Write a new tenant; False where there is one of this name."""
    statement = conflict_insert(connection, TENANT).values(
        name=tenant.name, created_s=tenant.created_s
    )
    added = connection.execute(statement.on_conflict_do_nothing().returning(TENANT.c.name))
    return added.first() is not None


def remove_tenant(connection: Connection, name: str) -> bool:
    """Forget a name; False where there is none such."""
    gone = delete(TENANT).where(TENANT.c.name == name).returning(TENANT.c.name)
    return connection.execute(gone).first() is not None


def all_tenants(connection: Connection) -> tuple[TenantRecord, ...]:
    """All tenants, by name."""
    rows = connection.execute(select(TENANT).order_by(TENANT.c.name))
    return tuple(TenantRecord(name=row.name, created_s=row.created_s) for row in rows)
