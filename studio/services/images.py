"""Images: take sources in, complete recipes, queue them, make them, keep what comes out."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import assets
import gpu
import pipelines
from pipelines.errors import DeviceMissing, ExtraMissing, OutOfMemory
from pipelines.generate import Generator
from pipelines.imaging.encode import suffix_of
from pipelines.imaging.memory import keep_freed_memory
from pipelines.imaging.threads import use_threads
from pipelines.matting.birefnet.matter import sees_card
from pipelines.matting.named import matting_model
from pipelines.matting.providers import DeviceWish, providers_for
from pipelines.person import (
    ClothesParser,
    ClothesParsers,
    DlibFaceJudge,
    LitePersonFinder,
)
from pipelines.reading.reader import OnnxTextReader
from pipelines.safety import OpenNsfw
from pipelines.spec import CheckParams, Params, Quality
from pipelines.spec.painting import refuse_idle_seed
from pipelines.stages.shot import Found
from pipelines.upscale import RealEsrgan, engine_missing
from studio.services.generators import Generators
from studio.services.inspection import with_inspectors
from studio.services.looking import looks, meeting
from studio.services.scene_choice import (
    Chosen,
    Sources,
    choose,
    choose_by_look,
    refuse_unless_shown,
)
from studio.services.swapping import Swapping

M = TypeVar("M")
JOB_KIND = "image"
MODELS_OF: dict[Quality, tuple[str, ...]] = {"fast": ("u2netp",), "best": ("u2net", "isnet")}
"""Which models look at a picture. The two of ``best`` fail on different images (straps and holes
against large plain parts), which is what makes their median worth more than either."""
UPSCALER = "realesr-animevideov3"
_CUTOUTS_REMEMBERED = 3
"""A few, because each holds seven bytes per pixel of its photo."""
_RESIDENT_PER_WEIGHT = 4
"""ONNX Runtime holds about this many bytes per byte of weights for nets of this size."""


_RETRY = gpu.RetryPolicy(transient=(*gpu.RetryPolicy().transient, OutOfMemory))
"""Memory that is lacking for one picture is lent to somebody else, who gives it back."""


def _painter_of(payload: Mapping[str, Any]) -> str:
    """The model that a job's recipe paints with, ``profile@revision``; "" for none."""
    return str(payload.get("recipe", {}).get("params", {}).get("generator", ""))


