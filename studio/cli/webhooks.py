"""``packshot webhooks``: who is told of what happens in tests."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from studio.cli.console import complain, moment, out, print_json, print_table, say
from studio.cli.context import shell
from studio.cli.options import AsJson, who
from studio.db.records import DeliveryRecord
from studio.services.notices import EVENTS
from studio.services.webhooks import Webhook

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Tell other programs what happens in tests: started, promoted, ended, taken back.

    Requests are signed in the form of Standard Webhooks, and sent again with growing pauses for 19
    hours until they are answered with 2xx. `packshot serve` or `packshot scheduler` sends them.
    """,
)

Id = Annotated[
    str, typer.Argument(metavar="ID", help="The webhook's id; `packshot webhooks list`.")
]
_EVENT_HELP = "Tell only of this event; may be given again. There are: " + "; ".join(
    f"{name} ({when})" for name, when in EVENTS.items()
)


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="An https address.")],
    event: Annotated[list[str] | None, typer.Option(metavar="EVENT", help=_EVENT_HELP)] = None,
    as_json: AsJson = False,
) -> None:
    """Add a webhook, and show the secret that its receiver checks signatures with, this once."""
    made = shell().webhooks.add(url, events=event or (), who=who())
    if as_json:
        print_json({**_describe(made.webhook), "secret": made.secret})
        return
    say(f"webhook {made.webhook.id}; keep this secret, it is not shown again:")
    out.print(made.secret, markup=False)


@app.command("list")
def list_webhooks(as_json: AsJson = False) -> None:
    """List the webhooks in force."""
    webhooks = shell().webhooks.all()
    if as_json:
        print_json([_describe(webhook) for webhook in webhooks])
        return
    if not webhooks:
        out.print("no webhooks; `packshot webhooks add --help` says how to begin")
        return
    table = Table("webhook", "url", "events", "since", box=None, pad_edge=False)
    for webhook in webhooks:
        events = ", ".join(webhook.events) or "all"
        table.add_row(webhook.id, escape(webhook.url), events, moment(webhook.created_s))
    print_table(table)


@app.command()
def remove(webhook: Id, as_json: AsJson = False) -> None:
    """Tell a webhook nothing more, what waits for it included."""
    removed = shell().webhooks.remove(webhook, who=who())
    if as_json:
        print_json(_describe(removed))
    else:
        out.print(f"{removed.id} ({removed.url}): removed", markup=False)


@app.command("test")
def try_out(webhook: Id, as_json: AsJson = False) -> None:
    """Send one event now, signed as all are; exit 1 if it is not answered with 2xx."""
    trial = shell().webhooks.test(webhook)
    if as_json:
        print_json({"delivered": trial.fault is None, "status": trial.status, "fault": trial.fault})
    elif trial.fault is None:
        out.print(f"delivered, answered {trial.status}")
    else:
        complain(trial.fault)
    if trial.fault is not None:
        sys.exit(1)


@app.command()
def deliveries(
    webhook: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Of this webhook; none: of all.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="STATE", help="waiting, delivered, or dead: given up after the last try."
        ),
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what webhooks were told, and what they were not; kept for 30 days."""
    found = shell().webhooks.deliveries(webhook_id=webhook, state=state, most=most)
    if as_json:
        print_json([_delivery(one) for one in found])
        return
    if not found:
        out.print("no deliveries")
        return
    table = Table("notice", "webhook", "event", "at", "state", "tries", "", box=None,
                  pad_edge=False)  # fmt: skip
    for one in found:
        note = one.fault or ""
        if one.state == "waiting":
            note = f"{note}; next {moment(one.not_before_s)}".removeprefix("; ")
        table.add_row(one.notice_id, one.webhook_id, one.type, moment(one.at_s), one.state,
                      str(one.attempts), escape(note))  # fmt: skip
    print_table(table)


@app.command()
def retry(webhook: Id, as_json: AsJson = False) -> None:
    """Begin again with a webhook's dead deliveries."""
    count = shell().webhooks.retry(webhook, who=who())
    if as_json:
        print_json({"waiting": count})
    else:
        out.print(f"{count} deliveries wait again")


def _describe(webhook: Webhook) -> dict[str, object]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": list(webhook.events),
        "created": moment(webhook.created_s),
        "created_s": webhook.created_s,
    }


def _delivery(one: DeliveryRecord) -> dict[str, object]:
    return {
        "id": one.notice_id,
        "webhook": one.webhook_id,
        "type": one.type,
        "state": one.state,
        "at": moment(one.at_s),
        "at_s": one.at_s,
        "attempts": one.attempts,
        "next_s": one.not_before_s if one.state == "waiting" else None,
        "status": one.status,
        "fault": one.fault,
    }
