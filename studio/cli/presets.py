"""``packshot presets``: what marketplaces ask of an image, and your own rules beside them."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from pipelines import Preset
from studio.bootstrap.libraries import preset_registry
from studio.cli.console import out, print_json
from studio.cli.context import settings

app = typer.Typer(
    no_args_is_help=True,
    help="List and show marketplace presets; PACKSHOT_HOME/presets.toml adds your own.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_presets(as_json: AsJson = False) -> None:
    """List every preset, and how well its numbers are known."""
    found = preset_registry(settings()).all().values()
    if as_json:
        print_json([asdict(one) for one in found])
        return
    table = Table("preset", "title", "size", "formats", "known from", box=None, pad_edge=False)
    for one in found:
        known = f"{one.status}, {one.read_on}" if one.read_on else one.status
        table.add_row(one.name, one.title, _size(one), ", ".join(one.formats), known)
    out.print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A preset's name.")], as_json: AsJson = False
) -> None:
    """Show one preset: every rule, and where its numbers come from."""
    one = preset_registry(settings()).get(name)
    if as_json:
        print_json(asdict(one))
        return
    for key, value in _facts(one).items():
        if value:
            out.print(f"[bold]{key}[/bold]  {value}")


def _size(one: Preset) -> str:
    if one.exact_size is not None:
        return f"{one.exact_size[0]} x {one.exact_size[1]} px"
    sides = (("longest side", one.longest_side), ("shortest side", one.shortest_side))
    return ", ".join(f"{label} {bound.words(' px')}" for label, bound in sides if bound)


def _facts(one: Preset) -> dict[str, str]:
    least = f"at least {one.min_bytes:,}" if one.min_bytes else ""
    most = f"at most {one.max_bytes:,}" if one.max_bytes else ""
    return {
        "name": one.name,
        "title": one.title,
        "source": f"{one.source} ({one.status}{', ' + one.read_on if one.read_on else ''})",
        "size": _size(one),
        "made at": f"{one.side_px} px where nothing else is asked for",
        "background": "255,255,255 exactly" if one.background else "",
        "fill": one.fill.words() if one.fill else "",
        "formats": ", ".join(one.formats),
        "bytes": " and ".join(part for part in (least, most) if part),
        "shadow": "" if one.shadow_allowed else "none allowed",
        "not allowed": ", ".join(one.forbidden),
        "revision": one.revision,
    }
