"""Checkpoints of large models on this machine: where they lie, whether they are whole, which ones.

A fetched one lies in the store under its profile's name, a user's own wherever its profile says.
"""

import hashlib
import json
from pathlib import Path

from pipelines.errors import CheckpointUnusable, ModelMissing
from pipelines.generate.checkpoint_folder import (
    INDEX,
    SUFFIXES,
    UNFINISHED,
    components_in,
    is_loaded,
    lacking_in,
    lora_files,
    recorded_digests,
)
from pipelines.generate.digests import DigestMemory
from pipelines.generate.profile import DType, Profile
from pipelines.generate.weights_file import WeightsDamaged, resident_bytes

_BYTES_OF = {"bfloat16": 2, "float16": 2, "float32": 4}
_REVISION_DIGITS = 12
_OF_PICTURES = ("pipeline", "pipeline_also", "variant", "scheduler", "most_strength",
                "steps", "guidance_scale", "dtype", "buckets", "abilities",
                "controls")  # fmt: skip
"""Keys of a profile that change its pictures, so that a recipe must name them."""


class CheckpointStore:
    """The folder of fetched checkpoints, and the digests of all that were ever named.

    Parameters
    ----------
    folder
        Where checkpoints are fetched to, one folder for each profile.
    memory
        Digests by file, so that no file is read twice to name it.
    """

    def __init__(self, folder: Path, *, memory: DigestMemory) -> None:
        self.folder = folder
        self.memory = memory

    def path(self, profile: Profile) -> Path:
        """Where the checkpoint lies or would lie."""
        return profile.folder or self.folder / (profile.checkpoint or profile.name)

    def lacks(self, profile: Profile) -> str:
        """What is missing from a checkpoint that can be loaded, in a sentence; "" if nothing.

        Only names and sizes are looked at; `verify` reads every byte.
        """
        folder = self.path(profile)
        if not folder.is_dir():
            return f"{folder} is not there"
        if (folder / UNFINISHED).exists():
            return f"{folder} was not fetched to its end"
        if not (folder / INDEX).is_file():
            return f"{folder} has no {INDEX}"
        try:
            components = sorted(components_in(folder, profile))
        except ValueError as fault:
            return f"{folder / INDEX} cannot be read: {fault}"
        lacking = (lacking_in(folder / component) for component in components)
        loras = (f"{file} is not there" for file in lora_files(profile, folder)
                 if not file.is_file())  # fmt: skip
        return next((fact for fact in (*lacking, *loras) if fact), "")

    def has(self, profile: Profile) -> bool:
        """Whether all files are here and of full length."""
        return not self.lacks(profile)

    def require(self, profile: Profile) -> Path:
        """Where the checkpoint lies.

        Raises
        ------
        ModelMissing : nothing is here, or not all of it
        CheckpointUnusable : the same of a user's own folder, which cannot be fetched
        """
        lacking = self.lacks(profile)
        if not lacking:
            return self.path(profile)
        if profile.folder is not None or not profile.repo:
            fix = "put the checkpoint there, or correct 'folder' in its profile"
            raise CheckpointUnusable(name=profile.name, fact=lacking, fix=fix)
        if not self.path(profile).is_dir():
            raise ModelMissing(name=profile.name)
        raise ModelMissing(name=profile.name, why=f"its weights are not whole: {lacking}")

    def resident_bytes(self, profile: Profile, *, dtype: DType | None = None) -> int:
        """What the weights hold once loaded: counted where they are here, else the profile's.

        Parameters
        ----------
        dtype
            What they are loaded in; None is the profile's own.

        Raises
        ------
        CheckpointUnusable : a file of weights is damaged
        """
        if not self.has(profile):
            return profile.resident_bytes
        weights = [file for file in self.files(profile) if is_loaded(file, profile)]
        try:
            return sum(resident_bytes(file, number_bytes=_BYTES_OF[dtype or profile.dtype])
                       for file in weights)  # fmt: skip
        except WeightsDamaged as fault:
            raise _damaged(profile, str(fault)) from fault

    def revision(self, profile: Profile) -> str:
        """Twelve digits that name the checkpoint's content and what its profile makes of it.

        The first time every byte is read; after that only files that changed.

        Raises
        ------
        ModelMissing, CheckpointUnusable
        """
        folder = self.require(profile)
        digest = hashlib.sha256()
        for key in _OF_PICTURES:
            digest.update(f"{key} {_plain(getattr(profile, key))}\n".encode())
        digest.update(f"loras {[one.scale for one in profile.loras]}\n".encode())
        for file in self.files(profile):
            line = f"{_name_in(folder, file)} {file.stat().st_size} {self.memory.sha256(file)}\n"
            digest.update(line.encode())
        self.memory.save()
        return digest.hexdigest()[:_REVISION_DIGITS]

    def verify(self, profile: Profile) -> int:
        """Read every file again and compare with what was fetched; how many there are.

        A user's own folder has nothing to compare with: there the weights' own lengths count.

        Raises
        ------
        ModelMissing, CheckpointUnusable
        """
        folder = self.require(profile)
        recorded = recorded_digests(folder)
        files = self.files(profile)
        for file in files:
            name = _name_in(folder, file)
            expected = recorded.get(name)
            if expected and self.memory.sha256(file, afresh=True) != expected:
                raise _damaged(profile, f"{name} is not the file that was fetched")
        self.memory.save()
        return len(files)

    def files(self, profile: Profile) -> list[Path]:
        """Every file that belongs to the checkpoint, sorted by name."""
        folder = self.path(profile)
        if not (folder / INDEX).is_file():
            return []
        inside = (
            file for one in components_in(folder, profile) for file in (folder / one).rglob("*")
        )
        found = [file for file in inside if file.suffix in SUFFIXES and file.is_file()]
        return [folder / INDEX, *sorted(found), *lora_files(profile, folder)]


def _name_in(folder: Path, file: Path) -> str:
    """A file's name as it is anywhere, so that a folder may be moved."""
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name


def _damaged(profile: Profile, fact: str) -> CheckpointUnusable:
    own = profile.folder is not None or not profile.repo
    fix = "copy it anew" if own else f"run `packshot models pull {profile.name} --force`"
    return CheckpointUnusable(name=profile.name, fact=fact, fix=fix)


def _plain(value: object) -> str:
    """A profile's value as text that is the same on every run."""
    return json.dumps(value, sort_keys=True, default=_ordered)


def _ordered(value: object) -> object:
    """A set as a sorted list: it is walked in another order in each process."""
    return sorted(value) if isinstance(value, frozenset) else str(value)
