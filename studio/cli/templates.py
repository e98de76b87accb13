"""``packshot templates``: the scenes a product can be put into."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image
from rich.markup import escape
from rich.table import Table

import pipelines
from pipelines.adopt import Adopted, Corrections, Words
from studio.bootstrap import templates_of
from studio.cli.console import complain, out, print_json, print_table, say
from studio.cli.context import settings, shell
from studio.cli.inputs import read_input
from studio.cli.reports import show_report
from studio.cli.run import ensure_models
from studio.services.errors import OutputUnwritable
from studio.services.templates import Templates, scenes_of

app = typer.Typer(
    no_args_is_help=True, help="List, show, check and import the scenes that products stand in."
)

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
    """List all templates: the built-in ones and those in PACKSHOT_HOME/templates."""
    found = list(_templates().chosen(style=style, tag=tag, pitch=_pitches(pitch)))
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
    picture = templates.sheet(
        _wanted(templates, names or [], style, tag, pitch), scene=scene, columns=columns
    )
    try:
        out_file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(out_file)
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        raise OutputUnwritable(path=str(out_file), why=why) from fault
    out.print(f"{out_file}: {picture.shape[1]} x {picture.shape[0]} px")


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


@app.command("import")
def import_photo(
    photo: Annotated[Path, typer.Argument(help="Photo of an empty backdrop: a surface, a wall.")],
    name: Annotated[str, typer.Option(help="Small letters, digits and dashes: oak-table.")],
    title: Annotated[str, typer.Option(help="English title.")] = "",
    title_zh: Annotated[str, typer.Option(help="Chinese title.")] = "",
    style: Annotated[str, typer.Option(help="A word that groups it with others.")] = "own",
    material: Annotated[str, typer.Option(help="What the surface is made of.")] = "unknown",
    tag: Annotated[
        list[str] | None, typer.Option(help="What people will search for; repeat. Any language.")
    ] = None,
    surface_y: Annotated[
        float | None, typer.Option(help="Where the surface ends at the back, 0 top to 1 bottom.")
    ] = None,
    front_y: Annotated[
        float | None, typer.Option(help="Where it ends in front; 1 if it leaves the picture.")
    ] = None,
    pitch: Annotated[
        float | None, typer.Option(help="How steeply the camera looks down; 90 from above.")
    ] = None,
    focal_mm: Annotated[
        float | None, typer.Option(help="Focal length for a frame 36 mm wide.")
    ] = None,
    width_cm: Annotated[
        float | None, typer.Option(help="What the photo shows across where products stand.")
    ] = None,
    px_per_cm: Annotated[
        float | None, typer.Option(help="The same, as the photo's pixels in a centimetre.")
    ] = None,
    light_from: Annotated[
        float | None,
        typer.Option(help="Where light comes from: 0 the camera, 90 right, 180 behind, 270 left."),
    ] = None,
    light_height: Annotated[
        float | None, typer.Option(help="Its height above the surface in degrees.")
    ] = None,
    light_width: Annotated[
        float | None, typer.Option(help="Its size in degrees: the sun 0.5, a softbox 30.")
    ] = None,
    light_colour: Annotated[
        str | None, typer.Option(help="Its colour on something white, #rrggbb.")
    ] = None,
    key_ratio: Annotated[
        float | None, typer.Option(help="Share of the light that is missing in a shadow, 0 to 1.")
    ] = None,
    roughness: Annotated[float | None, typer.Option(help="0 mirrors, 1 is matte.")] = None,
    reflectance: Annotated[
        float | None, typer.Option(help="Of the surface seen straight on; 0 mirrors nothing.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace a template of this name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a template of your own photo of an empty backdrop.

    Every value that the photo does not state is estimated, with how sure that is and the option
    that corrects it. Give corrections with --force to import again.
    """
    words = Words(
        photo=photo.name, name=name, title=title, title_zh=title_zh, style=style,
        material=material, tags=tuple(tag or ()),
    )  # fmt: skip
    corrections = Corrections(
        surface_y=surface_y, front_y=front_y, pitch=pitch, focal_mm=focal_mm, width_cm=width_cm,
        px_per_cm=px_per_cm, light_from=light_from, light_height=light_height,
        light_width=light_width, light_colour=light_colour, key_ratio=key_ratio,
        roughness=roughness, reflectance=reflectance,
    )  # fmt: skip
    templates = _templates()
    adopted = templates.adopt(read_input(photo), words=words, corrections=corrections, force=force)
    report = templates.validate(str(adopted.folder))
    _tell(adopted, report, as_json=as_json)
    raise typer.Exit(0 if report.passed else 1)


def _tell(adopted: Adopted, report: pipelines.Report, *, as_json: bool) -> None:
    if as_json:
        estimates = [asdict(one) for one in adopted.estimates]
        print_json({"folder": str(adopted.folder), "estimates": estimates,
                    "report": report.to_json()})  # fmt: skip
        return
    table = Table("estimate", "value", "how sure", "because", "correct it with",
                  box=None, pad_edge=False)  # fmt: skip
    for one in adopted.estimates:
        table.add_row(one.name, one.shown, one.sureness, one.why, one.option)
    print_table(table)
    for check in report.failures:
        complain(f"{check.name}: {check.value}, limit {check.limit}; {check.fix}")
    out.print(f"template {adopted.folder.name} in {adopted.folder}")
    guessed = [one.option for one in adopted.estimates if one.sureness == "guess"]
    if guessed:
        say(f"guessed: {', '.join(guessed)}; look at `packshot templates sheet`, and import again "
            "with --force and what you know")  # fmt: skip


def _templates() -> Templates:
    return templates_of(settings())


def _wanted(
    templates: Templates, names: list[str], style: str, tag: str, pitch: str
) -> Iterable[pipelines.Template]:
    if names:
        return [templates.library.get(name) for name in names]
    return templates.chosen(style=style, tag=tag, pitch=_pitches(pitch))


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
