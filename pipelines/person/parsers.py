"""The clothes parser of an installation: a user's own file or folder, by what is in it.

None comes with the product or is fetched by it: those that are known are licensed for research.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.person.clothes import ClothesParser, parts_of, unusable
from pipelines.person.schp import SchpParser
from pipelines.person.segformer import (
    CONFIG,
    PREPROCESSOR,
    WEIGHTS,
    SegformerParser,
    labels_in,
    refuse_unreadable,
)

_REVISION_DIGITS = 12
_KINDS = "name the folder of a SegFormer (config.json, model.safetensors), or an ONNX file of SCHP"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClothesParsers:
    """Names and loads the parser that the settings name.

    Attributes
    ----------
    path
        None where the user has none.
    sha256
        Digest of a file; it may remember.
    """

    path: Path | None
    sha256: Callable[[Path], str]

    def name(self) -> str:
        """``family@revision``, as recipes name it; "" where there is none.

        Raises
        ------
        CheckpointUnusable : the path holds no parser, or its labels are not known
        """
        if self.path is None:
            return ""
        family, files = _parser_at(self.path)
        digest = hashlib.sha256()
        for file in files:
            digest.update(f"{file.name} {self.sha256(file)}\n".encode())
        return f"{family}@{digest.hexdigest()[:_REVISION_DIGITS]}"

    def load(self, name: str) -> ClothesParser:
        """Load the parser that a recipe names.

        Raises
        ------
        CheckpointUnusable : another one is here, or none
        ExtraMissing
        """
        here = self.name()
        if self.path is None or name != here:
            fact = f"the picture asks for {name}, here is {here or 'none'}"
            fix = "name its folder or file with PACKSHOT_CLOTHES_PARSER or --clothes-parser"
            raise unusable(fact, fix=fix)
        if self.path.is_dir():
            return SegformerParser(self.path, key=name)
        return SchpParser(self.path, key=name)

    @property
    def size_bytes(self) -> int:
        """What its files hold together."""
        if self.path is None:
            return 0
        return sum(file.stat().st_size for file in _parser_at(self.path)[1])


def _parser_at(path: Path) -> tuple[str, list[Path]]:
    """The family of what lies there, and the files that it consists of.

    Raises
    ------
    CheckpointUnusable
    """
    if path.is_dir():
        parts_of(labels_in(path), where=str(path / CONFIG))
        refuse_unreadable(path)
        files = [path / one for one in (CONFIG, PREPROCESSOR, WEIGHTS)]
        return "segformer", [file for file in files if file.is_file()]
    if not path.is_file():
        raise unusable(f"{path} is not there", fix=_KINDS)
    if path.suffix != ".onnx":
        raise unusable(f"{path} is no .onnx file", fix=_KINDS)
    return "schp", [path]
