"""Which step of the migrations a database stands at. Imports no Alembic: every command asks."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from sqlalchemy import Connection, MetaData, inspect, text

from studio.db.migrations import HEAD

MARK = "alembic_version"
"""The table in which Alembic keeps the step that a database stands at."""


class Standing(Enum):
    """How the tables of a database compare with those of the code."""

    EMPTY = "empty"
    UNMARKED = "unmarked"
    CURRENT = "current"
    OTHER = "other"


def revision_of(connection: Connection) -> str | None:
    """The step that a database is marked with; None where it is not."""
    if not inspect(connection).has_table(MARK):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {MARK}")).scalar()  # noqa: S608
    return None if found is None else str(found)


def standing_of(connection: Connection, metadata: Sequence[MetaData]) -> Standing:
    """Where a database stands. `OTHER`: marked with another step than the newest."""
    revision = revision_of(connection)
    if revision is not None:
        return Standing.CURRENT if revision == HEAD else Standing.OTHER
    there = set(inspect(connection).get_table_names())
    ours = {name for part in metadata for name in part.tables}
    return Standing.UNMARKED if there & ours else Standing.EMPTY


def create_current(connection: Connection, metadata: Sequence[MetaData]) -> None:
    """Make the tables that are not there, and mark the database with the newest step."""
    for part in metadata:
        part.create_all(connection)
    # As Alembic declares it.
    connection.execute(
        text(
            f"CREATE TABLE IF NOT EXISTS {MARK} (version_num VARCHAR(32) NOT NULL, "
            f"CONSTRAINT {MARK}_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text(f"DELETE FROM {MARK}"))  # noqa: S608
    connection.execute(text(f"INSERT INTO {MARK} VALUES (:head)"), {"head": HEAD})  # noqa: S608


def missing_columns(connection: Connection, metadata: Sequence[MetaData]) -> tuple[str, ...]:
    """Columns of the code that tables which are there do not have, as "table.column"."""
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    missing: list[str] = []
    for table in (table for part in metadata for table in part.sorted_tables):
        if table.name in there:
            found = {column["name"] for column in inspector.get_columns(table.name)}
            missing += [f"{table.name}.{each.name}" for each in table.c if each.name not in found]
    return tuple(missing)
