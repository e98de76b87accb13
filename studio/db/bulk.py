"""Thousands of rows in a statement: the few that intake and counting live on.

Through the drivers, in each database's own way: rows that pass one by one through the expression
language take ten times as long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import Connection

from studio.db.binary_arrays import byteas, prepare, texts, uuids

_PARAMETERS: Final = 8_000
"""Values in a statement; SQLite takes at most 32,766."""
_T = TypeVar("_T")


def put_ids(connection: Connection, digests: Collection[bytes], *, day: int) -> set[bytes]:
    """Write the digests that are new; those that were there already."""
    # In the order of the index, so that neighbours share its pages.
    wanted = sorted(digests)
    if connection.dialect.name == "postgresql":
        return _put_ids_postgres(connection, wanted, day)
    known: set[bytes] = set()
    for some in _pieces(wanted):
        marks = ",".join("?" * len(some))
        found = connection.exec_driver_sql(
            f"SELECT digest FROM event_id WHERE digest IN ({marks})",  # noqa: S608 - marks alone
            tuple(some),
        )
        known.update(row[0] for row in found)
    new = [(digest, day) for digest in wanted if digest not in known]
    if new:
        connection.exec_driver_sql("INSERT INTO event_id (digest, day) VALUES (?, ?)", new)
    return known


def _put_ids_postgres(connection: Connection, wanted: Sequence[bytes], day: int) -> set[bytes]:
    # Another intake may write the same id at this moment: the conflict waits for its commit.
    prepare(connection)
    written = connection.exec_driver_sql(
        "INSERT INTO event_id (digest, day) SELECT unnest(%b), %s "
        "ON CONFLICT DO NOTHING RETURNING digest",
        (uuids(wanted), day),
    )
    if written.rowcount == len(wanted):
        written.close()
        return set()
    return set(wanted) - {row[0].bytes for row in written}


def read_histories(
    connection: Connection, test_id: str, units: Iterable[str]
) -> Iterator[tuple[str, bytes]]:
    """(unit, history) of those units of a test that have one."""
    for some in _pieces(units):
        if connection.dialect.name == "postgresql":
            prepare(connection)
            found = connection.exec_driver_sql(
                "SELECT unit, history FROM exposure WHERE test_id = %s AND unit = ANY(%b)",
                (test_id, texts(some)),
            )
        else:
            marks = ",".join("?" * len(some))
            found = connection.exec_driver_sql(
                f"SELECT unit, history FROM exposure WHERE test_id = ? AND unit IN ({marks})",  # noqa: S608 - marks alone
                (test_id, *some),
            )
        yield from ((row[0], bytes(row[1])) for row in found)


def put_histories(connection: Connection, test_id: str, histories: Mapping[str, bytes]) -> None:
    """Write the histories of units of a test, new ones and changed ones."""
    rows = sorted(histories.items())
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        prepare(connection)
        connection.exec_driver_sql(
            "INSERT INTO exposure (test_id, unit, history) "
            "SELECT %s, unit, history FROM unnest(%b, %b) AS new (unit, history) "
            "ON CONFLICT (test_id, unit) DO UPDATE SET history = excluded.history",
            (test_id, texts(unit for unit, _ in rows), byteas(history for _, history in rows)),
        )
        return
    connection.exec_driver_sql(
        "INSERT INTO exposure (test_id, unit, history) VALUES (?, ?, ?) "
        "ON CONFLICT (test_id, unit) DO UPDATE SET history = excluded.history",
        [(test_id, unit, history) for unit, history in rows],
    )


def _pieces(values: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(values)
    while some := list(islice(rest, _PARAMETERS)):
        yield some
