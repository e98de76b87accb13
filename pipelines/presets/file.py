"""A file of presets: read whole, or refused with the line, the key and what to write instead."""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from pipelines.errors import PresetInvalid, nearest
from pipelines.presets.preset import Bound, Preset

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_BASE = "based_on"


def read_presets(file: Path, bases: Mapping[str, Preset]) -> dict[str, Preset]:
    """Read every preset of a TOML file: one table each.

    Parameters
    ----------
    bases
        Presets that ``based_on`` may name, beside those above it in the same file; what a table
        does not say, it takes from there.

    Raises
    ------
    PresetInvalid
    """
    try:
        text = file.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as fault:
        why = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        raise PresetInvalid(file=file.name, line=0, fact=f"cannot be read: {why}") from fault
    except tomllib.TOMLDecodeError as fault:
        at = re.search(r"line (\d+)", str(fault))
        line = int(at[1]) if at else len(text.splitlines())
        raise PresetInvalid(file=file.name, line=line, fact=f"is no TOML: {fault}") from fault
    known = dict(bases)
    found: dict[str, Preset] = {}
    for name, table in tables.items():
        found[name] = known[name] = _Table(file.name, text, name, table).preset(known)
    return found


class _Table:
    """One table of the file, and where in it each key stands."""

    def __init__(self, file: str, text: str, name: str, table: object) -> None:
        self._file, self._text, self._name = file, text, name
        if not _NAME.fullmatch(name):
            raise self._wrong("", f"'{name}' must be small letters, digits and dashes")
        if not isinstance(table, dict):
            raise self._wrong("", f"must be a table: write [{name}] above its keys")
        self._table: dict[str, Any] = table

    def preset(self, known: Mapping[str, Preset]) -> Preset:
        """Build the preset.

        Raises
        ------
        PresetInvalid
        """
        values = dict(self._table)
        base = values.pop(_BASE, "")
        if base and base not in known:
            raise self._wrong(_BASE, f"no preset '{base}'{nearest(str(base), known)}")
        read: dict[str, Any] = {key: self._value(key, value) for key, value in values.items()}
        start = known[base] if base else Preset(
            name=self._name, title=self._name, source=self._file, read_on="", status="own",
            revision="", formats=("jpeg", "png"),
        )  # fmt: skip
        own: dict[str, Any] = (
            {"name": self._name, "source": self._file, "status": "own"} if base else {}
        )
        try:
            made = replace(start, **(own | read))
        except (TypeError, ValueError) as fault:
            raise self._wrong(_key_in(str(fault), read), str(fault)) from fault
        return replace(made, revision=_digest(made))

    def _value(self, key: str, value: object) -> object:
        if key not in _READERS:
            close = nearest(key, _READERS)
            raise self._wrong(key, f"no such key{close} (known: {', '.join(sorted(_READERS))})")
        reader, wanted = _READERS[key]
        try:
            return reader(value)
        except (TypeError, ValueError, KeyError) as fault:
            raise self._wrong(key, f"must be {wanted}, not {value!r}") from fault

    def _wrong(self, key: str, fact: str) -> PresetInvalid:
        return PresetInvalid(
            file=self._file, line=_line_of(self._text, self._name, key), preset=self._name,
            key=key, fact=fact,
        )  # fmt: skip


def _text_of(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise TypeError
    return value


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text_of(one) for one in value)


def _size(value: object) -> tuple[int, int]:
    if not isinstance(value, list):
        raise TypeError
    width, height = (_whole(one) for one in value)
    return width, height


def _bound(value: object) -> Bound:
    if not isinstance(value, dict):
        raise TypeError
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in value.values()):
        raise TypeError
    return Bound(**value)


def _white(value: object) -> str:
    if value != "white":
        raise ValueError
    return "white"


_SIDE = "a table such as { min = 500, max = 5000, recommended = 2000 } in px"
_READERS: dict[str, tuple[Callable[[object], object], str]] = {
    **dict.fromkeys(("title", "source", "status"), (_text_of, "a text in quotes")),
    "read_on": (_text_of, 'a day in quotes, such as "2026-11-22"'),
    "formats": (_words, 'a list such as ["jpeg", "png"]'),
    "forbidden": (_words, 'a list such as ["text", "props"]'),
    "exact_size": (_size, "[width, height] in px"),
    "longest_side": (_bound, _SIDE),
    "shortest_side": (_bound, _SIDE),
    "fill": (_bound, "a table such as { min = 0.75, max = 0.9, target = 0.85 }"),
    **dict.fromkeys(
        ("max_pixels", "min_bytes", "max_bytes", "min_quality"), (_whole, "a whole number")
    ),
    **dict.fromkeys(
        ("shadow_allowed", "extension_matches", "whole_product"), (_truth, "true or false")
    ),
    "background": (_white, '"white", or be left out'),
}  # fmt: skip


def _digest(preset: Preset) -> str:
    """Twelve digits that change with any rule; titles and sources are no rules."""
    told = ("name", "title", "source", "read_on", "status", "revision")
    rules = {one.name: getattr(preset, one.name) for one in fields(preset) if one.name not in told}
    plain = {
        key: asdict(value) if isinstance(value, Bound) else value for key, value in rules.items()
    }
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:12]


def _key_in(fact: str, read: Mapping[str, object]) -> str:
    return next((key for key in read if key in fact), "")


def _line_of(text: str, name: str, key: str) -> int:
    """Line of a key in its table, or else of the table; from 1, or 0 where it cannot be told."""
    begun, inside = 0, False
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("["):
            path = bare.split("#")[0].strip("[] ").replace('"', "").replace("'", "")
            inside = path == name or path.startswith(f"{name}.")
            begun = begun or (number if inside else 0)
            if key and path == f"{name}.{key}":
                return number
        elif inside and key and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*[=.]", bare):
            return number
        elif not begun and re.match(rf"{re.escape(name)}\s*=", bare):
            begun = number
    return begun
