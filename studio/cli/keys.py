"""``packshot keys``: who may ask the server for what."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from studio.cli.console import moment, out, print_json, print_table, say
from studio.cli.context import shell
from studio.cli.options import AsJson, InTenant, who
from studio.services.key_rights import Key
from studio.services.keys import MadeKey

app = typer.Typer(
    no_args_is_help=True,
    help="Create, list, rotate and revoke the keys that a server's clients carry. A key opens "
    "what its tenant has, and nothing else.",
)


@app.command()
def create(
    scope: Annotated[
        str,
        typer.Option(
            metavar="SCOPE,...",
            help="decide: ask for images; events: send events; manage: everything else; public, "
            "alone: ask for images and send events from web pages, where all can read the key.",
        ),
    ],
    name: Annotated[
        str | None, typer.Argument(help="What the key is for; default: its scopes.")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            metavar="PER_SECOND",
            help="Requests a second that each serving process takes under this key; more are "
            "answered 429 with Retry-After. Default: any number.",
        ),
    ] = None,
    as_json: AsJson = False,
    _tenant: InTenant = None,
) -> None:
    """Create a key and show its secret, this once.

    Clients send it as `Authorization: Bearer SECRET`. From the first key on, a server on this
    machine no longer runs open. A tenant's key names its tenant: a server knows by it whose tests,
    images and counts a request is about.
    """
    scopes = [part.strip() for part in scope.split(",") if part.strip()]
    named = name if name is not None else " ".join(scopes)
    made = shell().keys.create(name=named, scopes=scopes, per_s=rate, who=who())
    _show_secret(made, f"key {made.key.id} for {', '.join(made.key.scopes)}", as_json=as_json)


@app.command("list")
def list_keys(as_json: AsJson = False, _tenant: InTenant = None) -> None:
    """List all keys, revoked ones too; secrets are not stored and cannot be shown."""
    found = shell().keys
    keys = found.all()
    if as_json:
        print_json([_describe(key) for key in keys])
        return
    if not keys and found.any_in_force():
        out.print("no keys: a server answers nobody; where there are tenants, none runs open")
        return
    if not keys:
        out.print("no keys: a server on this machine runs open, others do not start")
        return
    table = Table("key", "name", "scopes", "created", "", box=None, pad_edge=False)
    for key in keys:
        table.add_row(
            key.id, escape(key.name), ", ".join(key.scopes), moment(key.created_s), _standing(key)
        )
    print_table(table)


@app.command()
def rotate(
    key: Annotated[str, typer.Argument(metavar="ID", help="The key's id; `packshot keys list`.")],
    keep: Annotated[
        float,
        typer.Option(
            metavar="HOURS",
            min=0,
            max=8760,
            help="How long the present secret opens beside the new one.",
        ),
    ] = 24.0,
    as_json: AsJson = False,
    _tenant: InTenant = None,
) -> None:
    """Give a key a new secret and show it, this once; clients move over without a pause.

    The present secret goes on opening for a day, or for --keep hours; 0 ends it within seconds.
    """
    made = shell().keys.rotate(key, keep_s=keep * 3600, who=who())
    until = moment(made.key.former_until_s or 0.0)
    _show_secret(
        made, f"key {made.key.id} has a new secret, the former opens until {until}", as_json=as_json
    )


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="The key's id; `packshot keys list`.")],
    as_json: AsJson = False,
    _tenant: InTenant = None,
) -> None:
    """End a key: servers refuse it within seconds."""
    revoked = shell().keys.revoke(key, who=who())
    if as_json:
        print_json(_describe(revoked))
    else:
        out.print(f"{revoked.id} ({revoked.name}): revoked", markup=False)


@app.command("rotate-images")
def rotate_images(
    at_once: Annotated[
        bool,
        typer.Option(
            "--at-once",
            help="From now on, and let no address that was given before open anything: for a key "
            "that leaked. Pages that are open now lose their images until they are loaded again.",
        ),
    ] = False,
    as_json: AsJson = False,
    _tenant: InTenant = None,
) -> None:
    """Sign images' addresses with a new key; addresses in use stay good until they expire.

    Servers with PACKSHOT_IMAGES=signed sign with it from the next half day on, noon or midnight
    UTC. They change keys by themselves every 30 days.
    """
    opened = shell()
    links, signs = opened.image_keys, opened.settings.images == "signed"
    made = links.rotate(who=who(), at_once=at_once)
    from_s = time.time() if at_once else made.from_s
    if as_json:
        print_json(
            {"number": made.number, "signs_from_s": from_s, "images": opened.settings.images}
        )
        return
    ends = "what others signed is refused" if at_once else "what others signed is good to its end"
    out.print(f"image key {made.number} signs from {moment(from_s)} on; {ends}", markup=False)
    if not signs:
        say(
            "images are public here: whoever knows an image's digest sees it, and servers sign "
            "nothing unless they run with PACKSHOT_IMAGES=signed"
        )


def _show_secret(made: MadeKey, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({**_describe(made.key), "secret": made.secret})
        return
    say(f"{what}; keep this secret, it is not shown again:")
    out.print(made.secret, markup=False)


def _standing(key: Key) -> str:
    if key.revoked_s is not None:
        return f"revoked {moment(key.revoked_s)}"
    limit = [] if key.per_s is None else [f"at most {key.per_s:g} a second"]
    if key.former_until_s is not None and key.former_until_s > time.time():
        limit.append(f"former secret until {moment(key.former_until_s)}")
    return ", ".join(limit)


def _describe(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_s": key.created_s,
        "revoked_s": key.revoked_s,
        "per_s": key.per_s,
        "former_until_s": key.former_until_s,
    }
