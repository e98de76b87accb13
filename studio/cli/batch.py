"""``packshot batch``: many recipes from a manifest, durable and resumable."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from studio.cli.console import out, print_json
from studio.cli.context import Device, choose, shell
from studio.cli.exporter import RowData, all_rows
from studio.cli.run import Credentials, NoGallery, Output, drain, run_wanted
from studio.cli.wanted import Wanted
from studio.services.errors import NamePatternInvalid
from studio.services.export import claimed_folder
from studio.services.manifest import ManifestRow, read_manifest
from studio.services.naming import MARK_OF, NamePattern, StemRegister

app = typer.Typer(no_args_is_help=True, help="Run many recipes from a CSV or JSONL manifest.")

BatchId = Annotated[str, typer.Argument(help="The batch's id, as `batch run` or `list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def run(
    manifest: Annotated[Path, typer.Argument(help="CSV with a header, or JSONL.")],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the results.")],
    as_json: AsJson = False,
    no_gallery: NoGallery = False,
    credentials: Credentials = False,
    device: Device = None,
) -> None:
    """Make every row's image; a bad row is reported and the rest goes on.

    Columns: source (a path relative to the manifest), kind (cutout, white, scene, swap or edit),
    name (stem of the result), seed (of what a model paints), set (rows with the same word here get
    one scale and one baseline), turn_deg (of a 3D model), and any option of that kind, such as
    spec, template, shadow, size_px; several values, such as files of with_sources, are written as
    a|b. Recipes that were made before are not made again; after a crash the same command goes on.
    """
    choose(device=device)
    rows = read_manifest(manifest)
    wanted = _wanted(rows)
    output = Output(
        folder=out_folder, as_json=as_json, gallery=not no_gallery, credentials=credentials
    )
    run_wanted(shell(), wanted, output=output, name=manifest.name)


@app.command("list")
def list_batches(as_json: AsJson = False) -> None:
    """List the newest batches."""
    batches = shell().queue.batches()
    if as_json:
        print_json([{"id": one.id, "name": one.name, "total": one.total, "done": one.done,
                     "failed": one.failed + one.refused} for one in batches])  # fmt: skip
        return
    table = Table("batch", "name", "images", "done", "failed", "waiting", box=None, pad_edge=False)
    for one in batches:
        waiting = one.queued + one.running
        table.add_row(one.id, one.name, str(one.total), str(one.done),
                      str(one.failed + one.refused), str(waiting))  # fmt: skip
    out.print(table)


@app.command()
def status(batch: BatchId, as_json: AsJson = False) -> None:
    """Show where a batch's rows stand, and why rows failed."""
    one = shell().queue.status(batch)
    failures = [
        {"row": row.number, "source": row.label, "error": row.failure.message}
        for row in all_rows(shell(), batch)
        if row.failure is not None
    ]
    counts = {"queued": one.queued, "running": one.running, "done": one.done,
              "failed": one.failed, "cancelled": one.stopped, "refused": one.refused}  # fmt: skip
    if as_json:
        print_json({"batch": one.id, "name": one.name, **counts, "failures": failures})
        return
    out.print(f"{one.id} {one.name}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    for failure in failures:
        out.print(f"  row {failure['row']} {failure['source']}: {failure['error']}", markup=False)


@app.command()
def resume(
    batch: BatchId,
    as_json: AsJson = False,
    no_gallery: NoGallery = False,
    device: Device = None,
) -> None:
    """Go on with a batch that was stopped, killed or cancelled; finished images are kept."""
    choose(device=device)
    with_folder = next(iter(all_rows(shell(), batch)), None)
    shell().queue.resume(batch)
    folder = Path(RowData.of(with_folder).folder) if with_folder is not None else Path.cwd()
    with claimed_folder(folder):
        drain(shell(), batch, output=Output(folder=folder, as_json=as_json, gallery=not no_gallery))


@app.command()
def cancel(batch: BatchId) -> None:
    """Stop a batch; finished images are kept, `resume` takes it up again."""
    one = shell().queue.cancel(batch)
    out.print(f"{one.id}: cancelled, {one.done} of {one.total} images were done")


def _wanted(rows: Iterable[ManifestRow]) -> list[Wanted]:
    stems = StemRegister()
    return [_row_wanted(row, stems) for row in rows]


def _row_wanted(row: ManifestRow, stems: StemRegister) -> Wanted:
    source, pattern, problem = row.source.name or f"row-{row.number}", None, row.problem
    try:
        pattern = NamePattern(row.name) if "{" in row.name else None
    except NamePatternInvalid as fault:
        problem = problem or str(fault)
    values = {"n": row.number, "kind": row.kind, **(row.params or {})}
    own = row.name if pattern is None else ""
    return Wanted(
        source=row.source,
        stem=stems.take(
            own or source,
            suffix="" if own or pattern else MARK_OF[row.kind],
            pattern=pattern,
            values=values,
        ),
        kind=row.kind,
        params=row.params or {},
        seed=row.seed,
        number=row.number,
        problem=f"row {row.number}: {problem}" if problem else "",
        set=row.set,
        turntable=row.turn_deg is not None,
        turn_deg=row.turn_deg,
    )
