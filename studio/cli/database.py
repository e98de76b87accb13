"""``packshot db``: where the database lies, and its tables."""

from __future__ import annotations

import typer

from studio.bootstrap import complete_schema, open_database
from studio.cli.console import out, print_json
from studio.cli.context import settings
from studio.cli.options import AsJson
from studio.db.schema import shown_url, table_names

app = typer.Typer(no_args_is_help=True, help="Create the database's tables, and say where it lies.")


@app.command()
def upgrade(as_json: AsJson = False) -> None:
    """Create the tables that are missing; what is there stays as it is.

    Other commands do this by themselves when they first need the database.
    """
    engine = open_database(settings())
    try:
        made = complete_schema(engine)
        total = len(table_names(engine))
    finally:
        engine.dispose()
    if as_json:
        print_json({"database": shown_url(engine.url), "created": list(made), "tables": total})
    elif made:
        out.print(f"{_place()}: created {len(made)} of {total} tables: {', '.join(made)}",
                  markup=False)  # fmt: skip
    else:
        out.print(f"{_place()}: all {total} tables are there, nothing to do", markup=False)


@app.command()
def path(as_json: AsJson = False) -> None:
    """Show where the database lies: a file, or a URL without its password."""
    if as_json:
        print_json({"database": shown_url(settings().url), "path": _place()})
    else:
        out.print(_place(), markup=False)


def _place() -> str:
    return shown_url(settings().url).removeprefix("sqlite:///")
