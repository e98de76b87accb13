"""Fonts: faces that can set text, the stack in which they are asked, and the one that is pulled."""

import hashlib
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

from PIL import ImageFont

from pipelines.errors import FontMissing, FontUnusable, GlyphsMissing
from pipelines.lettering.cmap import covered, missing
from pipelines.sources import FAULTS, describe, fetch, reason

_DESCRIPTIONS = Path(__file__).with_name("fonts.toml")
_WEIGHT_AXIS = b"Weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFace:
    """One face of one file.

    Attributes
    ----------
    index
        Of the face in a collection (.ttc).
    weight
        100 to 900; only variable fonts heed it.
    """

    path: Path
    index: int = 0
    weight: int = 400

    def __post_init__(self) -> None:
        """Refuse weights that no font has."""
        if not 100 <= self.weight <= 900:
            raise FontUnusable(file=self.path.name, fact=f"weight {self.weight} is not 100 to 900")

    def sized(self, size_px: float) -> ImageFont.FreeTypeFont:
        """Open the face at an em size, shaped by HarfBuzz.

        Raises
        ------
        FontUnusable
        """
        engine = ImageFont.Layout.RAQM
        try:
            font = ImageFont.truetype(str(self.path), size_px, self.index, layout_engine=engine)
            _set_weight(font, self.weight)
        except OSError as fault:
            raise FontUnusable(file=self.path.name, fact=f"cannot be opened ({fault})") from fault
        return font

    def lacks(self, text: str) -> str:
        """Characters that the face cannot draw; white space needs no glyph."""
        ranges = covered(self.path, self.index, self.path.stat().st_mtime_ns)
        return missing("".join(text.split()), ranges)

    @property
    def title(self) -> str:
        """Family and style as the file states them; a variable font is of every style."""
        font = self.sized(16)
        family, style = font.getname()
        if family and _axes(font):
            return family
        return f"{family} {style}" if style and family else str(family or self.path.name)

    @property
    def digest(self) -> str:
        """First 16 digits of the file's SHA-256."""
        return _file_digest(self.path, self.path.stat().st_mtime_ns)


def _axes(font: ImageFont.FreeTypeFont) -> list[ImageFont.Axis]:
    try:
        return font.get_variation_axes()
    except OSError:
        return []  # a font of one weight


def _set_weight(font: ImageFont.FreeTypeFont, weight: int) -> None:
    axes = _axes(font)
    if not axes:
        return
    values: list[float] = [
        min(max(weight, int(axis["minimum"] or 0)), int(axis["maximum"] or 0))
        if axis["name"] == _WEIGHT_AXIS
        else int(axis["default"] or 0)
        for axis in axes
    ]
    font.set_variation_by_axes(values)


@lru_cache(maxsize=32)
def _file_digest(path: Path, _changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring characters that one face draws."""

    face: FontFace
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FontStack:
    """Faces in the order in which they are asked for a character."""

    faces: tuple[FontFace, ...]

    def runs(self, text: str) -> tuple[Run, ...]:
        """Cut a text into runs of one face each.

        Raises
        ------
        GlyphsMissing : names the characters that no face has
        """
        chosen = [self._face_for(one) for one in text]
        lost = "".join(dict.fromkeys(
            one for one, face in zip(text, chosen, strict=True) if face is None
        ))  # fmt: skip
        if lost:
            raise GlyphsMissing(characters=lost, fonts=[one.path.name for one in self.faces])
        paired = zip(chosen, text, strict=True)
        return tuple(
            Run(face=face, text="".join(one for _, one in group))
            for face, group in groupby(paired, key=lambda pair: pair[0])
            if face is not None
        )

    def weighing(self, weight: int) -> "FontStack":
        """The same faces at another weight, where they are variable."""
        faces = (FontFace(path=one.path, index=one.index, weight=weight) for one in self.faces)
        return FontStack(faces=tuple(faces))

    @property
    def digest(self) -> str:
        """Digest of the files in their order."""
        whole = " ".join(f"{one.digest}:{one.index}" for one in self.faces)
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    def _face_for(self, character: str) -> FontFace | None:
        return next((one for one in self.faces if not one.lacks(character)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FontCard:
    """What a font that can be pulled is; one table of ``fonts.toml``."""

    name: str
    title: str
    covers: str
    licence: str
    copyright: str
    file: str
    sha256: str
    size_bytes: int
    sources: tuple[Mapping[str, str], ...]


@cache
def font_cards() -> dict[str, FontCard]:
    """Every font that can be pulled, by name."""
    tables = tomllib.loads(_DESCRIPTIONS.read_text(encoding="utf-8"))
    return {
        name: FontCard(name=name, **(table | {"sources": tuple(table["sources"])}))
        for name, table in tables.items()
    }


@dataclass(frozen=True, slots=True)
class FontStore:
    """The folder in which pulled fonts lie."""

    folder: Path

    def has(self, name: str) -> bool:
        """Whether the font's file is here and whole by size."""
        card = _card(name)
        path = self.folder / card.file
        return path.is_file() and path.stat().st_size == card.size_bytes

    def face(self, name: str) -> FontFace:
        """Return a face of a pulled font.

        Raises
        ------
        FontMissing
        """
        if not self.has(name):
            raise FontMissing(name=name)
        return FontFace(path=self.folder / _card(name).file)

    def pull(self, name: str, *, log: Callable[[str], None]) -> bool:
        """Fetch a font from the first source that has it; False if it is already here.

        Raises
        ------
        FontMissing : no source could give the file that is described
        """
        if self.has(name):
            return False
        card = _card(name)
        failures: list[str] = []
        for source in card.sources:
            log(f"{name}: trying {describe(source)}")
            try:
                self._pull_from(source, card)
            except FAULTS as fault:
                failures.append(f"{describe(source)}: {reason(fault)}")
                continue
            return True
        raise FontMissing(name=name, why="no source could give it: " + "; ".join(failures))

    def _pull_from(self, source: Mapping[str, str], card: FontCard) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".pull-") as scratch:
            fetched = fetch(source, Path(scratch))
            found = hashlib.sha256(fetched.read_bytes()).hexdigest()
            if found != card.sha256:
                raise ValueError(f"SHA-256 is {found[:12]}…, expected {card.sha256[:12]}…")
            fetched.replace(self.folder / card.file)


def _card(name: str) -> FontCard:
    cards = font_cards()
    if name not in cards:
        raise FontMissing(name=name, why=f"is not described (known: {', '.join(cards)})")
    return cards[name]


def system_faces(*, language: str = "zh-cn") -> Sequence[FontFace]:
    """The system's own font for a language, by fontconfig, where it is installed; or none."""
    command = ["fc-match", "--format=%{file}\n%{index}", f"sans-serif:lang={language}"]
    try:
        told = subprocess.run(  # noqa: S603 - fixed program and arguments
            command, check=True, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    file, _, index = told.stdout.partition("\n")
    path = Path(file)
    # Variable fonts carry the named instance in the index's upper bits.
    return (FontFace(path=path, index=int(index or 0) & 0xFFFF),) if path.is_file() else ()
