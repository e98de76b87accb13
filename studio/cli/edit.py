"""``packshot edit``: change pictures by an instruction, the product untouched."""

from typing import Annotated, Any

import typer

from pipelines.spec import EditParams
from studio.cli.context import shell
from studio.cli.declared import takes
from studio.cli.images import AsJson, Inputs, Name, Out
from studio.cli.run import Credentials, NoGallery, Output, run_wanted
from studio.cli.sources import given_sources
from studio.cli.wanted import Choice, wanted_of
from studio.services.editing import with_editor
from studio.services.naming import MARK_OF


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(edit)


@takes(EditParams)
def edit(
    images: Inputs,
    out: Out,
    count: Annotated[
        int, typer.Option(min=1, help="Images to make of each photo, each with the next seed.")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first image.")] = 0,
    name: Name = "",
    as_json: AsJson = False,
    no_gallery: NoGallery = False,
    credentials: Credentials = False,
    **options: Any,
) -> None:
    """Change pictures by an instruction; the product's pixels stay, unless you allow changes.

    `packshot edit photo.jpg --out edits --instruction "remove the price tag" --model flux2-klein`

    The model's answer is laid onto the photo, and only what it changed is taken: every other pixel
    keeps its bytes, size and transparency too. Beside each image lie its report and a map of what
    differs. An answer that moved far, repainted the product or changed nothing is asked for again.
    """
    given = EditParams(**options)
    with_editor(given, shell().images.library.generators)  # told before anything is read
    choices = [
        Choice(
            params=options, seed=each, suffix=MARK_OF["edit"] + (f"-{each}" if count > 1 else "")
        )
        for each in range(seed, seed + count)
    ]
    output = Output(folder=out, as_json=as_json, gallery=not no_gallery, credentials=credentials)
    wanted = wanted_of("edit", given_sources(images), choices, pattern=name)
    run_wanted(shell(), wanted, output=output, name="edit")
