"""``packshot audit``: who did what, when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from studio.cli.audit_entries import entry_text
from studio.cli.console import moment, out, print_json
from studio.cli.context import shell
from studio.cli.options import AsJson, InTenant, wrong_usage
from studio.services.audit import KINDS, MOST, Audit, AuditQuery


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)


def audit(
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help=f"Of what was acted on: {', '.join(KINDS)}; may be given again. Default: all.",
        ),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(metavar="ID", help="Of one test, key or webhook.")
    ] = None,
    action: Annotated[
        list[str] | None,
        typer.Option(metavar="ACTION", help="As revoke or promote; may be given again."),
    ] = None,
    who: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A part of the name of who acted.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Of this moment or later, in UTC."
        ),
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=MOST, help="How many, newest first.")] = 50,
    as_json: AsJson = False,
    _tenant: InTenant = None,
) -> None:
    """Show who did what to tests, keys, webhooks and image keys, when; newest first.

    `packshot test audit ID` shows one test's entries from its beginning. No entry holds a secret.
    """
    try:
        query = AuditQuery(
            kinds=tuple(kind or ()),
            actions=tuple(action or ()),
            subject=subject,
            who=who,
            since_s=None if since is None else since.replace(tzinfo=UTC).timestamp(),
            most=most,
        )
    except ValueError as fault:
        wrong_usage(f"--kind: {fault}")
    entries = Audit(shell().engine).entries(query)
    if as_json:
        print_json(
            [
                {"id": one.id, "at": moment(one.at_s), "at_s": one.at_s, "who": one.who,
                 "kind": one.kind, "subject": one.subject, "action": one.action,
                 "detail": dict(one.detail)}
                for one in entries
            ]
        )  # fmt: skip
        return
    if not entries:
        picked = (kind, subject, action, who, since)
        fits = any(one is not None for one in picked)
        out.print("nothing was done that fits" if fits else "nothing was done yet")
    for one in entries:
        what = f"{one.kind} {one.subject}"
        out.print(f"{moment(one.at_s)}  {one.who}  {what}  {entry_text(one)}", markup=False)
