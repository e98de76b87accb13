"""Fetch a checkpoint from the hub: what is missing of it, every byte checked."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock

from pipelines.errors import CheckpointUnusable
from pipelines.generate.checkpoint_folder import RECORD, UNFINISHED, recorded_commits
from pipelines.generate.checkpoints import CheckpointStore
from pipelines.generate.hub import Hub, HubFile, HubRefused
from pipelines.generate.profile import Profile
from pipelines.generate.selection import Source, WantedFile, is_pulled, wanted_files

_SPARE_BYTES = 1 << 30
"""What stays free on the disk."""
_READ_BYTES = 1 << 20
_WORTH_TELLING_BYTES = 50_000_000
"""Files that take some time; the configurations around them would only hide these."""


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
    source = Source(hub=hub, fetched=recorded_commits(folder), name=profile.name, log=log)
    main = source.listing(profile.repo, revision or profile.revision)
    folder.mkdir(exist_ok=True)
    wanted = wanted_files(profile, main, source)
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
        *((lora.repo, lora.revision) for lora in profile.loras if is_pulled(lora)),
    ]
    fetched = recorded_commits(folder)
    return all(fetched.get(repo) == revision for repo, revision in pins if revision)


def _is_here(one: WantedFile, folder: Path, store: CheckpointStore, *, afresh: bool) -> bool:
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


def _check_room(profile: Profile, lacking: list[WantedFile], folder: Path) -> None:
    needed_bytes = sum(one.file.size_bytes for one in lacking)
    free_bytes = shutil.disk_usage(folder).free
    if needed_bytes + _SPARE_BYTES > free_bytes:
        fact = f"{needed_bytes / 1e9:.1f} GB are missing, {free_bytes / 1e9:.1f} GB are free"
        fix = "free some space, or set PACKSHOT_MODELS_DIR to another disk"
        raise CheckpointUnusable(name=profile.name, fact=fact, fix=fix)


def _bring(
    profile: Profile, one: WantedFile, hub: Hub, folder: Path, store: CheckpointStore
) -> None:
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
    profile: Profile, wanted: Iterable[WantedFile], folder: Path, store: CheckpointStore
) -> None:
    wanted = [*wanted]
    record = {
        "profile": profile.name,
        "commits": dict(sorted({one.repo: one.commit for one in wanted}.items())),
        "files": {one.place: store.memory.sha256(folder / one.place) for one in wanted},
    }
    text = json.dumps(record, indent=1, sort_keys=True)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")
