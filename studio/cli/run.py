"""Run rows as a batch, with progress, exported files and one line per failure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

import assets
import gpu
import pipelines
from pipelines.spec import Quality
from studio.bootstrap.libraries import credentials_signer
from studio.bootstrap.shell import Shell
from studio.cli.angles import in_sets
from studio.cli.brands import ensure_font
from studio.cli.console import complain, out, print_json, progress_bar, say
from studio.cli.exporter import Exporter, RowData, all_rows
from studio.cli.parameter_files import taken_in
from studio.cli.reading import Readying, read_in_order
from studio.cli.rendered import source_of
from studio.cli.wanted import Wanted
from studio.services.errors import ServiceError
from studio.services.export import claimed_folder

NoGallery = Annotated[
    bool, typer.Option("--no-gallery", help="Write no index.html that shows the results.")
]
Credentials = Annotated[
    bool,
    typer.Option(
        "--credentials", help="Sign each file with a C2PA manifest of what it was made from."
    ),
]
_REFUSALS = (pipelines.PipelineError, assets.AssetError, ServiceError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where results go, and what is written and said besides.

    Attributes
    ----------
    gallery
        Whether the folder gets its page, ``index.html``.
    credentials
        Whether each exported file is signed with a C2PA manifest.
    """

    folder: Path
    as_json: bool = False
    gallery: bool = True
    credentials: bool = False


def ensure_models(shell: Shell, quality: Quality) -> None:
    """Pull the weights that a quality needs and that are not here yet, saying so."""
    for name in shell.images.recipes.missing_models(quality):
        size = pipelines.model_card(name).size_bytes / 1e6
        say(f"fetching model {name} ({size:.1f} MB), once")
        shell.images.library.weights.pull(name, log=lambda _: None)


def run_wanted(shell: Shell, wanted: list[Wanted], *, output: Output, name: str) -> None:
    """Make all that was asked for into a folder, then exit 0, or 1 if anything failed.

    Raises
    ------
    DeviceMissing, OutputBusy, OutputUnwritable, SigningUnavailable, SigningKeyUnusable,
    typer.Exit
    """
    shell.images.supplies.refuse_missing_device()
    if output.credentials:
        credentials_signer(shell.settings)
    with _told_when_stopped(), claimed_folder(output.folder):
        for quality in _qualities(shell, wanted):
            ensure_models(shell, quality)
        ensure_font(shell, [one.params for one in wanted])
        wanted = in_sets(shell, wanted)
        rows = _rows(shell, wanted, output)
        batch = shell.images.submit(rows, name=name)
        _drain(shell, batch.id, output)


def drain(shell: Shell, batch_id: str, *, output: Output) -> None:
    """Run what is left of a batch, exporting each image as it is done, and exit by the outcome.

    Raises
    ------
    DeviceMissing, typer.Exit
    """
    shell.images.supplies.refuse_missing_device()
    with _told_when_stopped():
        _drain(shell, batch_id, output)


@contextmanager
def _told_when_stopped() -> Iterator[None]:
    """Say what becomes of work that is stopped by hand: Typer ends a command without a word."""
    try:
        yield
    except KeyboardInterrupt:
        complain("stopped; what is finished is kept, the same command goes on from there")
        raise


def _drain(shell: Shell, batch_id: str, output: Output) -> None:
    exporter = Exporter(shell, batch_id, gallery=output.gallery)
    status = shell.queue.status(batch_id)
    with progress_bar("making images", status.queued + status.running) as bar:
        waiting = max(1, status.queued + status.running)
        executor = shell.images.executor(workers=min(shell.settings.worker_count, waiting))
        executor.drain(batch_id, listener=lambda event: exporter.hear(event, bar))
    exporter.finish()
    _conclude(shell, batch_id, exporter, as_json=output.as_json)


def _qualities(shell: Shell, wanted: Iterable[Wanted]) -> set[Quality]:
    """The qualities that must be there; a model by name must have been pulled before."""
    usual: Quality = "fast" if shell.images.recipes.missing_models("best") else "best"
    return {
        one.params.get("quality") or usual
        for one in wanted
        if not one.problem and not one.params.get("cutout_model")
    }


