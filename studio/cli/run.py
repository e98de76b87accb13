"""Run rows as a batch, with progress, exported files and one line per failure."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

import assets
import gpu
import pipelines
from pipelines.spec import PARAMS, Quality, parameters
from studio.bootstrap import Shell
from studio.cli.console import Bar, complain, out, print_json, progress_bar, say
from studio.cli.inputs import read_input
from studio.services.errors import ServiceError
from studio.services.export import claimed_folder, export

_REFUSALS = (pipelines.PipelineError, assets.AssetError, ServiceError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One image that a user asked for.

    Attributes
    ----------
    stem
        Of the result's file name.
    problem
        Why it can't be made, known before anything was read; "" if nothing is known against it.
    """

    source: Path
    stem: str
    kind: pipelines.Kind = "white"
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    number: int = 0
    problem: str = ""


def ensure_models(shell: Shell, quality: Quality) -> None:
    """Pull the weights that a quality needs and that are not here yet, saying so."""
    for name in shell.images.missing_models(quality):
        size = pipelines.model_card(name).size_bytes / 1e6
        say(f"fetching model {name} ({size:.1f} MB), once")
        shell.images.weights.pull(name, log=lambda _: None)


def run_wanted(
    shell: Shell, wanted: list[Wanted], *, folder: Path, name: str, as_json: bool
) -> None:
    """Make all that was asked for into a folder, then exit 0, or 1 if anything failed.

    Raises
    ------
    OutputBusy, OutputUnwritable, typer.Exit
    """
    with claimed_folder(folder):
        for quality in _qualities(wanted):
            ensure_models(shell, quality)
        with progress_bar("reading", len(wanted)) as bar:
            rows = [_row(shell, one, folder, bar) for one in wanted]
        batch = shell.images.submit(rows, name=name)
        drain(shell, batch.id, as_json=as_json)


def drain(shell: Shell, batch_id: str, *, as_json: bool) -> None:
    """Run what is left of a batch, exporting each image as it is done, and exit by the outcome."""
    exporter = _Exporter(shell, batch_id)
    status = shell.queue.status(batch_id)
    with progress_bar("making images", status.queued + status.running) as bar:
        executor = shell.images.executor(workers=shell.settings.workers)
        executor.drain(batch_id, listener=lambda event: exporter.hear(event, bar))
    exporter.finish()
    _conclude(shell, batch_id, exporter, as_json=as_json)


def _qualities(wanted: Iterable[Wanted]) -> set[Quality]:
    found: set[Quality] = set()
    for one in wanted:
        if not one.problem:
            found.add("best" if one.params.get("quality") == "best" else "fast")
    return found


def _row(shell: Shell, one: Wanted, folder: Path, bar: Bar) -> gpu.RowSpec:
    bar.step()
    label = one.source.name or f"row {one.number}"
    data = {"stem": one.stem, "folder": str(folder.resolve())}
    try:
        if one.problem:
            raise ServiceError(one.problem)
        source = shell.images.add_source(read_input(one.source))
        params = _taken_in(shell, one)
        recipe = shell.images.complete(
            kind=one.kind, source=source.digest, params=params, seed=one.seed
        )
    except _REFUSALS as fault:
        return gpu.RowSpec(number=one.number, label=label, failure=gpu.Failure.of(fault), data=data)
    return shell.images.row(one.number, recipe, label=label, data=data)


def _taken_in(shell: Shell, one: Wanted) -> dict[str, Any]:
    """Parameters with the digests of the files that they name."""
    params = dict(one.params)
    for each in parameters(PARAMS[one.kind]):
        if each.meaning.names_asset and params.get(each.name):
            file = Path(str(params[each.name]))
            params[each.name] = shell.images.add_source(read_input(file)).digest
    return params


class _Exporter:
    """Writes each finished image to the user's folder, as soon as it is finished."""

    def __init__(self, shell: Shell, batch_id: str) -> None:
        self._shell = shell
        self._batch_id = batch_id
        self._lock = threading.Lock()
        self._written: set[int] = set()
        self.problems: dict[int, str] = {}
        self.files: dict[int, str] = {}
        self._rows_of: dict[str, list[gpu.BatchRow]] = defaultdict(list)
        for row in all_rows(shell, batch_id):
            if row.job_id is not None:
                self._rows_of[row.job_id].append(row)

    def hear(self, event: gpu.WorkerEvent, bar: Bar) -> None:
        """Export a job's rows when it is done."""
        if event.kind == "done" and event.result is not None:
            for row in self._rows_of[event.job.id]:
                self._export(row, event.result)
        if event.kind in {"done", "failed", "stopped"}:
            for _ in self._rows_of[event.job.id]:
                bar.step()

    def finish(self) -> None:
        """Export what was done before this run, or by another process."""
        for row in all_rows(self._shell, self._batch_id):
            if row.result is not None and row.state is gpu.JobState.DONE:
                self._export(row, row.result)

    def _export(self, row: gpu.BatchRow, result: Mapping[str, Any]) -> None:
        with self._lock:
            if row.number in self._written:
                return
            self._written.add(row.number)
        folder = Path(str(row.data["folder"]))
        try:
            path = export(self._shell.store, result, folder=folder, stem=str(row.data["stem"]))
        except (ServiceError, assets.AssetError) as fault:
            self.problems[row.number] = str(fault)
        else:
            self.files[row.number] = str(path)


def all_rows(shell: Shell, batch_id: str) -> Iterable[gpu.BatchRow]:
    """Every row of a batch, a page at a time."""
    after = -1
    while rows := shell.queue.rows(batch_id, after=after):
        yield from rows
        after = rows[-1].number


def _conclude(shell: Shell, batch_id: str, exporter: _Exporter, *, as_json: bool) -> None:
    status = shell.queue.status(batch_id)
    outcomes = [_outcome(row, exporter) for row in all_rows(shell, batch_id)]
    if as_json:
        print_json({"batch": batch_id, "images": outcomes})
    else:
        for outcome in outcomes:
            _tell(outcome)
        made = sum(1 for outcome in outcomes if outcome["file"])
        folders = {str(Path(str(one["file"])).parent) for one in outcomes if one["file"]}
        out.print(f"{made} of {status.total} images in {', '.join(sorted(folders)) or 'no folder'}")
    if not status.drained:
        say(f"not finished; `packshot batch resume {batch_id}` goes on")
    bad = any(outcome["error"] or not outcome["passed"] for outcome in outcomes)
    raise typer.Exit(1 if bad or not status.drained else 0)


def _outcome(row: gpu.BatchRow, exporter: _Exporter) -> dict[str, Any]:
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
