"""The ``packshot`` command: its groups, and how errors become exit codes."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from abtest import AbtestError
from assets import AssetError
from gpu import GpuError
from pipelines import PipelineError
from studio.bootstrap import first_line
from studio.cli import (
    batch,
    brands,
    check,
    database,
    demo,
    edit,
    images,
    keys,
    models,
    presets,
    serve,
    swap,
    templates,
    tests,
)
from studio.cli.console import complain
from studio.cli.context import settings
from studio.db.engine import DatabaseFault
from studio.db.schema import shown_url
from studio.services.errors import DatabaseUnusable, ServiceError
from studio.settings import SettingsInvalid

_EXPECTED = (
    PipelineError,
    AssetError,
    GpuError,
    AbtestError,
    ServiceError,
    SettingsInvalid,
)

app = typer.Typer(
    name="packshot",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="""Make product images and find out which of them sell.

    **Designers** start with `packshot white photo.jpg --out shots`,
    **merchants** with `packshot test create --help`, and a **feed** asks the server
    that `packshot serve` starts. `packshot demo` shows the whole loop on sample products.

    Everything is kept in one folder, `~/.packshot` (or `PACKSHOT_HOME`).
    Exit codes: 0 done, 1 some inputs failed or a check failed, 2 wrong usage.
    """,
)
demo.register(app)
images.register(app)
edit.register(app)
swap.register(app)
check.register(app)
app.add_typer(batch.app, name="batch")
app.add_typer(templates.app, name="templates")
app.add_typer(presets.app, name="presets")
app.add_typer(brands.app, name="brands")
app.add_typer(models.app, name="models")
app.add_typer(tests.app, name="test")
app.add_typer(keys.app, name="keys")
serve.register(app)
app.add_typer(database.app, name="db")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"packshot {version('packshot')}")
        raise typer.Exit


@app.callback()
def _main(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; expected errors are one line on stderr and exit code 1."""
    try:
        app(prog_name="packshot")
    except _EXPECTED as fault:
        complain(str(fault))
        sys.exit(1)
    except DatabaseFault as fault:
        complain(str(DatabaseUnusable(url=shown_url(settings().url), why=first_line(fault))))
        sys.exit(1)
    except KeyboardInterrupt:
        complain("stopped; what is finished is kept, the same command goes on from there")
        sys.exit(130)
