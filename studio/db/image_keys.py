"""Reading and writing the keys that sign images' addresses, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from studio.db.records import ImageKeyRecord
from studio.db.tables import IMAGE_KEY
from studio.db.upserts import conflict_insert


def image_keys(connection: Connection) -> tuple[ImageKeyRecord, ...]:
    """All keys, the newest first."""
    rows = connection.execute(select(IMAGE_KEY).order_by(IMAGE_KEY.c.number.desc()))
    return tuple(
        ImageKeyRecord(
            number=row.number,
            secret=bytes.fromhex(row.secret),
            made_s=row.made_s,
            from_s=row.from_s,
            until_s=row.until_s,
        )
        for row in rows
    )


def add_image_key(connection: Connection, key: ImageKeyRecord) -> bool:
    """Write a new key; False where another process has just written one of its number."""
    statement = conflict_insert(connection, IMAGE_KEY).values(
        number=key.number,
        secret=key.secret.hex(),
        made_s=key.made_s,
        from_s=key.from_s,
        until_s=key.until_s,
    )
    added = connection.execute(statement.on_conflict_do_nothing().returning(IMAGE_KEY.c.number))
    return added.first() is not None


def end_image_keys(connection: Connection, numbers: Sequence[int], *, until_s: float) -> None:
    """Let keys open nothing after a moment; one that ends before stays at that."""
    later = IMAGE_KEY.c.until_s.is_(None) | (IMAGE_KEY.c.until_s > until_s)
    chosen = update(IMAGE_KEY).where(IMAGE_KEY.c.number.in_(numbers), later)
    connection.execute(chosen.values(until_s=until_s))


def forget_image_keys(connection: Connection, *, before_s: float) -> None:
    """Delete keys that ended before a moment."""
    connection.execute(delete(IMAGE_KEY).where(IMAGE_KEY.c.until_s < before_s))
