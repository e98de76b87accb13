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
from pipelines.generate.speed import lossy_suffix, quicken, speed_options
from studio.services.measurements import Measurements
from studio.services.painting import MeetingGenerator, Room

_LOG = logging.getLogger(__name__)


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
            yield MeetingGenerator(model, key=name, room=room)

    def expect(self, name: str) -> AbstractContextManager[None]:
        """Say that this thread's job will lease a model; see `gpu.ModelCache.expect`."""
        return self.room().models.expect(name)

    def spec(
        self, profile: Profile, *, key: str, room: Room, lossy: bool
    ) -> gpu.ModelSpec[Generator]:
        """How the cache loads a model, what it then holds, and what a picture takes besides."""
        tried = self.measurements and self.measurements.of(key, device=room.device)
        working_bytes = (tried and tried.working_bytes) or profile.working_bytes
        whole_bytes = (tried and tried.resident_bytes) or self.checkpoints.resident_bytes(profile)
        shelved = room.is_tight(whole_bytes + working_bytes * room.most_pictures)
        # What lies on the shelf comes to read before anything is painted, never meanwhile.
        reading_bytes = min(profile.text_encoder_bytes, whole_bytes) if shelved else 0
        return gpu.ModelSpec(
            key=key,
            load=lambda: self._load(profile, room=room, lossy=lossy, shelved=shelved),
            resident_bytes=whole_bytes - reading_bytes,
            working_bytes=max(working_bytes, reading_bytes),
        )

    def _load(self, profile: Profile, *, room: Room, lossy: bool, shelved: bool) -> Generator:
        folder = self.checkpoints.require(profile)
        generator = load_generator(profile, folder, device=room.device, shelved=shelved)
        options = speed_options(
            profile,
            kind="cpu" if room.device == "cpu" else "cuda",
            lossy=lossy,
            free_bytes=room.models.free_bytes,
            compile_cache=self.compile_cache,
        )
        quickened = quicken(generator.pipes, options)
        _LOG.info(
            "model_quickened",
            extra={
                "model": profile.name,
                "switched_on": quickened.done,
                "left_out": dict(quickened.left_out),
                "text_encoders_shelved": shelved,
            },
        )
        return generator

    def _revision(self, profile: Profile, *, lossy: bool) -> str:
        return self.checkpoints.revision(profile) + lossy_suffix(profile, lossy=lossy)
