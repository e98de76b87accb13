"""Inserts that can say what to do when the row is there already, in either database's words."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def conflict_insert(connection: Connection, table: Table) -> SqliteInsert | PostgresqlInsert:
    """An insert that can say what to do when the row is there already."""
    if connection.dialect.name == "postgresql":
        return PostgresqlInsert(table)
    return SqliteInsert(table)
