"""The ``packshot`` command: its groups, and how errors become exit codes."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from studio.cli.commands import Commands
from studio.cli.console import complain

app = typer.Typer(
    name="packshot",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="""Make product images and find out which of them sell.

    **Designers** start with `packshot white photo.jpg --out shots`,
    **merchants** with `packshot test create --help`, and a **feed** asks the server
    that `packshot serve` starts. `packshot demo` shows the whole loop on sample products.

    Everything is kept in one folder, `~/.packshot` (or `PACKSHOT_HOME`). Merchants who share an
    installation and must not see each other's things are tenants of it: `packshot tenants --help`.
    Exit codes: 0 done, 1 some inputs failed or a check failed, 2 wrong usage.
    """,
)


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
    tenant: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Whose tests, images and keys the command is about, where merchants share an "
            "installation; before the command's name or after it. Default: PACKSHOT_TENANT, or the "
            "installation's own.",
        ),
    ] = None,
) -> None:
    from studio.cli.context import choose_no_tenant, choose_tenant  # help needs no engine

    choose_no_tenant()
    choose_tenant(tenant)


def main() -> None:
    """Run the command line; expected errors are one line on stderr and exit code 1."""
    try:
        app(prog_name="packshot")
    except Exception as fault:
        from studio.cli.faults import in_words  # all packages' errors, so all the packages

        words = in_words(fault)
        if words is None:
            raise
        complain(words)
        sys.exit(1)
