"""Large models that paint: which there are, which may be used, and their leases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import gpu
import pipelines
from pipelines.errors import LicenceRefused
from pipelines.generate import CheckpointStore, Generator, Profile, ProfileRegistry
from pipelines.generate.loading import load_generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A device by torch's name, and the cache of its memory."""

    device: str
    models: gpu.ModelCache


@dataclass(frozen=True, slots=True, kw_only=True)
class Generators:
    """Profiles, their checkpoints, and where they run.

    Attributes
    ----------
    room
        Asked for when the first model is loaded, because looking for devices takes seconds.
    noncommercial
        Whether the user said that what is made here is not for commerce.
    """

    profiles: ProfileRegistry
    checkpoints: CheckpointStore
    room: Callable[[], Room]
    noncommercial: bool = False

    def name(self, profile_name: str, *, noncommercial: bool = False) -> str:
        """Name a model with its revision, ``profile@revision``, as recipes do.

        Raises
        ------
        ModelUnknown, ProfileInvalid
        LicenceRefused : for no commercial use, and the user has not said that this is none
        ModelMissing, CheckpointUnusable : its weights are not here, or not whole
        """
        profile = self.permitted(profile_name, noncommercial=noncommercial)
        return f"{profile.name}@{self.checkpoints.revision(profile)}"

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
        found = self.checkpoints.revision(profile)
        if revision != found:
            raise pipelines.ModelCorrupt(name=bare, expected=revision, found=found)
        room = self.room()
        with room.models.lease(self.spec(profile, key=name, device=room.device)) as model:
            yield model

    def spec(self, profile: Profile, *, key: str, device: str) -> gpu.ModelSpec[Generator]:
        """How the cache loads a model, and what it then holds."""
        return gpu.ModelSpec(
            key=key,
            load=lambda: load_generator(profile, self.checkpoints.require(profile), device=device),
            resident_bytes=self.checkpoints.resident_bytes(profile) + profile.working_bytes,
        )
