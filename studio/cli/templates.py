"""``packshot templates``: the scenes a product can be put into."""

from typing import Annotated

import typer
from rich.table import Table

from studio.bootstrap import template_library
from studio.cli.console import out, print_json
from studio.cli.context import settings

app = typer.Typer(no_args_is_help=True, help="List and show scene templates.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_templates(
    tag: Annotated[str, typer.Option(help="Only templates with this tag or style.")] = "",
    as_json: AsJson = False,
) -> None:
    """List all templates: the built-in ones and those in PACKSHOT_HOME/templates."""
    found = [
        template
        for template in template_library(settings()).all()
        if not tag or tag in template.tags or tag == template.style
    ]
    if as_json:
        print_json([{"name": one.name, "title": one.title, "title_zh": one.title_zh,
                     "style": one.style, "tags": one.tags} for one in found])  # fmt: skip
        return
    table = Table("template", "title", "style", "tags", box=None, pad_edge=False)
    for one in found:
        table.add_row(one.name, f"{one.title} {one.title_zh}", one.style, ", ".join(one.tags))
    out.print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A template's name.")], as_json: AsJson = False
) -> None:
    """Show one template: where its files lie, its light, its surface and its anchors."""
    one = template_library(settings()).get(name)
    light = one.light
    facts: dict[str, object] = {
        "name": one.name,
        "title": f"{one.title} {one.title_zh}",
        "folder": str(one.folder),
        "revision": one.revision,
        "plate": f"{one.plate_file}, {one.width_px} x {one.height_px} px",
        "light": f"from {light.azimuth_deg:g} degrees, {light.elevation_deg:g} degrees high, "
        f"{light.key_ratio:.0%} of the light",
        "surface": f"{one.material}, roughness {one.roughness:g}",
        "anchors": [
            f"{a.name}: {a.max_width:.0%} x {a.max_height:.0%} of the plate, "
            f"{a.px_per_cm:.1f} px per cm"
            for a in one.anchors
        ],
        "palette": list(one.palette),
        "tags": list(one.tags),
        "prompt": one.prompt,
    }
    if as_json:
        print_json(facts)
        return
    for key, value in facts.items():
        shown = "; ".join(str(part) for part in value) if isinstance(value, list) else str(value)
        out.print(f"[bold]{key}[/bold]  {shown}")
