"""What Alembic runs for each of its commands: inside the caller's connection and transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import false, true


def _render(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Leave it to each database how a default of true or false is written."""
    if kind == "server_default" and isinstance(item.arg, type(false()) | type(true())):
        return f"sa.{str(item.arg).lower()}()"
    return False


def run() -> None:
    """Run the steps that Alembic has chosen, or compare the database with the code."""
    given = context.config.attributes
    known = {name for metadata in given["metadata"] for name in metadata.tables}
    context.configure(
        connection=given["connection"],
        target_metadata=given["metadata"],
        render_as_batch=True,  # SQLite changes columns by copying the table
        transactional_ddl=True,
        render_item=_render,
        # Days of the log are partitions with tables of their own, and a database may be shared.
        include_name=lambda name, kind, _parents: kind != "table" or name in known,
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # so does Alembic name it; a test that imports all modules runs nothing
    run()
