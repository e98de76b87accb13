"""``packshot swap``: the same garment on another person, on nobody, or without a face."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from pipelines.spec import SwapParams
from studio.cli.context import shell
from studio.cli.declared import takes
from studio.cli.given import given_sources
from studio.cli.images import AsJson, Inputs, Name, Out
from studio.cli.run import Credentials, NoGallery, Output, run_wanted
from studio.cli.wanted import Wanted
from studio.services.naming import MARK_OF, NamePattern, StemRegister


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
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first image.")] = 0,
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
    given = SwapParams(**options)  # what is out of range is told before anything is read
    count = count if given.way == "painted" else 1
    shell().images.swapping.complete(given)
    stems = StemRegister(NamePattern(name) if name else None)
    jobs = [
        (source, each) for source in given_sources(images) for each in range(seed, seed + count)
    ]
    wanted = [
        Wanted(
            source=source.path,
            stem=stems.take(
                source.name,
                suffix=_suffix(given) + (f"-{each}" if count > 1 else ""),
                values={"n": number, "kind": "swap"},
            ),
            kind="swap",
            params={**options, **source.params},
            seed=each,
        )
        for number, (source, each) in enumerate(jobs, start=1)
    ]
    output = Output(folder=out, as_json=as_json, gallery=not no_gallery, credentials=credentials)
    numbered = [replace(one, number=number) for number, one in enumerate(wanted)]
    run_wanted(shell(), numbered, output=output, name="swap")


def _suffix(given: SwapParams) -> str:
    return MARK_OF["swap"] if given.way == "painted" else f"-{given.way}"
