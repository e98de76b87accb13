"""What stages ask for while an image is made: leased models, and what its recipe names."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import assets
import gpu
import pipelines
from pipelines.errors import DeviceMissing
from pipelines.generate import Generator
from pipelines.matting.birefnet.matter import sees_card
from pipelines.matting.named import matting_model
from pipelines.matting.providers import DeviceWish, providers_for
from pipelines.person import ClothesParser, DlibFaceJudge, LitePersonFinder
from pipelines.reading.reader import OnnxTextReader
from pipelines.safety import OpenNsfw
from pipelines.stages.shot import Found
from pipelines.upscale import RealEsrgan
from studio.services.cutouts import Cutouts
from studio.services.library import Library
from studio.services.looking import Preparable, looks, meeting

M = TypeVar("M")
_RESIDENT_PER_WEIGHT = 4
"""ONNX Runtime holds about this many bytes per byte of weights for nets of this size."""


class Supplies:
    """What `pipelines.stages.shot.Studio` asks of whoever makes images.

    Safe to call from several threads.

    Parameters
    ----------
    store    : where pictures lie that a recipe names
    models   : the small models that are loaded
    compiled : folder of what models are compiled to; None: compiled anew by each process

    Attributes
    ----------
    threads_each : of the processor, for each worker that makes images; 0: as many as there are
    """

    def __init__(
        self,
        library: Library,
        *,
        store: assets.AssetStore,
        models: gpu.ModelCache,
        device: DeviceWish = "auto",
        compiled: Path | None = None,
    ) -> None:
        self.models = models
        self.threads_each = 0
        self._library = library
        self._store = store
        self._device = device
        self._compiled = compiled
        self._looks = looks()
        self._cutouts = Cutouts()

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

    @contextmanager
    def matters(self, names: Sequence[str]) -> Iterator[Sequence[pipelines.Matter]]:
        """Lease matting models by ``name@revision`` for a stage."""
        with ExitStack() as leases:
            leased = [leases.enter_context(self.models.lease(self._spec(name))) for name in names]
            yield [
                meeting(matter, key=name, together=self._looks)
                for matter, name in zip(leased, names, strict=True)
            ]

    def prepare(self, names: Sequence[str]) -> None:
        """Load matting models, so that the first picture need not wait for them.

        Raises
        ------
        what loading them raises
        """
        for name in names:
            with self.models.lease(self._spec(name)) as matter:
                if isinstance(matter, Preparable):
                    matter.prepare()

    def generator(self, name: str) -> AbstractContextManager[Generator]:
        """Lease a large model that paints, by ``profile@revision``, for a stage.

        Raises
        ------
        ModelUnknown, ProfileInvalid, ModelMissing, ModelCorrupt, CheckpointUnusable
        """
        return self._library.generators.lease(name)

    def upscaler(self, name: str) -> AbstractContextManager[RealEsrgan]:
        """Lease a network that enlarges, by ``name@revision``, for a stage."""
        return self._leased(name, RealEsrgan)

    def text_reader(self, name: str) -> AbstractContextManager[OnnxTextReader]:
        """Lease what reads text, by ``name@revision``, for a stage."""
        return self._leased(name, OnnxTextReader)

    def safety_judge(self, name: str) -> AbstractContextManager[OpenNsfw]:
        """Lease what scores pictures, by ``name@revision``, for a stage."""
        return self._leased(name, OpenNsfw)

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
        parsers = self._library.parsers
        spec = gpu.ModelSpec(
            key=name,
            load=lambda: parsers.load(name),
            resident_bytes=parsers.size_bytes * _RESIDENT_PER_WEIGHT,
        )
        return self.models.lease(spec)

    def asset(self, digest: str) -> bytes:
        """Read the bytes of an image that a parameter names, for a stage."""
        return self._store.read(digest)

    @property
    def brands(self) -> pipelines.BrandLibrary:
        """Brand kits, and the fonts that set text, for a stage."""
        return self._library.brands

    def preset(self, name: str) -> pipelines.Preset:
        """Look up a channel's rules, for a stage."""
        return self._library.presets.get(name)

    def template(self, name: str) -> pipelines.Template:
        """Load a scene template for a stage."""
        return self._library.templates.get(name)

    def cutout(self, key: str, find: Callable[[], Found]) -> Found:
        """Return one of the last few cutouts, or look for it: many recipes share one."""
        return self._cutouts.found(key, find)

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
            load=lambda: load(card, self._library.weights.paths(bare)),
            resident_bytes=sum(one.size_bytes for one in card.files) * _RESIDENT_PER_WEIGHT,
        )
        with self.models.lease(spec) as model:
            yield model

    def _spec(self, name: str) -> gpu.ModelSpec[pipelines.Matter]:
        bare, _, revision = name.partition("@")
        folder = self._library.weights.folder
        card = matting_model(bare, folder)
        if not (folder / card.file).is_file():
            raise pipelines.ModelMissing(name=bare)
        if revision and revision != card.revision:
            raise pipelines.ModelCorrupt(name=bare, expected=revision, found=card.revision)
        return gpu.ModelSpec(
            key=name,
            load=lambda: pipelines.load_matter(
                card,
                folder / card.file,
                threads=self.threads_each,
                device=self._device,
                compiled=self._compiled,
            ),
            resident_bytes=card.size_bytes * _RESIDENT_PER_WEIGHT,
        )
