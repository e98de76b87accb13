"""``packshot brands``: kits of colours, fonts, logo and rules, and the font that sets text."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

import pipelines
from pipelines.brands import HOUSE_FONT, read_brand
from pipelines.lettering import font_cards
from studio.bootstrap.libraries import brand_library
from studio.bootstrap.shell import Shell
from studio.cli.console import out, print_json, print_table, say
from studio.cli.context import settings

app = typer.Typer(
    no_args_is_help=True, help="Add, list, show and check brand kits; pull the font for text."
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
_WORDS = ("brand", "headline", "points", "badge", "label")


@app.command("list")
def list_brands(as_json: AsJson = False) -> None:
    """List the kits in PACKSHOT_HOME/brands."""
    library = brand_library(settings())
    kits = [library.get(name) for name in library.names()]
    if as_json:
        print_json([_facts(one) for one in kits])
        return
    if not kits:
        out.print("no brand kits yet; `packshot brands add FILE` takes one in")
        return
    table = Table("brand", "title", "templates", "label", box=None, pad_edge=False)
    for one in kits:
        table.add_row(one.name, one.title, ", ".join(one.templates) or "all", one.label)
    print_table(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A kit's name.")], as_json: AsJson = False
) -> None:
    """Show a kit: its colours, fonts, logo, margins and rules."""
    facts = _facts(brand_library(settings()).get(name))
    if as_json:
        print_json(facts)
        return
    for key, value in facts.items():
        shown = ", ".join(str(one) for one in value) if isinstance(value, list) else value
        out.print(f"[bold]{key}[/bold]  {shown}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A kit's TOML file; nothing is taken in.")],
) -> None:
    """Read a kit and every file that it names; the first fault names its key and the fix."""
    kit = read_brand(file, name=file.stem)
    out.print(f"{file.name}: in order, revision {kit.revision}")


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="A kit's TOML file, its fonts and logo beside it.")],
    force: Annotated[bool, typer.Option(help="Replace another kit of this name.")] = False,
) -> None:
    """Copy a kit with its fonts and logo into PACKSHOT_HOME/brands, named as the file is."""
    kit = brand_library(settings()).add(file, force=force)
    out.print(f"{kit.name}: added, revision {kit.revision}")


@app.command()
def font() -> None:
    """Pull the font that sets text where a kit brings none, and verify its SHA-256."""
    card = font_cards()[HOUSE_FONT]
    pulled = brand_library(settings()).fonts.pull(HOUSE_FONT, log=say)
    state = "pulled and verified" if pulled else "already here"
    out.print(f"{card.title} ({card.licence}): {state}")


def ensure_font(shell: Shell, wanted: Iterable[Mapping[str, Any]]) -> None:
    """Pull the house font if one of these parameter sets asks for words and it is not here yet."""
    brands = shell.images.library.brands
    if not brands.lacks_house_font or not any(
        params.get(name) for params in wanted for name in _WORDS
    ):
        return
    card = font_cards()[HOUSE_FONT]
    say(f"fetching font {card.title} ({card.size_bytes / 1e6:.1f} MB), once")
    try:
        brands.fonts.pull(HOUSE_FONT, log=lambda _: None)
    except pipelines.PipelineError as fault:
        say(f"{fault}; the system's font is used instead, where there is one")


def taken_in_brand(shell: Shell, params: dict[str, Any]) -> dict[str, Any]:
    """Parameters in which a kit given as a file is one of the library.

    Raises
    ------
    BrandInvalid
    """
    named = str(params.get("brand", ""))
    if not named.endswith(".toml"):
        return params
    return params | {"brand": shell.images.library.brands.add(Path(named)).name}


def _facts(kit: pipelines.Brand) -> dict[str, Any]:
    palette = {
        role: "#{:02x}{:02x}{:02x}".format(*colour)
        for role in ("ink", "paper", "accent")
        if (colour := getattr(kit.palette, role)) is not None
    }
    logo = kit.logo
    return {
        "name": kit.name,
        "title": kit.title,
        "revision": kit.revision,
        "palette": [f"{role} {colour}" for role, colour in palette.items()] or ["the scene's"],
        "heading fonts": [one.title for one in kit.heading] or ["the house font"],
        "text fonts": [one.title for one in kit.text] or ["the house font"],
        "logo": "none" if logo is None else f"{logo.path.name}, {logo.corner}, {logo.width:.0%}",
        "margins": f"{kit.margin:.1%} along the frame, {kit.gap:.1%} around the product",
        "templates": list(kit.templates) or ["all"],
        "label": kit.label,
        "badge": kit.badge_shape,
    }
