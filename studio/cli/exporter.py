"""Writes a batch's images, reports and gallery into the user's folder as they are finished."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import assets
import gpu
import pipelines
from pipelines.provenance.credentials import CredentialsSigner
from studio.bootstrap.libraries import credentials_signer
from studio.bootstrap.shell import Shell
from studio.cli.console import Bar, complain
from studio.services import gallery as results
from studio.services.errors import ServiceError
from studio.services.export import export, export_refusal, write_whole
from studio.services.gallery import draw_result, draw_source, entries
from studio.web.gallery import gallery_images, render_gallery

_FAULTS = (ServiceError, assets.AssetError, pipelines.PipelineError)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowData:
    """What a row of a batch remembers for its export, as JSON in the queue.

    Attributes
    ----------
    stem, folder
        Where the result goes.
    kind, source
        For the gallery, where no image could be made; source is a digest or "".
    credentials
        Whether the exported file is signed.
    """

    stem: str
    folder: str
    kind: str = ""
    source: str = ""
    credentials: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready mapping."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of(cls, row: gpu.BatchRow) -> "RowData":
        """Read what `to_json` gave, also of batches that knew fewer keys."""
        known = {name: row.data[name] for name in cls.__slots__ if name in row.data}
        return cls(**known)


class Exporter:
    """Writes each finished image to the user's folder, as soon as it is finished.

    Raises SigningUnavailable or SigningKeyUnusable where rows ask for credentials and none can be
    given: before anything is made.
    """

    def __init__(self, shell: Shell, batch_id: str, *, gallery: bool) -> None:
        self._shell = shell
        self._batch_id = batch_id
        self._gallery = gallery
        self._lock = threading.Lock()
        self._written: set[int] = set()
        self.problems: dict[int, str] = {}
        self.files: dict[int, str] = {}
        self.pages: list[str] = []
        self._rows_of: dict[str, list[gpu.BatchRow]] = defaultdict(list)
        self._folders: set[str] = set()
        self._signer: CredentialsSigner | None = None
        for row in all_rows(shell, batch_id):
            told = RowData.of(row)
            self._folders.add(told.folder)
            if told.credentials and self._signer is None:
                self._signer = credentials_signer(shell.settings)
            if row.job_id is not None:
                self._rows_of[row.job_id].append(row)
        if gallery:
            shell.images.finished.keep_last(shell.settings.worker_count)

    def hear(self, event: gpu.WorkerEvent, bar: Bar) -> None:
        """Export a job's rows when it is done."""
        if event.kind == "done" and event.result is not None:
            for row in self._rows_of[event.job.id]:
                self._export(row, event.result)
        if event.kind in {"done", "failed", "stopped"}:
            for _ in self._rows_of[event.job.id]:
                bar.step()

    def finish(self) -> None:
        """Export what was done before this run, or by another process, then draw the gallery."""
        for row in all_rows(self._shell, self._batch_id):
            if row.result is not None and row.state is gpu.JobState.DONE:
                self._export(row, row.result)
            elif row.failure is not None:
                self._refuse(row, row.failure)
        if self._gallery:
            for folder in sorted(self._folders):
                self._write_pages(Path(folder))

    def _export(self, row: gpu.BatchRow, result: Mapping[str, Any]) -> None:
        with self._lock:
            if row.number in self._written:
                return
            self._written.add(row.number)
        told = RowData.of(row)
        folder = Path(told.folder)
        try:
            path = export(
                self._shell.store,
                result,
                folder=folder,
                stem=told.stem,
                name=row.label,
                signer=self._signer if told.credentials else None,
                presets=self._shell.images.library.presets,
            )
            if self._gallery:
                asset = str(result["asset"])
                raster = self._shell.images.finished.take(asset)
                draw_result(self._shell.store, folder, stem=told.stem, asset=asset, raster=raster)
                draw_source(self._shell.store, folder, str(result["report"]["source"]))
        except _FAULTS as fault:
            self.problems[row.number] = str(fault)
        else:
            self.files[row.number] = str(path)

    def _refuse(self, row: gpu.BatchRow, failure: gpu.Failure) -> None:
        told = RowData.of(row)
        folder = Path(told.folder)
        try:
            export_refusal(
                folder=folder, stem=told.stem, name=row.label, kind=told.kind, source=told.source,
                error=failure.message.removeprefix(f"{row.label}: "),
            )  # fmt: skip
            if self._gallery:
                draw_source(self._shell.store, folder, told.source)
        except _FAULTS as fault:
            self.problems[row.number] = str(fault)

    def _write_pages(self, folder: Path) -> None:
        images = gallery_images(entries(folder))
        try:
            for page in render_gallery(images, title=folder.name):
                write_whole(folder / page.name, page.html.encode())
                self.pages.append(str(folder / page.name))
        except ServiceError as fault:
            if not self.problems:  # else the same disk has been told of once
                complain(f"no gallery: {fault}")


def all_rows(shell: Shell, batch_id: str) -> Iterable[gpu.BatchRow]:
    """Every row of a batch, a page at a time."""
    return results.all_rows(shell.queue, batch_id)
