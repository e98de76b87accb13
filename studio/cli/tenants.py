"""``packshot tenants``: merchants who share an installation, and nothing of what they have."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from studio.cli.console import moment, out, print_json, print_table
from studio.cli.context import of_all_tenants, shell
from studio.cli.options import AsJson
from studio.services.tenants import Tenant, Tenants

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Let several merchants share an installation, and nothing of what they have.

    Each tenant has tests, images, templates, webhooks, counts and keys of their own, in a folder
    and a database (on PostgreSQL: a schema) of their own. A server knows by a request's key whose
    it is; commands take `--tenant NAME` or PACKSHOT_TENANT. The installation itself has no name
    and sees no tenant's things either. Models, marketplace presets that PACKSHOT_PRESETS names,
    and the machine are shared.

    `packshot tenants create acme`, then `packshot keys create --tenant acme --scope manage`.
    """,
)


@app.command()
def create(
    name: Annotated[
        str,
        typer.Argument(
            help="Small letters, digits and hyphens; it stands in keys and images' addresses."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Make a tenant; running servers serve them within two seconds, without a restart."""
    made = _tenants().create(name)
    if as_json:
        print_json(_describe(made))
        return
    out.print(f"tenant {made.name}", markup=False)
    out.print(f"next: packshot keys create --tenant {made.name} --scope manage", markup=False)


@app.command("list")
def list_tenants(as_json: AsJson = False) -> None:
    """List all tenants."""
    found = _tenants().all()
    if as_json:
        print_json([_describe(tenant) for tenant in found])
        return
    if not found:
        out.print("no tenants: all that is here is the installation's own")
        return
    table = Table("tenant", "created", box=None, pad_edge=False)
    for tenant in found:
        table.add_row(tenant.name, moment(tenant.created_s))
    print_table(table)


def _tenants() -> Tenants:
    of_all_tenants()
    return shell().tenants


def _describe(tenant: Tenant) -> dict[str, object]:
    return {"name": tenant.name, "created_s": tenant.created_s}
