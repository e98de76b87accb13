"""Values of a profile's TOML file, checked for their type."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

from pipelines.errors import nearest
from pipelines.generate.profile import Lora, Part, Profile

T = TypeVar("T")


class Malformed(ValueError):
    """A value is not of its type; the sentence says what it must be."""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Malformed("must be a text in quotes")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Malformed("must be a whole number")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed("must be a number")
    return float(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise Malformed("must be true or false")
    return value


def _path(value: object) -> Path:
    return Path(_text(value)).expanduser()


def _texts(value: object) -> frozenset[str]:
    return frozenset(_list(value, _text, "a list of texts"))


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Malformed("must be a table")
    return value


def _list(value: object, of: Callable[[object], T], what: str) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise Malformed(f"must be {what}")
    return tuple(of(one) for one in value)


def _sizes(value: object) -> tuple[tuple[int, int], ...]:
    return _list(value, _size, "a list of [width, height]")


def _size(value: object) -> tuple[int, int]:
    sides = _list(value, _whole, "[width, height]")
    if len(sides) != 2:
        raise Malformed("must be [width, height]")
    return sides[0], sides[1]


def _files(value: object) -> Mapping[str, str]:
    return {name: _text(file) for name, file in _table(value).items()}


def _tables(
    kind: type[T], keys: Mapping[str, Callable[[object], object]]
) -> Callable[[object], Any]:
    """A parser of a list of tables, each of which becomes a value of `kind`."""
    needed = [
        one.name
        for one in fields(kind)  # type: ignore[arg-type]
        if one.default is MISSING and one.default_factory is MISSING
    ]

    def one(value: object) -> T:
        table = _table(value)
        for key in table:
            if key not in keys:
                raise Malformed(f"{key}: no such key{nearest(key, keys)}")
        for key in needed:
            if key not in table:
                raise Malformed(f"{key} must be given")
        try:
            return kind(**{key: keys[key](given) for key, given in table.items()})
        except ValueError as fault:
            raise Malformed(str(fault).partition(": ")[2] or str(fault)) from fault

    return lambda value: _list(value, one, "a list of tables")


_PART = {"component": _text, "class_name": _text, "repo": _text, "revision": _text, "files": _files,
         "licence": _text}  # fmt: skip
_LORA = {"file": _text, "repo": _text, "revision": _text, "scale": _number}
_BY_KEY: dict[str, Callable[[object], Any]] = {
    "abilities": _texts,
    "controls": _texts,
    "speed": _texts,
    "commercial": _truth,
    "multiple_px": _whole,
    "buckets": _sizes,
    "steps": _whole,
    "guidance_scale": _number,
    "most_strength": _number,
    "resident_bytes": _whole,
    "working_bytes": _whole,
    "text_encoder_bytes": _whole,
    "denoiser_bytes": _whole,
    "folder": _path,
    "parts": _tables(Part, _PART),
    "loras": _tables(Lora, _LORA),
    "scheduler": _table,
}
PARSERS: dict[str, Callable[[object], Any]] = {
    one.name: _BY_KEY.get(one.name, _text)
    for one in fields(Profile)
    if one.name not in ("name", "checkpoint")
}
"""What makes of a TOML value what `Profile` holds, by key. Raises `Malformed`."""
