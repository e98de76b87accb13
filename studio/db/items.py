"""Items and their default images. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from studio.db.parts import parts
from studio.db.tables import ITEM
from studio.db.upserts import conflict_insert


def put_item(connection: Connection, item: str, image: str, *, replace: bool) -> None:
    """Set the default image of an item that is new, or of any item if it may be replaced."""
    statement = conflict_insert(connection, ITEM).values(item=item, image=image)
    if replace:
        kept = statement.on_conflict_do_update(index_elements=["item"], set_={"image": image})
    else:
        kept = statement.on_conflict_do_nothing()
    connection.execute(kept)


def lock_item(connection: Connection, item: str) -> None:
    """Let no other transaction that asks for it act on an item until this one ends.

    New tests of it may be written meanwhile.
    """
    # SQLite has no row locks and needs none: a writer has the whole database.
    found = select(ITEM.c.item).where(ITEM.c.item == item).with_for_update(key_share=True)
    connection.execute(found)


def default_images(connection: Connection, wanted: Iterable[str] | None = None) -> dict[str, str]:
    """Known items and their default images: all, or those of the wanted that are known."""
    if wanted is None:
        return {row.item: row.image for row in connection.execute(select(ITEM))}
    found: dict[str, str] = {}
    for part in parts(wanted):
        rows = connection.execute(select(ITEM).where(ITEM.c.item.in_(part)))
        found |= {row.item: row.image for row in rows}
    return found
