"""Takes a database from step to step. Imports Alembic, so only where there is something to do."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData

from studio.db import migrations
from studio.db.revision import revision_of

BASE = "base"
"""Before the first step: no tables."""


class StepUnknown(Exception):
    """No step of this name is among those that this version knows."""

    def __init__(self, *, revision: str) -> None:
        self.revision = revision
        super().__init__(f"no step {revision!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One migration: its name, and what it is for."""

    revision: str
    title: str


def steps() -> tuple[Step, ...]:
    """All steps, the first one first."""
    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(
        Step(revision=each.revision, title=each.doc.rstrip(".")) for each in reversed(list(found))
    )


def upgrade(connection: Connection, metadata: Sequence[MetaData], *, to: str = "head") -> None:
    """Take all steps up to one, inside the caller's transaction.

    Raises
    ------
        StepUnknown
    """
    with _translated(to):
        command.upgrade(_config(connection, metadata), to)


def downgrade(connection: Connection, metadata: Sequence[MetaData], *, to: str) -> None:
    """Take back all steps after one; `BASE` takes back all, with everything in the tables.

    Raises
    ------
        StepUnknown
    """
    with _translated(to):
        command.downgrade(_config(connection, metadata), to)


def adopt(connection: Connection, metadata: Sequence[MetaData], *, revision: str) -> None:
    """Mark a database with a step that its tables are at already."""
    with _translated(revision):
        command.stamp(_config(connection, metadata), revision)


def differences(connection: Connection, metadata: Sequence[MetaData]) -> tuple[str, ...]:
    """What a database has otherwise than the tables of the code, one line each."""
    known = {name for part in metadata for name in part.tables}
    context = MigrationContext.configure(
        connection,
        opts={"include_name": lambda name, kind, _parents: kind != "table" or name in known},
    )
    # Several are compared as one; only the declared type says otherwise.
    together: Any = list(metadata)
    return tuple(_line(each) for each in compare_metadata(context, together))


def draft(connection: Connection, metadata: Sequence[MetaData], *, title: str) -> Path:
    """Write a new step into the source tree: what the tables of the code have that it lacks."""
    number = len(steps()) + 1
    config = _config(connection, metadata)
    made = command.revision(
        config, message=title, autogenerate=True, rev_id=f"{number:04}", head="head"
    )
    if made is None or isinstance(made, list):
        raise RuntimeError("Alembic wrote no step, or several")
    return Path(made.path)


def _config(connection: Connection | None = None, metadata: Sequence[MetaData] = ()) -> Config:
    # What Alembic prints is for its own command line.
    config = Config(stdout=io.StringIO())
    folder = Path(migrations.__file__).parent
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes.update(connection=connection, metadata=list(metadata))
    return config


@contextlib.contextmanager
def _translated(revision: str) -> Iterator[None]:
    try:
        yield
    except CommandError as fault:
        raise StepUnknown(revision=revision) from fault


def _line(difference: Any) -> str:
    """One difference in words: what Alembic would do about it."""
    if isinstance(difference, list):
        return "; ".join(_line(each) for each in difference)
    kind, *parts = difference
    named = [str(getattr(part, "name", part)) for part in parts if part is not None and part != {}]
    return f"{kind.replace('_', ' ')}: {', '.join(named)}"


__all__ = [
    "BASE",
    "Step",
    "StepUnknown",
    "adopt",
    "differences",
    "downgrade",
    "draft",
    "revision_of",
    "steps",
    "upgrade",
]
