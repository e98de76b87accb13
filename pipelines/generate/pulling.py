"""Fetch a checkpoint from the hub: only data, only what a model is made of, every byte checked."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from filelock import FileLock

from pipelines.errors import CheckpointUnusable
from pipelines.generate.checkpoints import (
    INDEX,
    LORAS,
    RECORD,
    SUFFIXES,
    UNFINISHED,
    CheckpointStore,
    recorded_commits,
)
from pipelines.generate.hub import Hub, HubFile, HubRefused, Listing
from pipelines.generate.profile import Lora, Part, Profile

_WEIGHTS = ".safetensors"
_SPARE_BYTES = 1 << 30
"""What stays free on the disk."""
_READ_BYTES = 1 << 20
_WORTH_TELLING_BYTES = 50_000_000
"""Files that take some time; the configurations around them would only hide these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A file of the hub and where it shall lie in the checkpoint."""

    repo: str
    commit: str
    file: HubFile
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
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


def pull(
    profile: Profile,
    store: CheckpointStore,
    hub: Hub,
    *,
    revision: str = "",
    force: bool = False,
    log: Callable[[str], None],
) -> bool:
    """Bring a profile's checkpoint here, or what is missing of it; False if all was here.

    Parameters
    ----------
    revision
        Commit to take instead of the profile's.
    force
        Compare every file that is here with the hub's, and fetch again what differs.

    Raises
    ------
    CheckpointUnusable : nothing to fetch from, a refusal of the hub, a file that is not what the
        hub says, or no room on the disk
    """
    if profile.folder is not None or not profile.repo:
        fact = f"it lies in a folder of yours ({store.path(profile)}), not on the hub"
        raise CheckpointUnusable(name=profile.name, fact=fact, fix="there is nothing to pull")
    folder = store.path(profile)
    if store.has(profile) and not force and not revision and _is_as_pinned(profile, folder):
        store.verify(profile)
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            return _pull(profile, store, hub, revision=revision, force=force, log=log)
    except HubRefused as refusal:
        raise CheckpointUnusable(name=profile.name, fact=refusal.fact, fix=refusal.fix) from refusal


def _pull(
    profile: Profile,
    store: CheckpointStore,
    hub: Hub,
    *,
    revision: str,
    force: bool,
    log: Callable[[str], None],
) -> bool:
    folder = store.path(profile)
    source = _Source(hub=hub, fetched=recorded_commits(folder), name=profile.name, log=log)
    main = source.listing(profile.repo, revision or profile.revision)
    folder.mkdir(exist_ok=True)
    wanted = [*_of_repo(profile, main, hub), *_of_parts(profile, source),
              *_of_loras(profile, source)]  # fmt: skip
    lacking = [one for one in wanted if not _is_here(one, folder, store, afresh=force)]
    _check_room(profile, lacking, folder)
    missing_gb = sum(one.file.size_bytes for one in lacking) / 1e9
    log(f"{profile.name}: {len(lacking)} of {len(wanted)} files to fetch, {missing_gb:.2f} GB")
    if lacking:  # from here on files of two commits may lie side by side
        (folder / UNFINISHED).touch()
    for one in lacking:
        if one.file.size_bytes >= _WORTH_TELLING_BYTES:
            log(f"{profile.name}: {one.place}, {one.file.size_bytes / 1e6:,.0f} MB")
        _bring(profile, one, hub, folder, store)
    _write_record(profile, wanted, folder, store)
    (folder / UNFINISHED).unlink(missing_ok=True)
    shutil.rmtree(folder / ".cache", ignore_errors=True)  # what the hub's client leaves behind
    store.memory.save()
    store.require(profile)
    return bool(lacking)


def _is_as_pinned(profile: Profile, folder: Path) -> bool:
    """Whether every pinned commit of a profile is the one that was fetched."""
    pins = [
        (profile.repo, profile.revision),
        *((part.repo, part.revision) for part in profile.parts),
        *((lora.repo, lora.revision) for lora in profile.loras if _is_pulled(lora)),
    ]
    fetched = recorded_commits(folder)
    return all(fetched.get(repo) == revision for repo, revision in pins if revision)


def _of_repo(profile: Profile, main: Listing, hub: Hub) -> Iterator[_Wanted]:
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
            yield _Wanted(repo=profile.repo, commit=main.commit, file=file, place=file.name)
    yield _Wanted(repo=profile.repo, commit=main.commit, file=by_name[INDEX], place=INDEX)


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


def _of_parts(profile: Profile, source: _Source) -> Iterator[_Wanted]:
    for part in profile.parts:
        listing = source.listing(part.repo, part.revision)
        for local, file in _files_of(part, listing):
            place = f"{part.component}/{local}"
            yield _Wanted(repo=part.repo, commit=listing.commit, file=file, place=place)


def _files_of(part: Part, listing: Listing) -> Iterator[tuple[str, HubFile]]:
    at_root = {one.name: one for one in listing.files if "/" not in one.name}
    names = part.files or {
        name: name for name in at_root if name == "config.json" or name.endswith(_WEIGHTS)
    }
    for local, remote in names.items():
        if remote not in at_root or not local.endswith(SUFFIXES):
            raise HubRefused(f"{part.repo} has no {remote}", "correct 'parts' in the profile")
        yield local, at_root[remote]


def _of_loras(profile: Profile, source: _Source) -> Iterator[_Wanted]:
    for lora in profile.loras:
        if not _is_pulled(lora):
            continue
        listing = source.listing(lora.repo, lora.revision)
        found = next((one for one in listing.files if one.name == lora.file), None)
        if found is None:
            raise HubRefused(f"{lora.repo} has no {lora.file}", "correct 'loras' in the profile")
        place = f"{LORAS}/{lora.file}"
        yield _Wanted(repo=lora.repo, commit=listing.commit, file=found, place=place)


def _is_pulled(lora: Lora) -> bool:
    return bool(lora.repo) and "/" not in lora.file


def _is_here(one: _Wanted, folder: Path, store: CheckpointStore, *, afresh: bool) -> bool:
    path = folder / one.place
    return path.is_file() and not _differs(path, one.file, store, afresh=afresh)


def _differs(path: Path, file: HubFile, store: CheckpointStore, *, afresh: bool) -> str:
    """How a file differs from what the hub says of it; "" if it does not."""
    found_bytes = path.stat().st_size
    if found_bytes != file.size_bytes:
        return f"has {found_bytes:,} bytes, not {file.size_bytes:,}"
    if file.sha256 and store.memory.sha256(path, afresh=afresh) != file.sha256:
        return "has another SHA-256 than the hub says"
    if file.git_sha1 and _git_sha1(path) != file.git_sha1:
        return "has other bytes than the hub says"
    return ""


def _git_sha1(path: Path) -> str:
    """The name that git gives to a file's content; the hub has no other for small files."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _check_room(profile: Profile, lacking: list[_Wanted], folder: Path) -> None:
    needed_bytes = sum(one.file.size_bytes for one in lacking)
    free_bytes = shutil.disk_usage(folder).free
    if needed_bytes + _SPARE_BYTES > free_bytes:
        fact = f"{needed_bytes / 1e9:.1f} GB are missing, {free_bytes / 1e9:.1f} GB are free"
        fix = "free some space, or set PACKSHOT_MODELS_DIR to another disk"
        raise CheckpointUnusable(name=profile.name, fact=fact, fix=fix)


def _bring(profile: Profile, one: _Wanted, hub: Hub, folder: Path, store: CheckpointStore) -> None:
    """Fetch one file into its place; what is not what the hub says does not stay."""
    fetched = hub.fetch(one.repo, one.commit, one.file.name, folder)
    differs = _differs(fetched, one.file, store, afresh=True)
    if differs:
        fetched.unlink()
        fact = f"{one.file.name} of {one.repo} {differs}"
        raise CheckpointUnusable(name=profile.name, fact=fact, fix="pull again")
    target = folder / one.place
    if fetched != target:
        target.parent.mkdir(parents=True, exist_ok=True)
        fetched.replace(target)


def _write_record(
    profile: Profile, wanted: Iterable[_Wanted], folder: Path, store: CheckpointStore
) -> None:
    wanted = [*wanted]
    record = {
        "profile": profile.name,
        "commits": dict(sorted({one.repo: one.commit for one in wanted}.items())),
        "files": {one.place: store.memory.sha256(folder / one.place) for one in wanted},
    }
    text = json.dumps(record, indent=1, sort_keys=True)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")