def _rows(shell: Shell, wanted: Sequence[Wanted], output: Output) -> list[gpu.RowSpec]:
    """Take in all sources, and meanwhile load what will look at them."""
    at_once = max(1, min(shell.settings.worker_count, len(wanted)))
    readying = Readying(shell.images, workers=at_once)
    with progress_bar("reading", len(wanted)) as bar:

        def read(one: Wanted) -> gpu.RowSpec:
            bar.step()
            return _row(shell, one, output, readying)

        return read_in_order(wanted, read, path=lambda one: one.source, at_once=at_once)


def _row(shell: Shell, one: Wanted, output: Output, readying: Readying) -> gpu.RowSpec:
    label = one.source.name or f"row {one.number}"
    data = RowData(
        stem=one.stem,
        folder=str(output.folder.resolve()),
        kind=one.kind,
        credentials=output.credentials,
    )
    try:
        if one.problem:
            raise ServiceError(one.problem)
        found = source_of(
            shell, one.source, kind=one.kind, params=one.params, turn_deg=one.turn_deg
        )
        source = shell.images.add_source(found.data)
        data = replace(data, source=source.digest)
        params = taken_in(shell, one.kind, found.params)
        recipe = shell.images.recipes.complete(
            kind=one.kind, source=source.digest, params=params, seed=one.seed
        )
    except _REFUSALS as fault:
        return gpu.RowSpec(
            number=one.number, label=label, failure=gpu.Failure.of(fault), data=data.to_json()
        )
    readying.hear(recipe, one.source)
    return shell.images.row(one.number, recipe, label=label, data=data.to_json())


def _conclude(shell: Shell, batch_id: str, exporter: Exporter, *, as_json: bool) -> None:
    status = shell.queue.status(batch_id)
    outcomes = [_outcome(row, exporter) for row in all_rows(shell, batch_id)]
    if as_json:
        gallery = exporter.pages[0] if exporter.pages else ""
        print_json({"batch": batch_id, "images": outcomes, "gallery": gallery})
    else:
        for outcome in outcomes:
            _tell(outcome)
        _sum_up(outcomes, exporter)
    if not status.drained:
        say(f"not finished; `packshot batch resume {batch_id}` goes on")
    bad = any(outcome["error"] or not outcome["passed"] for outcome in outcomes)
    raise typer.Exit(1 if bad or not status.drained else 0)


def _sum_up(outcomes: list[dict[str, Any]], exporter: Exporter) -> None:
    places: dict[str, int] = {}
    for outcome in sorted(outcomes, key=lambda one: not one["passed"]):
        if outcome["file"]:
            place = str(Path(str(outcome["file"])).parent)
            places[place] = places.get(place, 0) + 1
    made = ", ".join(f"{number} in {place}" for place, number in places.items())
    out.print(f"{sum(places.values())} of {len(outcomes)} images made: {made or 'none'}")
    for page in exporter.pages[:1]:
        out.print(f"gallery: {page}")


def _outcome(row: gpu.BatchRow, exporter: Exporter) -> dict[str, Any]:
    report = dict(row.result["report"]) if row.result else {}
    error = exporter.problems.get(row.number, "")
    if row.failure is not None:
        message = row.failure.message
        error = message if message.startswith(row.label) else f"{row.label}: {message}"
    return {
        "row": row.number,
        "source": row.label,
        "state": row.state.value,
        "file": exporter.files.get(row.number, ""),
        "asset": row.result["asset"] if row.result else "",
        "passed": bool(report.get("passed", False)),
        "failed_checks": [one for one in report.get("checks", []) if one["outcome"] == "fail"],
        "error": error,
    }


def _tell(outcome: Mapping[str, Any]) -> None:
    if outcome["error"]:
        complain(str(outcome["error"]))
        return
    for one in outcome["failed_checks"]:
        complain(
            f"{outcome['source']}: check '{one['name']}' failed: {one['value']}, "
            f"limit {one['limit']}; {one['fix']}"
        )
