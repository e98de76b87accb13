"""``packshot templates``: the scenes a product can be put into."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image
from rich.markup import escape
from rich.table import Table

import pipelines
from pipelines.errors import TemplateInvalid
from studio.bootstrap.libraries import templates_of
from studio.cli.console import complain, out, print_json, print_table
from studio.cli.context import settings, shell
from studio.cli.inputs import read_input
from studio.cli.reports import show_report
from studio.cli.run import ensure_models
from studio.cli.template_import import import_photo
from studio.services.errors import OutputUnwritable
from studio.services.templates import Templates, scenes_of

app = typer.Typer(
    no_args_is_help=True, help="List, show, check and import the scenes that products stand in."
)

app.command("import")(import_photo)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Style = Annotated[str, typer.Option(help="Only templates of this style.")]
Tag = Annotated[str, typer.Option(help="Only templates with this tag or style.")]
Pitch = Annotated[
    str, typer.Option(help="Only cameras that look down so steeply: 0-30, or 60-90, in degrees.")
]


@app.command("list")
def list_templates(
    style: Style = "", tag: Tag = "", pitch: Pitch = "0-90", as_json: AsJson = False
) -> None:
    """List all templates: the built-in ones and those in PACKSHOT_HOME/templates.

    Exit code 1 if a template's folder cannot be read; the others are listed all the same.
    """
    broken: list[str] = []
    found = list(_chosen(style, tag, pitch, broken))
    _print_list(found, as_json=as_json)
    raise typer.Exit(1 if broken else 0)


def _print_list(found: list[pipelines.Template], *, as_json: bool) -> None:
    if as_json:
        print_json([{"name": one.name, "title": one.title, "title_zh": one.title_zh,
                     "style": one.style, "pitch_deg": one.camera.pitch_deg, "tags": one.tags}
                    for one in found])  # fmt: skip
        return
    table = Table("template", "title", "style", "pitch", "tags", box=None, pad_edge=False)
    for one in found:
        table.add_row(
            one.name, f"{one.title} {one.title_zh}", one.style, f"{one.camera.pitch_deg:g}°",
            ", ".join(one.tags),
        )  # fmt: skip
    print_table(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A template's name.")], as_json: AsJson = False
) -> None:
    """Show one template: where its files lie, its light, its surface and its anchors."""
    facts = _facts(_templates().library.get(name))
    if as_json:
        print_json(facts)
        return
    for key, value in facts.items():
        shown = "; ".join(str(part) for part in value) if isinstance(value, list) else str(value)
        out.print(f"[bold]{key}[/bold]  {escape(shown)}")


@app.command()
def sheet(
    out_file: Annotated[Path, typer.Option("--out", help="Picture to write: .png, .jpg, .webp.")],
    names: Annotated[
        list[str] | None, typer.Argument(help="Template names; none means all.")
    ] = None,
    product: Annotated[
        Path | None, typer.Option(help="Photo or cutout of a product to put into each.")
    ] = None,
    style: Style = "",
    tag: Tag = "",
    pitch: Pitch = "0-90",
    columns: Annotated[int, typer.Option(min=0, max=40, help="Pictures a row; 0 chooses.")] = 0,
) -> None:
    """Set templates out on one picture, with their names in English and Chinese under them."""
    templates = _templates()
    scene = None
    if product is not None:
        ensure_models(shell(), "fast")
        scene = scenes_of(shell().images, read_input(product))
    broken: list[str] = []
    if names:
        wanted: Iterable[pipelines.Template] = [templates.library.get(name) for name in names]
    else:
        wanted = _chosen(style, tag, pitch, broken)
    picture = templates.sheet(wanted, scene=scene, columns=columns)
    try:
        out_file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(out_file)
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        raise OutputUnwritable(path=str(out_file), why=why) from fault
    out.print(f"{out_file}: {picture.shape[1]} x {picture.shape[0]} px")
    raise typer.Exit(1 if broken else 0)


@app.command()
def validate(
    targets: Annotated[list[str], typer.Argument(help="Templates' folders, or their names.")],
    as_json: AsJson = False,
) -> None:
    """Hold templates against every rule of their record: value, limit, pass or fail for each.

    Exit code 1 if any fails.
    """
    templates = _templates()
    reports = {target: templates.validate(target) for target in targets}
    if as_json:
        print_json({target: report.to_json() for target, report in reports.items()})
    else:
        for target, report in reports.items():
            show_report(target, report)
    raise typer.Exit(0 if all(report.passed for report in reports.values()) else 1)


def _templates() -> Templates:
    return templates_of(settings())


def _chosen(style: str, tag: str, pitch: str, broken: list[str]) -> Iterator[pipelines.Template]:
    """Templates by style, tag and pitch; names those that cannot be read, and complains."""

    def hear(fault: TemplateInvalid) -> None:
        complain(str(fault))
        broken.append(fault.name)

    return _templates().chosen(style=style, tag=tag, pitch=_pitches(pitch), broken=hear)


def _pitches(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    try:
        return float(low), float(high or low)
    except ValueError as fault:
        raise typer.BadParameter(f"--pitch {text}: write it as 0-30, in degrees") from fault


def _facts(one: pipelines.Template) -> dict[str, Any]:
    light, camera = one.light, one.camera
    return {
        "name": one.name,
        "title": f"{one.title} {one.title_zh}",
        "style": one.style,
        "folder": str(one.folder),
        "revision": one.revision,
        "plate": f"{one.plate_file}, {one.width_px} x {one.height_px} px",
        "camera": f"looks down {camera.pitch_deg:g} degrees, {camera.focal_mm:g} mm lens, "
        f"{camera.height_cm:.0f} cm above the surface",
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
