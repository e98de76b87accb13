"""Reading a brand kit: every complaint names the key and what to write instead."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from pipelines.brands.kit import Brand, LogoFile, Palette
from pipelines.errors import BrandInvalid, FontUnusable, ImageRefused
from pipelines.lettering import Corner, FontFace
from pipelines.lettering.contrast import TEXT_RATIO, Colour, parsed, ratio
from pipelines.spec.overlay import BadgeShape, Label

T = TypeVar("T")
_SCHEMA = 1
_KNOWN = {
    "": ("schema", "title", "palette", "fonts", "logo", "margins", "templates", "label", "badge"),
    "palette": ("ink", "paper", "accent"),
    "fonts": ("heading", "text"),
    "logo": ("file", "corner", "width", "clear_space"),
    "margins": ("frame", "product"),
    "templates": ("allowed",),
    "label": ("language",),
    "badge": ("shape",),
}
_FONT_KEYS = ("file", "index", "weight")


@dataclass(frozen=True, slots=True)
class Reader:
    """A kit's tables, with the kit's name for complaints."""

    name: str
    folder: Path
    record: Mapping[str, Any]

    def complain(self, key: str, fact: str, fix: str) -> BrandInvalid:
        """Make an error about a key."""
        return BrandInvalid(name=self.name, key=key, fact=fact, fix=fix)

    def table(self, key: str) -> Mapping[str, Any]:
        """A table, empty where the kit has none; unknown keys are refused."""
        table = self.record if not key else self.record.get(key, {})
        if not isinstance(table, Mapping):
            raise self.complain(key, "is no table", f"start it with a line [{key}]")
        self.refuse_unknown(key, table, _KNOWN[key])
        return table

    def refuse_unknown(self, key: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        """Refuse keys that nobody would read: they are mistyped."""
        for one in table:
            if one not in known:
                where = f"{key}.{one}" if key else one
                raise self.complain(where, "is not known", f"use some of {', '.join(known)}")

    def number(self, table: str, key: str, default: float, limits: tuple[float, float]) -> float:
        """A number inside limits."""
        value = self.table(table).get(key, default)
        low, high = limits
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        if not fits or not low <= value <= high:
            raise self.complain(f"{table}.{key}", f"is {value!r}", f"write {low:g} to {high:g}")
        return float(value)

    def word(self, table: str, key: str, default: T, words: tuple[T, ...]) -> T:
        """One of several words."""
        value = self.table(table).get(key, default)
        if value not in words:
            listed = ", ".join(str(one) for one in words)
            raise self.complain(f"{table}.{key}", f"is {value!r}", f"write one of {listed}")
        return cast("T", value)

    def colour(self, key: str) -> Colour | None:
        """A colour of the palette, or None."""
        value = self.table("palette").get(key)
        if value is None:
            return None
        try:
            return parsed(str(value))
        except ValueError as fault:
            raise self.complain(f"palette.{key}", str(fault), 'such as "#c8102e"') from fault

    def file(self, key: str, value: object) -> Path:
        """A file beside the kit: never outside its folder."""
        if not isinstance(value, str) or not value:
            raise self.complain(key, f"is {value!r}", "write a file's name in quotes")
        path = (self.folder / value).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise self.complain(key, f"'{value}' lies outside the kit's folder", "move it there")
        if not path.is_file():
            raise self.complain(key, f"'{value}' is not there", f"put it into {self.folder.name}/")
        return path


def read_brand(file: Path, *, name: str) -> Brand:
    """Read a kit and check every file that it names.

    Raises
    ------
    BrandInvalid
    """
    try:
        text = file.read_text(encoding="utf-8")
        record = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as fault:
        fact = f"cannot be read ({fault})"
        raise BrandInvalid(name=name, key=file.name, fact=fact, fix="check the file") from fault
    except tomllib.TOMLDecodeError as fault:
        fix = "mend the line that it names"
        raise BrandInvalid(
            name=name, key=file.name, fact=f"is no TOML ({fault})", fix=fix
        ) from fault
    return _brand(Reader(name, file.parent, record), text)


def _brand(reader: Reader, text: str) -> Brand:
    top = reader.table("")
    if top.get("schema") != _SCHEMA:
        raise reader.complain("schema", f"is {top.get('schema')!r}", f"write schema = {_SCHEMA}")
    heading, body = (_faces(reader, key) for key in ("heading", "text"))
    logo = _logo(reader)
    files = [one.path for one in (*heading, *body)] + ([logo.path] if logo else [])
    return Brand(
        name=reader.name,
        title=str(top.get("title", reader.name)),
        revision=_revision(text, files),
        palette=_palette(reader),
        heading=heading or body,
        text=body or heading,
        logo=logo,
        margin=reader.number("margins", "frame", 0.045, (0.01, 0.2)),
        gap=reader.number("margins", "product", 0.025, (0.005, 0.2)),
        templates=_templates(reader),
        label=reader.word("label", "language", "none", get_args(Label)),
        badge_shape=reader.word("badge", "shape", "round", get_args(BadgeShape)),
    )


def _palette(reader: Reader) -> Palette:
    palette = Palette(
        ink=reader.colour("ink"), paper=reader.colour("paper"), accent=reader.colour("accent")
    )
    if palette.ink and palette.paper and ratio(palette.ink, palette.paper) < TEXT_RATIO:
        found = ratio(palette.ink, palette.paper)
        fix = f"choose colours with at least {TEXT_RATIO:g}:1"
        raise reader.complain("palette.ink", f"on paper its contrast is {found:.1f}:1", fix)
    return palette


def _faces(reader: Reader, key: str) -> tuple[FontFace, ...]:
    given = reader.table("fonts").get(key, [])
    listed = given if isinstance(given, list) else [given]
    return tuple(_face(reader, f"fonts.{key}", one) for one in listed)


def _face(reader: Reader, key: str, given: object) -> FontFace:
    table: Mapping[str, Any] = given if isinstance(given, Mapping) else {"file": given}
    reader.refuse_unknown(key, table, _FONT_KEYS)
    path = reader.file(key, table.get("file"))
    try:
        face = FontFace(
            path=path, index=int(table.get("index", 0)), weight=int(table.get("weight", 400))
        )
        face.lacks("A")
        face.sized(16)
    except (FontUnusable, ValueError, TypeError) as fault:
        fix = "name a .ttf, .otf or .ttc file; index and weight are whole numbers"
        raise reader.complain(key, str(fault), fix) from fault
    return face


def _logo(reader: Reader) -> LogoFile | None:
    table = reader.table("logo")
    if not table:
        return None
    logo = LogoFile(
        path=reader.file("logo.file", table.get("file")),
        corner=reader.word("logo", "corner", "top-left", get_args(Corner)),
        width=reader.number("logo", "width", 0.16, (0.04, 0.4)),
        clear=reader.number("logo", "clear_space", 0.5, (0.0, 3.0)),
    )
    try:
        logo.read()
    except ImageRefused as fault:
        raise reader.complain("logo.file", fault.fact, fault.fix) from fault
    return logo


def _templates(reader: Reader) -> tuple[str, ...]:
    allowed = reader.table("templates").get("allowed", [])
    if not isinstance(allowed, list) or not all(isinstance(one, str) for one in allowed):
        fix = 'write a list such as ["raw-wood", "podium"]'
        raise reader.complain("templates.allowed", f"is {allowed!r}", fix)
    return tuple(allowed)


def _revision(text: str, files: list[Path]) -> str:
    digest = hashlib.sha256(text.encode())
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]