class Images:
    """The designer's use cases; knows the store, the queue and the pipelines, and wires them.

    Safe to call from several threads.
    """

    def __init__(  # noqa: PLR0913 - all that is wired to it, by name
        self,
        *,
        store: assets.AssetStore,
        queue: gpu.JobQueue,
        templates: pipelines.TemplateLibrary,
        search: pipelines.TemplateSearch,
        weights: pipelines.WeightStore,
        brands: pipelines.BrandLibrary,
        presets: pipelines.PresetRegistry,
        models: gpu.ModelCache,
        generators: Generators,
        persons: pipelines.PersonLibrary,
        parsers: ClothesParsers,
        new_id: Callable[[], str],
        device: DeviceWish = "auto",
        compiled: Path | None = None,
    ) -> None:
        self.store = store
        self.queue = queue
        self.templates = templates
        self.search = search
        self.weights = weights
        self.brands = brands
        self.presets = presets
        self.generators = generators
        self.swapping = Swapping(
            persons=persons, parsers=parsers, weights=weights, generators=generators,
            presets=presets, templates=templates, take_in=self.add_source,
        )  # fmt: skip
        self.models = models
        self._looks = looks()
        self._new_id = new_id
        self._cutouts: OrderedDict[str, Future[Found | None]] = OrderedDict()
        self._remembering = threading.Lock()
        self._threads_each = 0
        self._device = device
        self._compiled = compiled

    def add_source(self, data: bytes) -> assets.Asset:
        """Keep a source's bytes; the same bytes are one asset however often they come.

        Raises
        ------
        assets.ImageRefused, assets.BlobError
        """
        return self.store.put(data)

    def complete(
        self, *, kind: pipelines.Kind, source: str, params: Mapping[str, Any], seed: int = 0
    ) -> pipelines.Recipe:
        """Fill in what a request leaves open: template, models, revisions of all that it names.

        Raises
        ------
        RecipeInvalid, NoTemplateFits, TemplateNotFound, TemplateInvalid, PresetNotFound,
        ModelMissing,
        and what `pipelines.settle` raises of brands and texts
        """
        values = self._with_quality(pipelines.params_from(kind, params))
        if isinstance(values, pipelines.SceneParams):
            if values.is_open:
                (values,) = self.scenes_for(values).scenes
            if values.template:
                template = self.templates.get(values.template)
                template.anchor(values.anchor)
                values = replace(values, template_revision=template.revision)
            values = pipelines.settle(values, self.brands, rules=None, template=values.template)
            values = self._with_generator(values)
        elif isinstance(values, pipelines.EditParams):
            from studio.services.editing import with_editor  # no other kind needs the editor

            values = with_editor(values, self.generators)
        elif isinstance(values, pipelines.SwapParams):
            values = self.swapping.complete(values)
        elif isinstance(values, pipelines.WhiteParams):
            rules = self.presets.get(values.spec) if values.spec else None
            if rules is not None:
                values = replace(values, spec_revision=rules.revision)
            values = pipelines.settle(values, self.brands, rules=rules)
            values = self._with_upscaler(values)
        if isinstance(values, CheckParams):
            values = with_inspectors(values, self.weights)
        refuse_idle_seed(values, seed)
        return pipelines.Recipe(
            kind=kind, source=source, params=values, seed=seed, models=self._names(values)
        )

    def scenes_for(
        self, wanted: pipelines.SceneParams, *, count: int = 1, reference: bytes | None = None
    ) -> Chosen:
        """Find the templates that a prompt or a reference leads to.

        Parameters
        ----------
        reference
            The picture's bytes where it is not taken in yet; else the asset that is named.

        Raises
        ------
        RecipeInvalid, NoTemplateFits, IndexUnusable, BrandNotFound, BrandInvalid
        pipelines.ImageRefused, assets.AssetError : of the reference
        """
        if not wanted.reference:
            return choose(self.search, wanted, self.brands, count=count)
        data = self.store.read(wanted.reference) if reference is None else reference
        picture = pipelines.decode(data, name="reference").rgb
        sources = Sources(
            search=self.search, library=self.templates, brands=self.brands,
            profiles=self.generators.profiles,
        )  # fmt: skip
        return choose_by_look(sources, wanted, picture=picture, count=count)

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
        self._threads_each = max(1, (os.cpu_count() or 1) // workers)
        use_threads(self._threads_each)
        keep_freed_memory()
        return gpu.LocalExecutor(
            queue=self.queue,
            handlers={JOB_KIND: self.make},
            workers=workers,
            stand_ins=2 * self.generators.most_pictures,
            options=gpu.WorkerOptions(retry=_RETRY),
            taking=gpu.Taking(expect=self._expect_painter),
        )

    def worker(self, name: str, *, of: int) -> gpu.Worker:
        """Return what makes one image after another, in whichever thread it is called.

        For queues that share threads with others; it stands in for nobody who waits for a card.

        Parameters
        ----------
        of
            How many there are at most, which share the cores out among them.
        """
        self._threads_each = max(1, (os.cpu_count() or 1) // of)
        return gpu.Worker(
            queue=self.queue,
            handlers={JOB_KIND: self.make},
            worker_id=gpu.worker_id(name),
            options=gpu.WorkerOptions(retry=_RETRY),
        )

    def _expect_painter(self, job: gpu.Job) -> AbstractContextManager[None]:
        """Let the model stay that a job will paint with, though it cuts out first."""
        name = _painter_of(job.payload)
        return self.generators.expect(name) if name else nullcontext()

    def make(self, payload: dict[str, Any], control: gpu.Control) -> dict[str, Any]:
        """Make one image and keep it with its recipe, source and report: a job's handler."""
        recipe = pipelines.Recipe.from_json(payload["recipe"])
        kept = self.store.find_output(recipe.digest)
        if kept is not None:  # a worker died after it had kept the image, before it said so
            return _made(kept.asset, kept.derivation_of(recipe.digest).report)
        data = self.store.read(recipe.source)
        try:
            produced = pipelines.produce(
                recipe, data, name=str(payload.get("name", "")), studio=self, control=control
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
        return _made(asset, report)

    @contextmanager
    def matters(self, names: Sequence[str]) -> Iterator[Sequence[pipelines.Matter]]:
        """Lease matting models by ``name@revision`` for a stage."""
        with ExitStack() as leases:
            leased = [leases.enter_context(self.models.lease(self._spec(name))) for name in names]
            yield [
                meeting(matter, key=name, together=self._looks)
                for matter, name in zip(leased, names, strict=True)
            ]

    def text_reader(self, name: str) -> AbstractContextManager[OnnxTextReader]:
        """Lease what reads text, by ``name@revision``, for a stage."""
        return self._leased(name, OnnxTextReader)

    def safety_judge(self, name: str) -> AbstractContextManager[OpenNsfw]:
        """Lease what scores pictures, by ``name@revision``, for a stage."""
        return self._leased(name, OpenNsfw)

    def generator(self, name: str) -> AbstractContextManager[Generator]:
        """Lease a large model that paints, by ``profile@revision``, for a stage.

        Raises
        ------
        ModelUnknown, ProfileInvalid, ModelMissing, ModelCorrupt, CheckpointUnusable
        """
        return self.generators.lease(name)

    def generator_name(self, profile: str, *, noncommercial: bool = False) -> str:
        """Name a large model with its revision, ``profile@revision``, as a recipe does.

        Raises
        ------
        ModelUnknown, ProfileInvalid, LicenceRefused, ModelMissing, CheckpointUnusable
        """
        return self.generators.name(profile, noncommercial=noncommercial)

    def person_finder(self, name: str) -> AbstractContextManager[LitePersonFinder]:
        """Lease what finds people, by ``name@revision``, for a stage."""
        return self._leased(name, LitePersonFinder)

    def face_judge(self, name: str) -> AbstractContextManager[DlibFaceJudge]:
        """Lease what compares faces, by ``name@revision``, for a stage."""
        return self._leased(name, DlibFaceJudge)

    def clothes_parser(self, name: str) -> AbstractContextManager[ClothesParser]:
        """Lease what tells garments from who wears them, by ``family@revision``, for a stage.

        Raises
        ------
        CheckpointUnusable : another one is here, or none
        """
        parsers = self.swapping.parsers
        spec = gpu.ModelSpec(
            key=name,
            load=lambda: parsers.load(name),
            resident_bytes=parsers.size_bytes * _RESIDENT_PER_WEIGHT,
        )
        return self.models.lease(spec)

    def upscaler(self, name: str) -> AbstractContextManager[RealEsrgan]:
        """Lease a network that enlarges, by ``name@revision``, for a stage."""
        return self._leased(name, RealEsrgan)

    @contextmanager
    def _leased(
        self, name: str, load: Callable[[pipelines.ModelCard, Sequence[Path]], M]
    ) -> Iterator[M]:
        bare, _, revision = name.partition("@")
        card = pipelines.model_card(bare)
        if revision != card.revision:
            raise pipelines.ModelCorrupt(name=bare, expected=revision, found=card.revision)
        spec = gpu.ModelSpec(
            key=name,
            load=lambda: load(card, self.weights.paths(bare)),
            resident_bytes=sum(one.size_bytes for one in card.files) * _RESIDENT_PER_WEIGHT,
        )
        with self.models.lease(spec) as model:
            yield model

    def asset(self, digest: str) -> bytes:
        """Read the bytes of an image that a parameter names, for a stage."""
        return self.store.read(digest)

    def preset(self, name: str) -> pipelines.Preset:
        """Look up a channel's rules, for a stage."""
        return self.presets.get(name)

    def template(self, name: str) -> pipelines.Template:
        """Load a scene template for a stage."""
        return self.templates.get(name)

    def cutout(self, key: str, find: Callable[[], Found]) -> Found:
        """Remember the last few cutouts: variants of one photo are made one after another.

        Workers that want the same one at the same time wait for the first of them. Where that one
        finds nothing or is cancelled, the next looks itself: a fault names its own picture.
        """
        while True:
            promised, mine = self._promised(key)
            if mine:
                return self._kept(key, promised, find)
            found = promised.result()
            if found is not None:
                return found

    def _promised(self, key: str) -> tuple[Future[Found | None], bool]:
        """The cutout that is looked for, and whether it is for the caller to look."""
        with self._remembering:
            promised = self._cutouts.get(key)
            if promised is not None:
                self._cutouts.move_to_end(key)
                return promised, False
            promised = self._cutouts[key] = Future()
            while len(self._cutouts) > _CUTOUTS_REMEMBERED:
                self._cutouts.popitem(last=False)
            return promised, True

    def _kept(self, key: str, promised: Future[Found | None], find: Callable[[], Found]) -> Found:
        found = None
        try:
            found = find()
        finally:
            if found is None:
                with self._remembering:
                    if self._cutouts.get(key) is promised:
                        del self._cutouts[key]
            promised.set_result(found)
        return found

    def refuse_missing_device(self) -> None:
        """Say before any work that nothing here can use the device which was demanded.

        Each model says for itself as it is loaded: ONNX Runtime and torch see different cards.

        Raises
        ------
        DeviceMissing
        """
        try:
            providers_for(self._device)
        except DeviceMissing:
            if not sees_card():
                raise

    def missing_models(self, quality: Quality) -> tuple[str, ...]:
        """Names of the models of a quality whose weights are not here."""
        return tuple(name for name in MODELS_OF[quality] if not self.weights.has(name))

    def _with_quality(self, values: Params) -> Params:
        """Name the quality that is left open: best where its weights are pulled, else fast."""
        if values.quality or values.cutout_model:
            return values
        return replace(values, quality="fast" if self.missing_models("best") else "best")

    def _with_generator(self, values: pipelines.SceneParams) -> pipelines.SceneParams:
        """Name the weights of the model that paints; at strength 0 none is needed."""
        if not values.is_painted:
            return values
        refuse_unless_shown(self.generators.profiles, values)
        name = self.generator_name(values.model, noncommercial=values.noncommercial)
        return replace(values, generator=name)

    def _with_upscaler(self, values: pipelines.WhiteParams) -> pipelines.WhiteParams:
        """Name the network that may enlarge a small photo, if it is here and can be run."""
        if values.upscale == "never":
            return values
        if engine_missing():
            raise ExtraMissing(what="networks that enlarge", extra="upscale")
        if not self.weights.has(UPSCALER):
            raise pipelines.ModelMissing(name=UPSCALER)
        return replace(values, upscaler=f"{UPSCALER}@{pipelines.model_card(UPSCALER).revision}")

    def _names(self, values: Params) -> tuple[str, ...]:
        """Name the models that look, with their revisions; a model by name overrules a quality."""
        wanted = (
            (values.cutout_model,) if values.cutout_model else MODELS_OF[values.quality or "fast"]
        )
        cards = [matting_model(name, self.weights.folder) for name in wanted]
        missing = () if values.cutout_model else self.missing_models(values.quality or "fast")
        lacking = [card for card in cards if values.cutout_model and not self._has(card)]
        for name in (*missing, *(card.name for card in lacking)):
            raise pipelines.ModelMissing(name=name)
        return tuple(f"{card.name}@{card.revision}" for card in cards)

    def _has(self, card: pipelines.ModelCard) -> bool:
        return (self.weights.folder / card.file).is_file()

    def _spec(self, name: str) -> gpu.ModelSpec[pipelines.Matter]:
        bare, _, revision = name.partition("@")
        card = matting_model(bare, self.weights.folder)
        if not self._has(card):
            raise pipelines.ModelMissing(name=bare)
        if revision and revision != card.revision:
            raise pipelines.ModelCorrupt(name=bare, expected=revision, found=card.revision)
        return gpu.ModelSpec(
            key=name,
            load=lambda: pipelines.load_matter(
                card,
                self.weights.folder / card.file,
                threads=self._threads_each,
                device=self._device,
                compiled=self._compiled,
            ),
            resident_bytes=card.size_bytes * _RESIDENT_PER_WEIGHT,
        )


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
