"""``packshot tenants``: merchants who share an installation, and nothing of what they have."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from abtest import TestState
from studio.bootstrap.shell import forget_snapshot, open_shell
from studio.cli.console import moment, out, print_json, print_table, say
from studio.cli.context import of_all_tenants, shell
from studio.cli.options import AsJson, who
from studio.services.errors import TenantNotFound, TenantRefused
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


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Even if tests of theirs are running.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """End a tenant's keys and serve them no longer; running servers hear of it within two seconds.

    What they have stays: their folder below `tenants`, and on PostgreSQL their schema. `packshot
    tenants create NAME` serves it again, under new keys; to be rid of it, delete both.
    """
    tenants, opened = _tenants(), shell()
    if name not in tenants.names():
        raise TenantNotFound(name=name)
    own = open_shell(opened.settings.of_tenant(name), beside=opened)
    running = [test.id for test in own.tests.all() if test.state is TestState.RUNNING]
    if running and not yes:
        count = "a test is" if len(running) == 1 else f"{len(running)} tests are"
        raise TenantRefused(
            f"tenant {name}: {count} running; `packshot --tenant {name} test list` names what to "
            "stop first, or say --yes"
        )
    ended = [key.id for key in own.keys.all() if key.revoked_s is None]
    for key in ended:
        own.keys.revoke(key, who=who())
    tenants.remove(name)
    forget_snapshot(own.settings)
    if as_json:
        print_json({"name": name, "keys_ended": ended, "kept": str(own.settings.home_dir)})
        return
    out.print(f"tenant {name}: removed, {len(ended)} keys ended", markup=False)
    out.print(f"what they have is kept in {own.settings.home_dir}", markup=False, soft_wrap=True)
    if not opened.keys.any_in_force():
        say(
            "no tenant and no key is left: a server on this machine runs open now; "
            "packshot keys create --scope manage ends that"
        )


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
