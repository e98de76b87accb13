"""Large models that paint: which there are, which may be used, and their leases."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import gpu
import pipelines
from pipelines.errors import LicenceRefused
from pipelines.generate import CheckpointStore, Generator, Profile, ProfileRegistry
from pipelines.generate.loading import load_generator
from pipelines.generate.memory import unless_full
from pipelines.generate.profile import DType
from pipelines.generate.speed import (
    Offload,
    Quickened,
    held_bytes,
    lossy_suffix,
    quicken,
    speed_options,
)
from studio.services.measurements import Measurement, Measurements
from studio.services.model_needs import Needs
from studio.services.painting import MeetingGenerator, Room

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model on its device, how it was made fast, and what its weights hold."""

    generator: Generator
    quickened: Quickened
    held_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Generators:
    """Profiles, their checkpoints, and where they run.

    Attributes
    ----------
    room
        Asked for when the first model is loaded, because looking for devices takes seconds.
    noncommercial
        Whether the user said that what is made here is not for commerce.
    lossy
        Whether the user accepts pictures that are not quite the model's own, for speed.
    compile_cache
        Folder of compiled code; None keeps none between runs.
    measurements
        What models took when they were tried on this machine.
    most_pictures
        That a card paints at once.
    """

    profiles: ProfileRegistry
    checkpoints: CheckpointStore
    room: Callable[[], Room]
    noncommercial: bool = False
    lossy: bool = False
    compile_cache: Path | None = None
    measurements: Measurements | None = None
    most_pictures: int = 8

    def name(self, profile_name: str, *, noncommercial: bool = False) -> str:
        """Name a model with its revision, ``profile@revision``, as recipes do.

        Switches that trade likeness for speed are part of the revision: ``...+fp8_matrices``.

        Raises
        ------
        ModelUnknown, ProfileInvalid
        LicenceRefused : for no commercial use, and the user has not said that this is none
        ModelMissing, CheckpointUnusable : its weights are not here, or not whole
        """
        profile = self.permitted(profile_name, noncommercial=noncommercial)
        return f"{profile.name}@{self._revision(profile, lossy=self.lossy)}"

    def permitted(self, profile_name: str, *, noncommercial: bool = False) -> Profile:
        """Look up a profile that may be used.

        Raises
        ------
        ModelUnknown, ProfileInvalid, LicenceRefused
        """
        profile = self.profiles.get(profile_name)
        if not (profile.commercial or self.noncommercial or noncommercial):
            raise LicenceRefused(name=profile.name, licence=profile.licence)
        return profile

    @contextmanager
    def lease(self, name: str) -> Iterator[Generator]:
        """Lease a loaded model by ``profile@revision``.

        Raises
        ------
        ModelUnknown, ProfileInvalid, ModelMissing, CheckpointUnusable
        ModelCorrupt : what is here now is another revision
        gpu.CacheError : it does not fit into the device's memory
        """
        bare, _, revision = name.partition("@")
        profile = self.profiles.get(bare)
        lossy = "+" in revision
        found = self._revision(profile, lossy=lossy)
        if revision != found:
            raise pipelines.ModelCorrupt(name=bare, expected=revision, found=found)
        room = self.room()
        with room.models.lease(self.spec(profile, key=name, room=room, lossy=lossy)) as model:
            needs = self.needs(profile, key=name, device=room.device)
            meeting = MeetingGenerator(
                model, key=name, room=room, picture_bytes=needs.picture_bytes
            )
            del model
            try:
                yield meeting
            finally:
                meeting.end()

    def expect(self, name: str) -> AbstractContextManager[None]:
        """Say that this thread's job will lease a model; see `gpu.ModelCache.expect`."""
        return self.room().models.expect(name)

    def needs(self, profile: Profile, *, key: str, device: str) -> Needs:
        """What a model takes on a device: measured there, else counted, else as its profile says.

        Raises
        ------
        CheckpointUnusable : a file of weights is damaged
        """
        kept = self.measurements
        tried = None if kept is None else kept.of(key, device=device)
        # A processor computes in float32 whatever the profile says.
        return self._needs(profile, tried, dtype="float32" if device == "cpu" else profile.dtype)

    def usual_needs(self, profile: Profile, *, device: str) -> Needs:
        """The same without asking which checkpoint it is, which may read every byte of it.

        What was not tried is counted as on a card, for which these models are.

        Raises
        ------
        CheckpointUnusable : a file of weights is damaged
        """
        kept = self.measurements
        tried = None if kept is None else kept.newest(profile.name, device=device)
        return self._needs(profile, tried, dtype=profile.dtype)

    def _needs(self, profile: Profile, tried: Measurement | None, *, dtype: DType) -> Needs:
        return Needs(
            whole_bytes=(tried and tried.resident_bytes)
            or self.checkpoints.resident_bytes(profile, dtype=dtype),
            reading_bytes=profile.text_encoder_bytes,
            denoising_bytes=profile.denoiser_bytes,
            picture_bytes=(tried and tried.working_bytes) or profile.working_bytes,
        )

    def spec(
        self, profile: Profile, *, key: str, room: Room, lossy: bool
    ) -> gpu.ModelSpec[Generator]:
        """How the cache loads a model, what it then holds, and what a picture takes besides."""
        needs = self.needs(profile, key=key, device=room.device)
        offload = needs.offload(room)
        return gpu.ModelSpec(
            key=key,
            load=lambda: self.load(profile, room=room, lossy=lossy, offload=offload).generator,
            resident_bytes=needs.resident_bytes(offload),
            working_bytes=needs.working_bytes(offload),
        )

    def load(self, profile: Profile, *, room: Room, lossy: bool, offload: Offload) -> Loaded:
        """Load a model past the cache, and make it fast.

        Raises
        ------
        ModelMissing, CheckpointUnusable, ProfileInvalid, ExtraMissing, OutOfMemory
        """
        folder = self.checkpoints.require(profile)
        generator = load_generator(profile, folder, device=room.device, offload=offload)
        options = speed_options(
            profile,
            kind="cpu" if room.device == "cpu" else "cuda",
            lossy=lossy,
            free_bytes=room.models.free_bytes,
            compile_cache=self.compile_cache,
        )
        quickened = unless_full(
            lambda: quicken(generator.pipes, options),
            name=profile.name,
            device=room.label or room.device,
        )
        _LOG.info(
            "model_quickened",
            extra={
                "model": profile.name,
                "switched_on": quickened.done,
                "left_out": dict(quickened.left_out),
                "offload": offload,
            },
        )
        return Loaded(
            generator=generator, quickened=quickened, held_bytes=held_bytes(generator.pipes)
        )

    def _revision(self, profile: Profile, *, lossy: bool) -> str:
        return self.checkpoints.revision(profile) + lossy_suffix(profile, lossy=lossy)
