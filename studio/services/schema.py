"""The tables of the database, kept in step with the code.

::

    schema = Schema(engine, METADATA)
    schema.make_ready()                         # what every command does when it opens a database
    schema.upgrade()                            # what `packshot db upgrade` does
    schema.status()

The embedded database moves on by itself. A PostgreSQL server may have other processes of another
version on it, so that it moves when its operator says so.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import MetaData, inspect

from studio.db.engine import Connection, Engine, encoding_of, reading, reshaping
from studio.db.migrations import HEAD
from studio.db.revision import (
    MARK,
    Standing,
    create_current,
    missing_columns,
    revision_of,
    standing_of,
)
from studio.db.shown import shown_url
from studio.services.errors import (
    DatabaseAhead,
    DatabaseBehind,
    DatabaseNotUnicode,
    StepNotFound,
)

_LOG = logging.getLogger(__name__)
_WHOLE = ("UTF8", "SQL_ASCII")
"""The second keeps bytes as they come, which are always those of UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaStatus:
    """Where a database stands.

    Parameters
    ----------
        revision : its step; None where it has none of our tables, or no mark
        head     : the newest step
        waiting  : the steps up to it that were not taken yet, with what they are for
        tables   : how many of our tables there are
        lacks    : columns that tables without a mark do not have; no step leads on from those
    """

    revision: str | None
    head: str
    waiting: tuple[tuple[str, str], ...]
    tables: int
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a change of the schema did; `created` are the names of new tables, `dropped` of old."""

    before: str | None
    after: str | None
    created: tuple[str, ...]
    dropped: tuple[str, ...]
    tables: int


class Schema:
    """The tables of one database.

    Parameters
    ----------
        metadata : the tables of the code, of all packages that keep some
    """

    def __init__(self, engine: Engine, metadata: Sequence[MetaData]) -> None:
        self._engine = engine
        self._metadata = tuple(metadata)

    def make_ready(self) -> None:
        """Let the tables be those of the code; a look of a millisecond where they are.

        Raises
        ------
            DatabaseBehind : a PostgreSQL database that `db upgrade` must be run on
            DatabaseAhead : made by a newer version
            DatabaseNotUnicode : there are characters that it cannot keep
            DatabaseFault
        """
        with reading(self._engine) as connection:
            encoding = encoding_of(connection)
            if encoding not in _WHOLE:
                raise DatabaseNotUnicode(url=shown_url(self._engine.url), encoding=encoding)
            standing = standing_of(connection, self._metadata)
        if standing is Standing.CURRENT:
            return
        with reshaping(self._engine) as connection:
            # Another process may have come first.
            standing = standing_of(connection, self._metadata)
            if standing is Standing.OTHER:
                self._catch_up(connection)
            elif standing is not Standing.CURRENT:
                self._create(connection)

    def upgrade(self, *, to: str = "head") -> Moved:
        """Take all steps up to one, and make tables that are missing at the newest.

        Raises
        ------
            StepNotFound, DatabaseAhead, DatabaseFault
            DatabaseBehind : tables without a mark, which no step leads on from
        """
        with reshaping(self._engine) as connection:
            before, tables = revision_of(connection), self._tables(connection)
            if to in ("head", HEAD):
                if before is None:
                    self._create(connection)
                else:
                    self._step(connection, "head")
                    create_current(connection, self._metadata)
            else:
                self._check_known(to)
                if before is None and tables:
                    self._adopt(connection)
                self._step(connection, to)
            return self._moved(connection, before, tables)

    def downgrade(self, *, to: str) -> Moved:
        """Take back all steps after one; "base" takes back all, and with them all that is kept.

        Raises
        ------
            StepNotFound, DatabaseAhead, DatabaseFault
        """
        from studio.db import migrating

        self._check_known(to)
        with reshaping(self._engine) as connection:
            before, tables = revision_of(connection), self._tables(connection)
            if before is None and tables:
                self._adopt(connection)
            self._check_not_ahead(revision_of(connection))
            migrating.downgrade(connection, self._metadata, to=to)
            return self._moved(connection, before, tables)

    def status(self) -> SchemaStatus:
        """Where the database stands."""
        from studio.db import migrating

        with reading(self._engine) as connection:
            revision = revision_of(connection)
            tables = len(self._tables(connection) - {MARK})
            lacks = missing_columns(connection, self._metadata) if revision is None else ()
        steps = [(step.revision, step.title) for step in migrating.steps()]
        taken = [place for place, step in enumerate(steps) if step[0] == revision]
        after = taken[0] + 1 if taken else (0 if revision is None else len(steps))
        return SchemaStatus(
            revision=revision,
            head=HEAD,
            waiting=tuple(steps[after:]),
            tables=tables,
            lacks=lacks,
        )

    def check(self) -> tuple[str, ...]:
        """What the database has otherwise than the code, one line each; none: nothing."""
        from studio.db import migrating

        with reading(self._engine) as connection:
            return migrating.differences(connection, self._metadata)

    def _catch_up(self, connection: Connection) -> None:
        from studio.db import migrating

        revision = revision_of(connection)
        self._check_not_ahead(revision)
        url = shown_url(self._engine.url)
        if self._engine.dialect.name != "sqlite":
            raise DatabaseBehind(url=url, revision=str(revision), head=HEAD)
        migrating.upgrade(connection, self._metadata)
        _LOG.info("database_upgraded", extra={"database": url, "was": revision, "is": HEAD})

    def _create(self, connection: Connection) -> None:
        """Make what is not there of tables that nobody has marked."""
        self._check_no_gaps(connection)
        create_current(connection, self._metadata)

    def _adopt(self, connection: Connection) -> None:
        """Mark tables that nobody has marked, if they are those of the newest step."""
        from studio.db import migrating

        self._check_no_gaps(connection)
        migrating.adopt(connection, self._metadata, revision=HEAD)

    def _check_no_gaps(self, connection: Connection) -> None:
        gaps = missing_columns(connection, self._metadata)
        if gaps:
            url = shown_url(self._engine.url)
            raise DatabaseBehind(url=url, revision=None, head=HEAD, lacks=gaps)

    def _step(self, connection: Connection, to: str) -> None:
        from studio.db import migrating

        self._check_not_ahead(revision_of(connection))
        migrating.upgrade(connection, self._metadata, to=to)

    def _check_not_ahead(self, revision: str | None) -> None:
        from studio.db import migrating

        known = {step.revision for step in migrating.steps()}
        if revision is not None and revision not in known:
            raise DatabaseAhead(url=shown_url(self._engine.url), revision=revision, head=HEAD)

    def _check_known(self, to: str) -> None:
        from studio.db import migrating

        names = ["base", *(step.revision for step in migrating.steps())]
        if to not in names:
            raise StepNotFound(revision=to, known=tuple(names))

    def _tables(self, connection: Connection) -> frozenset[str]:
        ours = {name for part in self._metadata for name in part.tables} | {MARK}
        return frozenset(ours & set(inspect(connection).get_table_names()))

    def _moved(self, connection: Connection, before: str | None, tables: frozenset[str]) -> Moved:
        after = self._tables(connection)
        return Moved(
            before=before,
            after=revision_of(connection),
            created=tuple(sorted(after - tables - {MARK})),
            dropped=tuple(sorted(tables - after - {MARK})),
            tables=len(after - {MARK}),
        )
