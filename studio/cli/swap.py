"""``packshot swap``: the same garment on another person, on nobody, or without a face."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.spec import SwapParams
from studio.cli.context import overrule, shell
from studio.cli.declared import takes
from studio.cli.images import AsJson, Inputs, Name, Out
from studio.cli.run import Credentials, NoGallery, Output, run_wanted
from studio.cli.sources import given_sources
from studio.cli.wanted import Choice, wanted_of
from studio.services.naming import MARK_OF


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(swap)


@takes(SwapParams)
def swap(
    images: Inputs,
    out: Out,
    count: Annotated[
        int, typer.Option(min=1, help="Persons to paint for each photo, each with the next seed.")
    ] = 1,
    seed: Annotated[
        int, typer.Option(min=0, help="Of a painted person: seed of the first image.")
    ] = 0,
    clothes_parser: Annotated[
        Path | None,
        typer.Option(
            help="Your own network that tells the garment from its wearer: the folder of a "
            "SegFormer, or an ONNX file of SCHP. Default: PACKSHOT_CLOTHES_PARSER."
        ),
    ] = None,
    name: Name = "",
    as_json: AsJson = False,
    no_gallery: NoGallery = False,
    credentials: Credentials = False,
    **options: Any,
) -> None:
    """Show a worn garment on another person, on nobody (ghost), or without a face.

    `packshot swap photo.jpg --out shots --person ghost` needs no large model, nor does `--person
    faceless`. `--person 'man in his fifties, grey beard' --model sdxl-inpaint` paints another
    person; the garment's pixels stay the photo's own, and the report says what was checked.
    """
    overrule(clothes_parser=clothes_parser)
    given = SwapParams(**options)  # what is out of range is told before anything is read
    if given.way != "painted" and (count > 1 or seed):
        raise typer.BadParameter(
            f"--count and --seed are for painted persons: {given.way} holds no chance"
        )
    shell().images.recipes.swapping.complete(given)
    choices = [
        Choice(params=options, seed=each, suffix=_suffix(given) + (f"-{each}" if count > 1 else ""))
        for each in range(seed, seed + count)
    ]
    output = Output(folder=out, as_json=as_json, gallery=not no_gallery, credentials=credentials)
    wanted = wanted_of("swap", given_sources(images), choices, pattern=name)
    run_wanted(shell(), wanted, output=output, name="swap")


def _suffix(given: SwapParams) -> str:
    return MARK_OF["swap"] if given.way == "painted" else f"-{given.way}"
