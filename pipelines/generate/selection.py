"""Which files of which repositories a checkpoint is made of: only data, in one precision."""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipelines.generate.checkpoint_folder import INDEX, LORAS, SUFFIXES
from pipelines.generate.hub import Hub, HubFile, HubRefused, Listing
from pipelines.generate.profile import Lora, Part, Profile

_WEIGHTS = ".safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFile:
    """A file of the hub and where it shall lie in the checkpoint."""

    repo: str
    commit: str
    file: HubFile
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A hub of which each repository is taken at one commit: the pinned one, else the first.

    Attributes
    ----------
    fetched
        Commit by repository of what was fetched before: where none is pinned, it stays that one.
    """

    hub: Hub
    fetched: Mapping[str, str]
    name: str
    log: Callable[[str], None]

    def listing(self, repo: str, pinned: str) -> Listing:
        """What a repository holds at its commit.

        Raises
        ------
        HubRefused
        """
        if pinned:
            return self.hub.listing(repo, pinned)
        before = self.fetched.get(repo, "")
        found = self.hub.listing(repo, before)
        if before:
            self.log(f"{self.name}: {repo} stays at {before}, which the first pull took")
        else:
            told = "its profile pins no commit: taking what it holds now"
            self.log(f"{self.name}: {repo}: {told}, {found.commit}, from now on this one")
        return found


def wanted_files(profile: Profile, main: Listing, source: Source) -> list[WantedFile]:
    """Every file that a profile's checkpoint is made of, its index after its components.

    Parameters
    ----------
    main : of the profile's own repository; what its parts and LoRAs are in, `source` lists

    Raises
    ------
    HubRefused : something is lacking, or there only as what could run code
    """
    return [
        *_of_repo(profile, main, source.hub),
        *_of_parts(profile, source),
        *_of_loras(profile, source),
    ]


def is_pulled(lora: Lora) -> bool:
    """Whether a LoRA comes from the hub, and not from a file of the user's."""
    return bool(lora.repo) and "/" not in lora.file


def _of_repo(profile: Profile, main: Listing, hub: Hub) -> Iterator[WantedFile]:
    """The index, and of each component that it lists what is data."""
    by_name = {one.name: one for one in main.files}
    if INDEX not in by_name:
        raise HubRefused(f"{profile.repo} has no {INDEX}", "it is no checkpoint of diffusers")
    # Beside the checkpoint: one that is whole stays as it is until all is known and has room.
    with tempfile.TemporaryDirectory() as aside:
        components = _components(profile, hub.fetch(profile.repo, main.commit, INDEX, Path(aside)))
    inside = [one for one in main.files if PurePosixPath(one.name).parts[0] in components
              and len(PurePosixPath(one.name).parts) == 2]  # fmt: skip
    for component in sorted(components):
        own = [one for one in inside if one.name.startswith(f"{component}/")]
        for file in _chosen(profile, component, own):
            yield WantedFile(repo=profile.repo, commit=main.commit, file=file, place=file.name)
    yield WantedFile(repo=profile.repo, commit=main.commit, file=by_name[INDEX], place=INDEX)


def _components(profile: Profile, index: Path) -> set[str]:
    try:
        listed = json.loads(index.read_text(encoding="utf-8"))
        return {
            name
            for name, entry in listed.items()
            if isinstance(entry, list) and entry[0] and name.isidentifier()
        }
    except (ValueError, AttributeError, IndexError) as fault:
        raise HubRefused(f"{INDEX} of {profile.repo} cannot be read", "pull again") from fault


def _chosen(profile: Profile, component: str, files: Iterable[HubFile]) -> list[HubFile]:
    """What is data among a component's files, its weights in one precision only."""
    files = [*files]
    weights = [one for one in files if one.name.endswith(_WEIGHTS)]
    own = [one for one in weights if profile.variant and f".{profile.variant}" in one.name]
    plain = [one for one in weights if PurePosixPath(one.name).name.count(".") == 1]
    kept = own or plain
    others = [one.name for one in files if one.name.endswith((".bin", ".pt", ".ckpt", ".pth"))]
    if not kept and others:
        raise HubRefused(
            f"{profile.repo} has {component} only as {others[0]}, which could run code when read",
            "take a repository that has it as safetensors",
        )
    data = [one for one in files if PurePosixPath(one.name).suffix in SUFFIXES[1:]]
    return [*(one for one in data if not _indexes_others(one, varied=bool(own))), *kept]


def _indexes_others(file: HubFile, *, varied: bool) -> bool:
    """Whether a file only says how weights are divided that are not taken."""
    name = PurePosixPath(file.name).name
    if ".index" not in name:
        return False
    return ".safetensors.index" not in name or varied == name.endswith(".safetensors.index.json")


def _of_parts(profile: Profile, source: Source) -> Iterator[WantedFile]:
    for part in profile.parts:
        listing = source.listing(part.repo, part.revision)
        for local, file in _files_of(part, listing):
            place = f"{part.component}/{local}"
            yield WantedFile(repo=part.repo, commit=listing.commit, file=file, place=place)


def _files_of(part: Part, listing: Listing) -> Iterator[tuple[str, HubFile]]:
    at_root = {one.name: one for one in listing.files if "/" not in one.name}
    names = part.files or {
        name: name for name in at_root if name == "config.json" or name.endswith(_WEIGHTS)
    }
    for local, remote in names.items():
        if remote not in at_root or not local.endswith(SUFFIXES):
            raise HubRefused(f"{part.repo} has no {remote}", "correct 'parts' in the profile")
        yield local, at_root[remote]


def _of_loras(profile: Profile, source: Source) -> Iterator[WantedFile]:
    for lora in profile.loras:
        if not is_pulled(lora):
            continue
        listing = source.listing(lora.repo, lora.revision)
        found = next((one for one in listing.files if one.name == lora.file), None)
        if found is None:
            raise HubRefused(f"{lora.repo} has no {lora.file}", "correct 'loras' in the profile")
        place = f"{LORAS}/{lora.file}"
        yield WantedFile(repo=lora.repo, commit=listing.commit, file=found, place=place)
