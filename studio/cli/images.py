"""``packshot cutout``, ``white`` and ``scene``: photos in, images and reports out."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

import pipelines
from pipelines.imaging.encode import Format
from pipelines.spec import Align, Quality, Shadow
from studio.cli.context import shell
from studio.cli.inputs import find_inputs
from studio.cli.run import Wanted, run_wanted
from studio.services.export import StemRegister

Inputs = Annotated[list[Path], typer.Argument(help="Photos, or folders of photos.")]
Out = Annotated[Path, typer.Option(help="Folder for the results; made if it is not there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
QualityOption = Annotated[
    Quality, typer.Option(help="fast: one small model; best: two large ones that must agree.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(cutout)
    app.command()(white)
    app.command()(scene)


def cutout(
    images: Inputs, out: Out, quality: QualityOption = "fast", as_json: AsJson = False
) -> None:
    """Free products from their background: one straight RGBA PNG per photo, same size.

    Edges carry the product's own colour, no halo of the old background. Beside each image lies
    its report. A picture that already has an alpha channel keeps it.
    """
    _run("cutout", images, {"quality": quality}, folder=out, as_json=as_json)


def white(
    images: Inputs,
    out: Out,
    spec: Annotated[
        str, typer.Option(help="Marketplace preset to satisfy, such as amazon-main.")
    ] = "",
    size: Annotated[
        int, typer.Option(help="Side in px; 0: as large as the photo stays sharp, 2000 at most.")
    ] = 0,
    fill: Annotated[
        float, typer.Option(help="Product's longer side over the frame; 0: the preset's or 0.85.")
    ] = 0.0,
    align: Annotated[Align, typer.Option(help="Where the product stands in the frame.")] = "centre",
    shadow: Annotated[Shadow, typer.Option(help="Shadow under the product.")] = "none",
    shadow_strength: Annotated[float, typer.Option(help="0 invisible to 1 black.")] = 0.5,
    format: Annotated[  # noqa: A002 - the option's name
        Format | None, typer.Option(help="File format; default: the preset's first, or jpeg.")
    ] = None,
    dpi: Annotated[int, typer.Option(help="Resolution written into the file.")] = 72,
    quality: QualityOption = "fast",
    as_json: AsJson = False,
) -> None:
    """Put products on pure white (255,255,255), filled, centred, and checked.

    With --spec the image has the size, format and bytes that the marketplace asks for, and the
    report says which rules it passes. See `packshot check` for the rules on finished files.
    """
    params: dict[str, Any] = {
        "spec": spec, "size_px": size, "fill": fill, "align": align, "shadow": shadow,
        "shadow_strength": shadow_strength, "format": format or "", "dpi": dpi,
        "quality": quality,
    }  # fmt: skip
    if spec:
        pipelines.preset(spec)
    _run("white", images, params, folder=out, as_json=as_json)


def scene(
    images: Inputs,
    out: Out,
    template: Annotated[
        list[str], typer.Option(help="Scene to use; repeat for several. `packshot templates list`.")
    ],
    anchor: Annotated[str, typer.Option(help="Place in the scene; default: its best.")] = "",
    height_cm: Annotated[
        float, typer.Option(help="The product's real height in cm, for true scale.")
    ] = 0.0,
    scale: Annotated[
        float, typer.Option(help="Share of the place's box to fill, if no height is given.")
    ] = 0.8,
    size: Annotated[int, typer.Option(help="Side in px; 0: the plate's own.")] = 0,
    match_colour: Annotated[
        float,
        typer.Option(help="Tint the product to the scene's light by at most this many ΔE (0-12)."),
    ] = 0.0,
    format: Annotated[Format, typer.Option(help="File format.")] = "jpeg",  # noqa: A002
    quality: QualityOption = "fast",
    as_json: AsJson = False,
) -> None:
    """Put products into scenes: contact shadow, cast shadow and reflection follow its light.

    The product's own pixels are never altered, unless --match-colour asks for a bounded tint.
    """
    library = shell().images.templates
    for name in template:
        library.get(name)
    params: dict[str, Any] = {
        "anchor": anchor, "height_cm": height_cm, "scale": scale, "size_px": size,
        "match_colour": match_colour, "format": format, "quality": quality,
    }  # fmt: skip
    stems = StemRegister()
    wanted = [
        Wanted(
            source=source,
            stem=stems.take(source.name, suffix=f"-{name}"),
            kind="scene",
            params=params | {"template": name},
        )
        for source in find_inputs(images)
        for name in template
    ]
    _start(wanted, folder=out, name="scene", as_json=as_json)


def _run(
    kind: pipelines.Kind, images: list[Path], params: dict[str, Any], *, folder: Path, as_json: bool
) -> None:
    stems = StemRegister()
    wanted = [
        Wanted(source=source, stem=stems.take(source.name), kind=kind, params=params)
        for source in find_inputs(images)
    ]
    _start(wanted, folder=folder, name=kind, as_json=as_json)


def _start(wanted: list[Wanted], *, folder: Path, name: str, as_json: bool) -> None:
    for one in wanted[:1]:  # options out of range are told once, before anything is read
        pipelines.params_from(one.kind, one.params)
    numbered = [replace(one, number=number) for number, one in enumerate(wanted)]
    run_wanted(shell(), numbered, folder=folder, name=name, as_json=as_json)
