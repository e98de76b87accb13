"""Images: take sources in, queue their recipes, make them, keep what comes out."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from threading import Thread
from typing import Any

import assets
import gpu
import pipelines
from pipelines.errors import OutOfMemory
from pipelines.imaging.encode import suffix_of
from pipelines.imaging.memory import keep_freed_memory
from pipelines.imaging.threads import use_threads
from pipelines.produce import make_ready
from studio.services.finished import FinishedPictures
from studio.services.library import Library
from studio.services.recipes import Recipes
from studio.services.supplies import Supplies

JOB_KIND = "image"

_RETRY = gpu.RetryPolicy(transient=(*gpu.RetryPolicy().transient, OutOfMemory))
"""Memory that is lacking for one picture is lent to somebody else, who gives it back."""


class Images:
    """The designer's use cases; knows the store, the queue and the pipelines, and wires them.

    Safe to call from several threads.
    """

    def __init__(
        self,
        library: Library,
        *,
        store: assets.AssetStore,
        queue: gpu.JobQueue,
        recipes: Recipes,
        supplies: Supplies,
        new_id: Callable[[], str],
    ) -> None:
        self.library = library
        self.store = store
        self.queue = queue
        self.recipes = recipes
        self.supplies = supplies
        self.finished = FinishedPictures()
        self._new_id = new_id

    def add_source(self, data: bytes) -> assets.Asset:
        """Keep a source's bytes; the same bytes are one asset however often they come.

        Raises
        ------
        assets.ImageRefused, assets.BlobError
        """
        return self.store.put(data)

    def row(
        self,
        number: int,
        recipe: pipelines.Recipe,
        *,
        label: str,
        data: Mapping[str, Any] | None = None,
    ) -> gpu.RowSpec:
        """Make a batch row of a recipe; its hash is the job's id."""
        payload = {"recipe": recipe.to_json(), "name": label}
        job = gpu.JobSpec(
            id=recipe.digest, kind=JOB_KIND, payload=payload, affinity=_painter_of(payload)
        )
        return gpu.RowSpec(number=number, label=label, job=job, data=data or {})

    def submit(self, rows: Iterable[gpu.RowSpec], *, name: str = "") -> gpu.BatchStatus:
        """Queue rows durably as one batch, whole or not at all."""
        return self.queue.enqueue(rows, batch_id=self._new_id(), name=name)

    def executor(self, *, workers: int = 1) -> gpu.LocalExecutor:
        """Return in-process workers that make images, and share the cores out among them.

        Those that wait for a graphics card are stood in for, so that whole batches come together
        there: while one is painted, the next is prepared.
        """
        self._share_cores(workers)
        return gpu.LocalExecutor(
            queue=self.queue,
            handlers={JOB_KIND: self.make},
            workers=workers,
            stand_ins=2 * self.library.generators.most_pictures,
            options=gpu.WorkerOptions(retry=_RETRY),
            taking=gpu.Taking(expect=self._expect_painter),
        )

    def prepare(self, recipe: pipelines.Recipe, *, workers: int) -> None:
        """Load what looks at a recipe's photo and works on it, unless its image is there already.

        Parameters
        ----------
        workers
            How many will share the cores.

        Raises
        ------
        ModelMissing, ModelCorrupt, and what loading a model raises
        """
        if self.store.find_output(recipe.digest) is None:
            self._share_cores(workers)
            # Models load outside the interpreter, whose turn it is meanwhile.
            imports = Thread(target=make_ready, args=(recipe.kind,), name="imports")
            imports.start()
            self.supplies.prepare(recipe.models)

    def worker(self, name: str, *, of: int) -> gpu.Worker:
        """Return what makes one image after another, in whichever thread it is called.

        For queues that share threads with others; it stands in for nobody who waits for a card.

        Parameters
        ----------
        of
            How many there are at most, which share the cores out among them.
        """
        self._share_cores(of)
        return gpu.Worker(
            queue=self.queue,
            handlers={JOB_KIND: self.make},
            worker_id=gpu.worker_id(name),
            options=gpu.WorkerOptions(retry=_RETRY),
        )

    def make(self, payload: dict[str, Any], control: gpu.Control) -> dict[str, Any]:
        """Make one image and keep it with its recipe, source and report: a job's handler."""
        recipe = pipelines.Recipe.from_json(payload["recipe"])
        kept = self.store.find_output(recipe.digest)
        if kept is not None:  # a worker died after it had kept the image, before it said so
            return _made(kept.asset, kept.derivation_of(recipe.digest).report)
        data = self.store.read(recipe.source)
        name = str(payload.get("name", ""))
        try:
            produced = pipelines.produce(
                recipe, data, name=name, studio=self.supplies, control=control
            )
        except pipelines.Interrupted as stopped:
            raise gpu.JobCancelled from stopped
        report = produced.report.to_json()
        asset = self.store.put(
            produced.data,
            derivation=assets.Derivation(
                source_digest=recipe.source,
                recipe_hash=recipe.digest,
                recipe=recipe.to_json(),
                report=report,
            ),
        )
        self.finished.add(asset.digest, produced.raster)
        return _made(asset, report)

    def _share_cores(self, workers: int) -> None:
        self.supplies.threads_each = max(1, (os.cpu_count() or 1) // workers)
        use_threads(self.supplies.threads_each)
        keep_freed_memory()

    def _expect_painter(self, job: gpu.Job) -> AbstractContextManager[None]:
        """Let the model stay that a job will paint with, though it cuts out first."""
        name = _painter_of(job.payload)
        return self.library.generators.expect(name) if name else nullcontext()


def _painter_of(payload: Mapping[str, Any]) -> str:
    """The model that a job's recipe paints with, ``profile@revision``; "" for none."""
    return str(payload.get("recipe", {}).get("params", {}).get("generator", ""))


def _made(asset: assets.Asset, report: Mapping[str, Any]) -> dict[str, Any]:
    """What a job says of its image."""
    return {
        "asset": asset.digest,
        "media_type": asset.media_type,
        "suffix": suffix_of(asset.media_type),
        "width_px": asset.width_px,
        "height_px": asset.height_px,
        "report": dict(report),
    }
