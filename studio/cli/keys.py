"""``packshot keys``: who may ask the server for what."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from studio.cli.console import out, print_json, print_table, say
from studio.cli.context import shell
from studio.cli.options import AsJson
from studio.cli.standing import moment
from studio.services.keys import Key

app = typer.Typer(
    no_args_is_help=True,
    help="Create, list and revoke the keys that a server's clients carry.",
)


@app.command()
def create(
    scope: Annotated[
        str,
        typer.Option(
            metavar="SCOPE,...",
            help="decide: ask for images; events: send events; manage: everything else.",
        ),
    ],
    name: Annotated[
        str | None, typer.Argument(help="What the key is for; default: its scopes.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and show its secret, this once.

    Clients send it as `Authorization: Bearer SECRET`. From the first key on, a server on this
    machine no longer runs open.
    """
    scopes = [part.strip() for part in scope.split(",") if part.strip()]
    made = shell().keys.create(name=name if name is not None else " ".join(scopes), scopes=scopes)
    if as_json:
        print_json({**_describe(made.key), "secret": made.secret})
        return
    say(
        f"key {made.key.id} for {', '.join(made.key.scopes)}; "
        "keep this secret, it is not shown again:"
    )
    out.print(made.secret, markup=False)


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List all keys, revoked ones too; secrets are not stored and cannot be shown."""
    keys = shell().keys.all()
    if as_json:
        print_json([_describe(key) for key in keys])
        return
    if not keys:
        out.print("no keys: a server on this machine runs open, others do not start")
        return
    table = Table("key", "name", "scopes", "created", "", box=None, pad_edge=False)
    for key in keys:
        ended = "" if key.revoked_s is None else f"revoked {moment(key.revoked_s)}"
        table.add_row(key.id, escape(key.name), ", ".join(key.scopes), moment(key.created_s), ended)
    print_table(table)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="The key's id; `packshot keys list`.")],
    as_json: AsJson = False,
) -> None:
    """End a key: servers refuse it within seconds."""
    revoked = shell().keys.revoke(key)
    if as_json:
        print_json(_describe(revoked))
    else:
        out.print(f"{revoked.id} ({revoked.name}): revoked", markup=False)


def _describe(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_s": key.created_s,
        "revoked_s": key.revoked_s,
    }
