"""Weights of models: what is described, what lies on this machine, and how to pull the rest.

Descriptions are data (``models.toml``). Weights are accepted only by their SHA-256, whoever sent
them, and only in forms that hold numbers and no code: ONNX, safetensors, ncnn, TensorFlow Lite and
dlib's own. Nothing that is pulled is ever executed.
"""

import hashlib
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.errors import ModelCorrupt, ModelMissing, ModelUnknown
from pipelines.sources import FAULTS, describe, fetch, reason

_DESCRIPTIONS = Path(__file__).with_name("models.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A file that a model needs beside its weights: a vocabulary, a graph."""

    file: str
    sha256: str
    size_bytes: int
    sources: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model is; one table of ``models.toml``.

    Attributes
    ----------
    rembg
        The rembg session that runs it; "" for models that are not for matting. So with
        `input_px`, `mean` and `std`, the size and the statistics of the picture it looks at.
    glance_px, quick_px
        Sizes at which it tells where the product is, and at which it looks at that alone, where
        quickness counts and an engine takes other sizes than the file's; 0 where it never should.
    glance_output
        Which of the file's outputs tells where the product is: deeply supervised networks answer
        at earlier layers, too, roughly and for less.
    """

    name: str
    title: str
    purpose: str
    licence: str
    file: str
    sha256: str
    size_bytes: int
    sources: tuple[Mapping[str, str], ...]
    companions: tuple[Companion, ...] = ()
    rembg: str = ""
    input_px: int = 0
    glance_px: int = 0
    glance_output: int = 0
    quick_px: int = 0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def files(self) -> tuple["ModelCard | Companion", ...]:
        """Everything that must be here, the weights first."""
        return (self, *self.companions)

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
    values["companions"] = tuple(
        Companion(**{**one, "sources": tuple(one["sources"])})
        for one in values.get("companions", ())  # type: ignore[attr-defined]
    )
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
    """The folder in which pulled weights lie."""

    folder: Path

    def has(self, name: str) -> bool:
        """Whether the model's files are here and whole by size; `verify` looks at every byte."""
        return all(self._is_here(one) for one in model_card(name).files)

    def path(self, name: str) -> Path:
        """Return where the weights lie.

        Raises
        ------
        ModelUnknown, ModelMissing
        """
        return self.paths(name)[0]

    def paths(self, name: str) -> tuple[Path, ...]:
        """Return where the weights lie, then each companion.

        Raises
        ------
        ModelUnknown, ModelMissing
        """
        if not self.has(name):
            raise ModelMissing(name=name)
        return tuple(self.folder / one.file for one in model_card(name).files)

    def verify(self, name: str) -> None:
        """Compare every byte with the recorded SHA-256.

        Raises
        ------
        ModelUnknown, ModelMissing, ModelCorrupt
        """
        for path, one in zip(self.paths(name), model_card(name).files, strict=True):
            _verify(path, name=name, sha256=one.sha256)

    def pull(self, name: str, *, force: bool = False, log: Callable[[str], None]) -> bool:
        """Fetch each of a model's files from its first source that has it; False if all are here.

        Raises
        ------
        ModelUnknown, ModelMissing : no source could be reached; the sentence lists each failure
        """
        card = model_card(name)
        if self.has(name) and not force:
            self.verify(name)
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".pull-") as scratch:
            for one in card.files:
                if force or not self._is_here(one):
                    self._pull_file(one, name=name, scratch=Path(scratch), log=log)
        return True

    def _is_here(self, one: ModelCard | Companion) -> bool:
        path = self.folder / one.file
        return path.is_file() and path.stat().st_size == one.size_bytes

    def _pull_file(
        self, one: ModelCard | Companion, *, name: str, scratch: Path, log: Callable[[str], None]
    ) -> None:
        failures: list[str] = []
        for source in one.sources:
            log(f"{name}: trying {describe(source)}")
            try:
                fetched = fetch(source, scratch)
                _verify(fetched, name=name, sha256=one.sha256)
                fetched.replace(self.folder / one.file)
            except (*FAULTS, ModelCorrupt) as fault:
                failures.append(f"{describe(source)}: {reason(fault)}")
            else:
                return
        raise ModelMissing(
            name=name, why="no source could give its weights: " + "; ".join(failures)
        )


def sha256_of(path: Path) -> str:
    """The digest of a file; one that has not changed is read once by a process."""
    return _sha256(path, path.stat().st_mtime_ns)


@cache
def _sha256(path: Path, changed_ns: int) -> str:  # noqa: ARG001 - a changed file is hashed again
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verify(path: Path, *, name: str, sha256: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise ModelCorrupt(name=name, expected=sha256, found=found)
