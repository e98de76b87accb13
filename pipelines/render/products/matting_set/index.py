"""The list of a set's pictures: written picture by picture, read by whoever measures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

Room = Literal["sweep", "shelf", "cloth"]
Trait = Literal[
    "black on dark",
    "fur",
    "glass",
    "holes",
    "several",
    "thin",
    "tinted glass",
    "touching the frame",
    "white on white",
]
INDEX_FILE = "index.json"
_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One picture of a set.

    Parameters
    ----------
        opaque : False where alpha is partial inside the product, as in clear glass
        traits : what makes the picture hard, sorted
        photo  : the picture's file, beside the index
        cutout : the truth's file: straight RGBA, the product's own colours also at its edge
    """

    name: str
    product: str
    room: Room
    opaque: bool
    traits: tuple[Trait, ...]
    photo: str
    cutout: str

    def __post_init__(self) -> None:
        if self.room not in get_args(Room):
            raise ValueError(f"room is {self.room!r}, not one of {get_args(Room)}")
        if unknown := set(self.traits) - set(get_args(Trait)):
            raise ValueError(f"unknown traits: {sorted(unknown)}")
        if list(self.traits) != sorted(set(self.traits)):
            raise ValueError(f"traits are {self.traits}, must be sorted and each named once")
        for file in (self.photo, self.cutout):
            if Path(file).name != file:
                raise ValueError(f"{file!r} must be a plain file name beside the index")


def read_index(folder: Path) -> tuple[Entry, ...]:
    """Entries of the set in ``folder``, by name; none where there is no index yet.

    Raises
    ------
        ValueError: the index is not of this kind, or an entry in it is impossible
    """
    path = folder / INDEX_FILE
    if not path.exists():
        return ()
    record = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(record, dict) or record.get("schema") != _SCHEMA:
        raise ValueError(f"{path} is no index of schema {_SCHEMA}")
    try:
        entries = [Entry(**{**row, "traits": tuple(row["traits"])}) for row in record["pictures"]]
    except (KeyError, TypeError) as fault:
        raise ValueError(f"{path}: {fault}") from fault
    return tuple(sorted(entries, key=lambda entry: entry.name))


def write_index(folder: Path, entries: Sequence[Entry]) -> None:
    """Replace the index at once, so that a reader sees the old one or the new one."""
    rows = [asdict(entry) for entry in sorted(entries, key=lambda entry: entry.name)]
    text = json.dumps({"schema": _SCHEMA, "pictures": rows}, indent=1, ensure_ascii=False)
    scratch = folder / f"{INDEX_FILE}.part"
    scratch.write_text(text + "\n", encoding="utf-8")
    scratch.replace(folder / INDEX_FILE)
