"""Draft the next step of the migrations, for developers: what the newest one lacks of the code.

``python -m studio.cli.draft_migration "what it is for"``; then read it, format it, and move
`studio.db.migrations.HEAD` to it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from studio.bootstrap.databases import METADATA
from studio.db import migrating
from studio.db.engine import open_engine, reshaping


def main(title: str) -> Path:
    """Write the step, from a database that stands at the newest one."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/draft.sqlite")
        with reshaping(engine) as connection:
            if migrating.steps():
                migrating.upgrade(connection, METADATA)
            made = migrating.draft(connection, METADATA, title=title)
        engine.dispose()
    lines = made.read_text("utf-8").splitlines(keepends=True)
    # Alembic asks for a review there, which a commit is.
    made.write_text("".join(line for line in lines if "# ###" not in line), "utf-8")
    return made


if __name__ == "__main__":
    print(main(sys.argv[1]))
