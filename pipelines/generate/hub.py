"""A model hub: what a repository holds, and its files one by one."""

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pipelines.errors import ExtraMissing


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """One file of a repository.

    Attributes
    ----------
    name
        Path inside the repository.
    size_bytes
        Its length, as the hub says.
    sha256
        Of its content, where the hub keeps it as a large file; else "".
    git_sha1
        Of its content as a git blob; "" where the hub does not say.
    """

    name: str
    size_bytes: int
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a repository holds at one commit."""

    commit: str
    files: tuple[HubFile, ...]


class HubRefused(Exception):
    """The hub cannot be reached, or does not give what is asked for: what is wrong, what to do."""

    def __init__(self, fact: str, fix: str) -> None:
        super().__init__(f"{fact}; {fix}")
        self.fact, self.fix = fact, fix


class Hub(Protocol):
    """Where checkpoints are fetched from."""

    def listing(self, repo: str, revision: str) -> Listing:
        """What a repository holds; "" as revision means what it holds now.

        Raises
        ------
        HubRefused
        """
        ...

    def fetch(self, repo: str, commit: str, name: str, folder: Path) -> Path:
        """Bring one file into a folder, under its name, going on where an earlier try stopped.

        Raises
        ------
        HubRefused
        """
        ...


class HuggingFaceHub:
    """The hub that most checkpoints are published on, through its own client.

    Parameters
    ----------
    endpoint
        Another address of it, such as a mirror; "" takes the client's, which follows HF_ENDPOINT.
    """

    def __init__(self, endpoint: str = "") -> None:
        if importlib.util.find_spec("huggingface_hub") is None:
            raise ExtraMissing(what="large models", extra="gpu")
        self._endpoint = endpoint or None

    def listing(self, repo: str, revision: str) -> Listing:
        """What a repository holds."""
        from huggingface_hub import HfApi

        api = HfApi(endpoint=self._endpoint)
        try:
            info = api.model_info(repo, revision=revision or None, files_metadata=True)
        except _faults() as fault:
            raise _refusal(repo, revision, fault) from fault
        files = (_file(one) for one in info.siblings or ())
        return Listing(commit=str(info.sha), files=tuple(files))

    def fetch(self, repo: str, commit: str, name: str, folder: Path) -> Path:
        """Bring one file into a folder."""
        from huggingface_hub import hf_hub_download
        from huggingface_hub.utils.tqdm import disable_progress_bars

        if not sys.stderr.isatty():
            disable_progress_bars()
        try:
            found = hf_hub_download(
                repo, name, revision=commit, local_dir=folder, endpoint=self._endpoint
            )
        except _faults() as fault:
            raise _refusal(repo, commit, fault) from fault
        return Path(found)


def _file(sibling: Any) -> HubFile:
    return HubFile(
        name=sibling.rfilename,
        size_bytes=sibling.size or 0,
        sha256=sibling.lfs.sha256 if sibling.lfs else "",
        git_sha1="" if sibling.lfs else sibling.blob_id or "",
    )


def _faults() -> tuple[type[Exception], ...]:
    """What the hub's client raises where it cannot give what is asked for."""
    from huggingface_hub.errors import FileMetadataError, HfHubHTTPError, HFValidationError

    # Its second version speaks through httpx2, its first through httpx.
    there = [name for name in ("httpx2", "httpx") if importlib.util.find_spec(name)]
    unheard = [importlib.import_module(name).HTTPError for name in there]
    return (HfHubHTTPError, FileMetadataError, HFValidationError, OSError, *unheard)


def _refusal(repo: str, revision: str, fault: Exception) -> HubRefused:
    from huggingface_hub.errors import (
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    if isinstance(fault, GatedRepoError):
        return HubRefused(
            f"{repo} is given only to those who accepted its licence",
            f"accept it at https://huggingface.co/{repo} and set HF_TOKEN to a token of yours",
        )
    if isinstance(fault, RevisionNotFoundError):
        return HubRefused(f"{repo} has no revision {revision}", "give another with --revision")
    if isinstance(fault, RepositoryNotFoundError):
        return HubRefused(
            f"the hub shows no {repo}", "it may be private: set HF_TOKEN to a token that sees it"
        )
    if isinstance(fault, OSError) and fault.errno:
        return HubRefused(f"{repo}: {fault.strerror}", "free some space, or try again")
    reason = (str(fault).strip() or type(fault).__name__).partition("\n")[0]
    return HubRefused(
        f"{repo} cannot be fetched ({reason})",
        "check the connection and try again: what is here already is kept",
    )
