"""Which part of a layer each running test holds. Works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from abtest import Slice
from studio.db.tables import LAYER, LAYER_SLICE
from studio.db.upserts import conflict_insert


def slices_in(connection: Connection, layer: str) -> tuple[Slice, ...]:
    """The slices of a layer's running tests; nobody else cuts from it until the caller commits."""
    connection.execute(
        conflict_insert(connection, LAYER).values(name=layer).on_conflict_do_nothing()
    )
    # SQLite has no row locks and needs none: a writer has the whole database.
    connection.execute(select(LAYER).where(LAYER.c.name == layer).with_for_update())
    rows = connection.execute(select(LAYER_SLICE).where(LAYER_SLICE.c.layer == layer))
    return tuple(_slice(row.layer, row.ranges) for row in rows)


def hold_slice(connection: Connection, test_id: str, held: Slice) -> None:
    """Give a slice to a test."""
    ranges = [list(pair) for pair in held.ranges]
    connection.execute(insert(LAYER_SLICE).values(test_id=test_id, layer=held.layer, ranges=ranges))


def free_slice(connection: Connection, test_id: str) -> None:
    """Take a test's slice back, if it has one."""
    connection.execute(delete(LAYER_SLICE).where(LAYER_SLICE.c.test_id == test_id))


def slices_of(connection: Connection, test_ids: Iterable[str]) -> dict[str, Slice]:
    """The slices of tests by id; a test without one is left out."""
    wanted = set(test_ids)
    rows = connection.execute(select(LAYER_SLICE))
    return {row.test_id: _slice(row.layer, row.ranges) for row in rows if row.test_id in wanted}


def _slice(layer: str, ranges: Iterable[tuple[int, int]]) -> Slice:
    return Slice(layer=layer, ranges=tuple((first, end) for first, end in ranges))
