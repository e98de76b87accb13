"""``packshot templates import``: a user's own backdrop photo becomes a template."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

import pipelines
from pipelines.adopt import Adopted, Corrections, Words
from studio.bootstrap.libraries import templates_of
from studio.cli.console import complain, out, print_json, print_table, say
from studio.cli.context import settings, shell
from studio.cli.inputs import read_input
from studio.services.templates import in_the_way

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


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
    that corrects it. Give corrections with --force to import again. A backdrop that is not empty
    is imported all the same, with a warning.
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
    templates = templates_of(settings())
    data = read_input(photo)
    adopted = templates.adopt(data, words=words, corrections=corrections, force=force)
    report = templates.validate(str(adopted.folder))
    _tell(adopted, report, _warnings(data, photo.name), as_json=as_json)
    raise typer.Exit(0 if report.passed else 1)


def _warnings(photo: bytes, name: str) -> list[str]:
    """What makes a photo a poor backdrop, or why nothing looked."""
    try:
        thing = in_the_way(shell().images, photo, name=name)
    except pipelines.ModelMissing as fault:
        return [f"nothing looked whether {name} is empty: {fault}, and import again with --force"]
    if thing is None:
        return []
    return [
        f"{name} is not empty: something stands at {thing.where}, where products will be put, and "
        "scenes will show both; use a photo of the empty backdrop (the same place without it), or "
        "crop it away, and import again with --force"
    ]


def _tell(
    adopted: Adopted, report: pipelines.Report, warnings: list[str], *, as_json: bool
) -> None:
    for warning in warnings:
        say(f"warning: {warning}")
    if as_json:
        estimates = [asdict(one) for one in adopted.estimates]
        print_json({"folder": str(adopted.folder), "estimates": estimates,
                    "warnings": warnings, "report": report.to_json()})  # fmt: skip
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
