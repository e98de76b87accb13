"""Reading and writing API keys, inside the caller's transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from studio.db.records import KeyRecord
from studio.db.tables import API_KEY
from studio.db.text import is_storable


def add_key(connection: Connection, key: KeyRecord) -> None:
    """Write a new key."""
    connection.execute(
        insert(API_KEY).values(
            id=key.id,
            name=key.name,
            secret_sha256=key.secret_sha256,
            scopes=list(key.scopes),
            per_s=key.per_s,
            created_s=key.created_s,
        )
    )


def find_key(connection: Connection, key_id: str) -> KeyRecord | None:
    """One key, or None."""
    if not is_storable(key_id):
        return None
    row = connection.execute(select(API_KEY).where(API_KEY.c.id == key_id)).first()
    return None if row is None else _key(row)


def all_keys(connection: Connection) -> tuple[KeyRecord, ...]:
    """All keys, revoked ones included, oldest first."""
    rows = connection.execute(select(API_KEY).order_by(API_KEY.c.created_s, API_KEY.c.id))
    return tuple(_key(row) for row in rows)


def any_key(connection: Connection) -> bool:
    """Whether any key is in force."""
    in_force = exists().where(API_KEY.c.revoked_s.is_(None))
    return bool(connection.execute(select(in_force)).scalar())


def revoke_key(connection: Connection, key_id: str, *, at_s: float) -> bool:
    """Revoke a key; False where it is none in force, and nothing changes."""
    if not is_storable(key_id):
        return False
    revoked = connection.execute(
        update(API_KEY)
        .where(API_KEY.c.id == key_id, API_KEY.c.revoked_s.is_(None))
        .values(revoked_s=at_s)
    )
    return revoked.rowcount > 0


def replace_secret(
    connection: Connection, key_id: str, *, secret_sha256: str, former_until_s: float
) -> None:
    """Give a key another secret; the one that it had opens until a moment."""
    connection.execute(
        update(API_KEY)
        .where(API_KEY.c.id == key_id)
        .values(
            former_sha256=API_KEY.c.secret_sha256,
            former_until_s=former_until_s,
            secret_sha256=secret_sha256,
        )
    )


def _key(row: Row[Any]) -> KeyRecord:
    return KeyRecord(
        id=row.id,
        name=row.name,
        secret_sha256=row.secret_sha256,
        former_sha256=row.former_sha256,
        former_until_s=row.former_until_s,
        scopes=tuple(row.scopes),
        per_s=row.per_s,
        created_s=row.created_s,
        revoked_s=row.revoked_s,
    )
